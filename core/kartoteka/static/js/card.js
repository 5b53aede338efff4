// The pages of clients and deals: open the log form, fetch older entries, one more phone.
import { asker } from "./fetching.js";
import { enhance } from "./enhance.js";

function openForm(id, field) {
  const box = document.getElementById(id);
  if (!box) return;
  box.open = true;
  box.scrollIntoView({ block: "start" });
  const wanted = box.querySelector(`[name="${field || "subject"}"]`) || box.querySelector("input:not([type=hidden]):not([type=radio])");
  wanted?.focus({ preventScroll: true });
}

document.addEventListener("click", async (event) => {
  const opener = event.target.closest("[data-open]");
  if (opener) {
    event.preventDefault();
    openForm(opener.dataset.open, opener.dataset.focus);
    return;
  }
  const older = event.target.closest("[data-older]");
  if (older) {
    event.preventDefault();
    older.setAttribute("aria-disabled", "true");
    try {
      const holder = document.createElement("ol");
      holder.innerHTML = await asker()(older.dataset.older, "html");
      enhance(holder);
      older.closest("li").replaceWith(...holder.children);
    } catch {
      location.href = older.href;
    }
    return;
  }
  if (event.target.closest("[data-more-points]")) {
    const rows = document.querySelectorAll("[data-point]");
    const copy = rows[rows.length - 1].cloneNode(true);
    copy.classList.remove("has-error");
    copy.querySelector(".error")?.remove();
    copy.querySelector("input").value = "";
    copy.querySelector("select").value = "mobile";
    rows[rows.length - 1].after(copy);
    copy.querySelector("input").focus();
  }
});

for (const button of document.querySelectorAll("[data-more-points], [data-unfold]")) button.hidden = false;
for (const button of document.querySelectorAll("[data-unfold]")) {
  button.addEventListener("click", () => {
    button.setAttribute("aria-expanded", String(button.getAttribute("aria-expanded") !== "true"));
  });
}
// Whoever pastes an address into a row of a phone means an address, and the other way round.
document.addEventListener("input", (event) => {
  const row = event.target.matches("[data-point] input") && event.target.closest("[data-point]");
  if (!row) return;
  const kind = row.querySelector("select");
  const text = event.target.value;
  if (text.includes("@") && ["phone", "mobile", "fax"].includes(kind.value)) kind.value = "email";
  else if (/^\+?[\d\s()-]{6,}$/.test(text) && kind.value === "email") kind.value = "mobile";
});
if (location.hash === "#log") openForm("log");
document.querySelector(".log .has-error input:not([type=hidden]), .log .has-error select, .log .has-error textarea")?.focus();

// Half a call must not be sent twice by an impatient finger.
for (const form of document.querySelectorAll("form[data-log]")) {
  let sent = false;
  form.addEventListener("submit", (event) => {
    if (sent) event.preventDefault();
    sent = true;
  });
  addEventListener("pageshow", () => { sent = false; });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
}

for (const box of document.querySelectorAll("details[data-load]")) {
  box.addEventListener("toggle", async () => {
    if (!box.open || box.dataset.loaded) return;
    box.dataset.loaded = "1";
    const page = new DOMParser().parseFromString(await asker()(box.dataset.load, "html"), "text/html");
    const list = page.querySelector(".timeline");
    if (list) box.querySelector("[data-into]").replaceChildren(document.importNode(list, true));
  });
}

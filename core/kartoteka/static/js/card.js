// The pages of clients and deals: the timeline, what is fetched later, one more phone.
import { asker } from "./fetching.js";
import { enhance } from "./enhance.js";
import { openForm } from "./log_form.js";

async function entriesOf(address) {
  const holder = document.createElement("ol");
  holder.innerHTML = await asker()(address, "html");
  enhance(holder);
  return holder.children;
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
      older.closest("li").replaceWith(...(await entriesOf(older.dataset.older)));
    } catch {
      location.href = older.href;
    }
    return;
  }
  const kind = event.target.closest("[data-entries]");
  const story = document.querySelector("[data-story]");
  if (kind && story && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    try {
      story.replaceChildren(...(await entriesOf(kind.dataset.entries)));
      kind.parentElement.querySelector("[aria-current]")?.removeAttribute("aria-current");
      kind.setAttribute("aria-current", "true");
      history.replaceState(null, "", kind.href);
    } catch {
      location.href = kind.href;
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
for (const box of document.querySelectorAll("details[data-load]")) {
  box.addEventListener("toggle", async () => {
    if (!box.open || box.dataset.loaded) return;
    box.dataset.loaded = "1";
    const page = new DOMParser().parseFromString(await asker()(box.dataset.load, "html"), "text/html");
    const list = page.querySelector("[data-list], .timeline");
    if (list) box.querySelector("[data-into]").replaceChildren(document.importNode(list, true));
  });
}

// What the page did not wait for: one answer holds all blocks, each goes to its place.
const rest = document.querySelector("[data-rest]");
if (rest) {
  const holder = document.createElement("div");
  try {
    holder.innerHTML = await asker()(rest.dataset.rest, "html");
    for (const part of holder.querySelectorAll("[data-part]")) {
      enhance(part);
      document.querySelector(`[data-part-of="${part.dataset.part}"]`)?.replaceWith(...part.children);
    }
    rest.remove();
    if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
  } catch {
    rest.classList.add("alert", "alert-warning");
    rest.prepend(rest.dataset.failed, " ");
  }
}

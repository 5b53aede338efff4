// Rows of a list: a click opens, space previews, arrows walk, ticks bring up the actions.
import { asker } from "./fetching.js";
import { enhance } from "./enhance.js";

const drawer = document.getElementById("drawer");
const ask = asker();

async function preview(row) {
  let html;
  try {
    html = await ask(row.dataset.preview, "html");
  } catch {
    return;
  }
  // The fragment comes from our own server, escaped by its templates.
  drawer.innerHTML = html;
  enhance(drawer);
  if (!drawer.open) drawer.showModal();
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-peek]")) return void preview(event.target.closest("tr"));
  if (event.target.closest("[data-close]") || event.target === drawer) return void drawer?.close();
  const show = event.target.closest("[data-show-empty]");
  if (show) {
    show.closest("[data-hides]").classList.remove("hides-empty");
    show.hidden = true;
    return;
  }
  if (event.target.closest("[data-back]")) return void history.back();
  const row = event.target.closest("tr[data-href]");
  if (!row || event.target.closest("a, button, input, label, select")) return;
  if (event.target.closest(".pick") || String(getSelection())) return;
  if (event.ctrlKey || event.metaKey) window.open(row.dataset.href, "_blank", "noopener");
  else location.href = row.dataset.href;
});

document.addEventListener("keydown", (event) => {
  const row = event.target.closest?.("tr[data-href]");
  if (!row || event.target !== row) return;
  const moves = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" };
  if (event.key === "Enter") location.href = row.dataset.href;
  else if (event.key === " ") preview(row);
  else if (moves[event.key]) row[moves[event.key]]?.focus();
  else return;
  event.preventDefault();
});

const bar = document.querySelector("[data-actions]");
if (bar) {
  const all = document.querySelector("[data-pick-all]");
  const picks = [...document.querySelectorAll("input[name=ids]")];
  const count = () => {
    const chosen = picks.filter((pick) => pick.checked).length;
    bar.hidden = !chosen;
    bar.querySelector("[data-selected]").textContent = `${chosen} ✓`;
    all.checked = chosen === picks.length;
    all.indeterminate = chosen > 0 && chosen < picks.length;
  };
  all.addEventListener("change", () => {
    for (const pick of picks) pick.checked = all.checked;
    count();
  });
  for (const pick of picks) pick.addEventListener("change", count);
  count();
  // Who comes back finds boxes ticked by the browser, which tells it to nobody.
  addEventListener("pageshow", count);
}

for (const form of document.querySelectorAll("form[data-filter]")) {
  const field = form.querySelector("select[name=ff]");
  const place = form.querySelector(".filter-condition");
  const valueless = () => {
    const op = form.querySelector("select[name=fo]")?.value;
    const value = form.querySelector("[data-filter-value]");
    if (value) value.hidden = op === "empty" || op === "filled";
  };
  field.addEventListener("change", async () => {
    if (!field.value) return void place.replaceChildren();
    place.innerHTML = await ask(`${form.dataset.filter}?${new URLSearchParams({ ff: field.value })}`, "html");
    enhance(place);
    valueless();
    place.querySelector("[name=fv]:not([type=hidden]), [role=combobox]")?.focus();
  });
  place.addEventListener("change", valueless);
  valueless();
}

// What a narrow column cuts is told in full when the pointer rests on it.
document.addEventListener("mouseover", (event) => {
  const cell = event.target.closest?.(".table td");
  if (!cell || cell.title) return;
  const parts = [cell, ...cell.querySelectorAll(".beneath")];
  if (parts.some((part) => part.scrollWidth > part.clientWidth)) cell.title = cell.innerText.trim();
});

// Walk through the rows of a page by keyboard, and show which keys there are.
const SHEET = document.getElementById("keys");
const ROWS = "[data-walk] > li, tr[data-href]";

const rows = () => [...document.querySelectorAll(ROWS)].filter((row) => row.offsetParent !== null);

function go(step) {
  const all = rows();
  if (!all.length) return false;
  const here = all.findIndex((row) => row === document.activeElement || row.contains(document.activeElement));
  const next = all[here < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(here + step, 0), all.length - 1)];
  if (!next.hasAttribute("tabindex")) next.tabIndex = -1;
  next.focus();
  next.scrollIntoView({ block: "nearest" });
  return true;
}

// What a key does with the row that has the focus: the element that the same click is on.
function press(row, code) {
  const form = row.querySelector("form[data-done]");
  if (code === "KeyX" && form) form.requestSubmit();
  else if (code === "KeyE" && row.querySelector("summary")) {
    row.querySelector("details").open = true;
    row.querySelector("details input:not([type=hidden])")?.focus();
  } else if (code === "KeyT" && row.querySelector("[value=tomorrow]")) row.querySelector("[value=tomorrow]").click();
  else if (code === "KeyM" && row.querySelector("[name=minutes]")) row.querySelector("[name=minutes]").click();
  else return false;
  return true;
}

function open(row) {
  const link = row.querySelector("a[data-open]") || row.querySelector("a[href]");
  if (row.matches("li") && link) link.click();
  return row.matches("li") && link;
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (event.target.closest?.("input, select, textarea, [contenteditable], dialog[open]")) return;
  const row = event.target.matches?.(ROWS) ? event.target : null;
  let done = true;
  if (event.key === "?") SHEET?.showModal();
  else if (event.code === "KeyJ") done = go(1);
  else if (event.code === "KeyK") done = go(-1);
  else if (row && event.key === "Enter") done = open(row);
  else done = Boolean(row && press(row, event.code));
  if (done) event.preventDefault();
});

document.querySelector("[data-show-keys]")?.addEventListener("click", () => SHEET.showModal());

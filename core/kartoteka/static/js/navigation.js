// Open and close the navigation on phones; close menus by a click outside or Escape.
const body = document.body;
const shade = document.querySelector("[data-nav-close]");

function open(on) {
  body.classList.toggle("nav-is-open", on);
  if (shade) shade.hidden = !on;
  if (on) document.querySelector(".nav a")?.focus();
}

document.querySelector("[data-nav-open]")?.addEventListener("click", () => open(true));
shade?.addEventListener("click", () => open(false));

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    // By the path of the click: what was clicked may have left the page already.
    if (!event.composedPath().includes(menu)) menu.open = false;
  }
});
// Where tabs do not fit side by side, the one that is open is brought into sight.
for (const tab of document.querySelectorAll(".tabs [aria-current]")) {
  const tabs = tab.closest(".tabs"), over = tab.getBoundingClientRect().right - tabs.getBoundingClientRect().right;
  if (over > 0) tabs.scrollLeft += over;
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  open(false);
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

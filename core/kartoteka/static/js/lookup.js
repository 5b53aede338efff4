// A box that finds a record while one types: arrows choose, Enter takes, Escape gives up.
import { asker, later } from "./fetching.js";

let number = 0;

export function lookup(box) {
  if (box.dataset.ready) return;
  box.dataset.ready = "1";
  const [value, text] = box.querySelectorAll("input");
  const clear = box.querySelector(".lookup-clear");
  const list = document.createElement("ul");
  list.className = "lookup-list";
  list.id = `lookup-${++number}`;
  list.role = "listbox";
  list.hidden = true;
  box.append(list);
  text.setAttribute("aria-controls", list.id);
  const ask = asker();
  let taken = text.defaultValue;

  function close() {
    list.hidden = true;
    text.setAttribute("aria-expanded", "false");
    text.removeAttribute("aria-activedescendant");
  }
  function choose(id, name) {
    value.value = id;
    text.value = taken = name;
    clear.hidden = !id;
    close();
    value.dispatchEvent(new Event("change", { bubbles: true }));
  }
  function mark(option) {
    for (const other of list.children) other.setAttribute("aria-selected", String(other === option));
    if (option) {
      text.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    }
  }
  async function find() {
    const typed = text.value === taken ? "" : text.value.trim();
    const address = new URL(box.dataset.lookup, location.href);
    address.searchParams.set("q", typed);
    let found;
    try {
      found = await ask(address);
    } catch (error) {
      if (error.name !== "AbortError") close();
      return;
    }
    if (document.activeElement !== text) return;
    list.replaceChildren(
      ...found.map(({ id, text: name }, index) => {
        const option = document.createElement("li");
        option.role = "option";
        option.id = `${list.id}-${index}`;
        option.textContent = name;
        option.dataset.id = id;
        return option;
      }),
    );
    if (!found.length) {
      const nothing = document.createElement("li");
      nothing.className = "nothing";
      nothing.textContent = box.dataset.nothing || "—";
      list.append(nothing);
    }
    list.hidden = false;
    text.setAttribute("aria-expanded", "true");
    mark(found.length && typed ? list.firstElementChild : null);
  }
  const soon = later(find, 160);

  text.addEventListener("input", soon);
  text.addEventListener("focus", () => text.select());
  text.addEventListener("click", () => list.hidden && find());
  text.addEventListener("keydown", (event) => {
    const options = [...list.querySelectorAll("li[data-id]")];
    const here = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (list.hidden) return void find();
      const step = event.key === "ArrowDown" ? 1 : -1;
      mark(options[(here + step + options.length) % options.length]);
    } else if (event.key === "Enter" && !list.hidden) {
      event.preventDefault();
      if (options[here]) choose(options[here].dataset.id, options[here].textContent);
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      event.stopPropagation();
      text.value = taken;
      close();
    }
  });
  text.addEventListener("blur", () => {
    // Text that names no record must not look as if it were chosen.
    if (!text.value.trim()) {
      if (value.value) choose("", "");
    } else {
      text.value = taken;
    }
    close();
  });
  list.addEventListener("mousedown", (event) => {
    event.preventDefault();
    const option = event.target.closest("li[data-id]");
    if (option) choose(option.dataset.id, option.textContent);
  });
  clear.addEventListener("click", () => {
    choose("", "");
    text.focus();
  });
  // On a slow line a person types before this script has come.
  if (document.activeElement === text && text.value !== taken) soon();
}

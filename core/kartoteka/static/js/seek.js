// The search box in the head: "/" goes there, results appear while one types.
import { asker, later } from "./fetching.js";

const form = document.querySelector("[data-suggest]");
if (form) {
  const input = form.querySelector("input");
  const box = document.createElement("div");
  box.className = "suggest";
  box.hidden = true;
  form.append(box);
  const ask = asker();

  const part = (tag, text, kind) => {
    const element = document.createElement(tag);
    element.textContent = text;
    if (kind) element.className = kind;
    return element;
  };
  const find = later(async () => {
    const typed = input.value.trim();
    if (!typed) return void (box.hidden = true);
    let groups;
    try {
      groups = await ask(`${form.dataset.suggest}?${new URLSearchParams({ q: typed })}`);
    } catch {
      return;
    }
    const parts = [];
    for (const group of groups) {
      const head = part("p", group.title);
      if (group.all) {
        const all = part("a", form.dataset.all);
        all.href = group.all;
        head.append(all);
      }
      parts.push(head);
      for (const hit of group.hits) {
        const link = part("a", "", "hit");
        link.href = hit.href;
        link.append(part("strong", hit.text), part("span", hit.detail));
        parts.push(link);
      }
    }
    box.replaceChildren(...(parts.length ? parts : [part("p", form.dataset.nothing)]));
    box.hidden = document.activeElement !== input;
  }, 180);

  input.addEventListener("input", find);
  input.addEventListener("keydown", (event) => {
    const hits = [...box.querySelectorAll(".hit")];
    const here = hits.findIndex((hit) => hit.classList.contains("on"));
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (!hits.length) return;
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : here < 0 ? 0 : -1;
      const next = hits[(here + step + hits.length) % hits.length];
      hits[here]?.classList.remove("on");
      next.classList.add("on");
      next.scrollIntoView({ block: "nearest" });
    } else if (event.key === "Enter" && hits[here] && !box.hidden) {
      event.preventDefault();
      location.href = hits[here].href;
    } else if (event.key === "Escape") {
      box.hidden = true;
      input.blur();
    }
  });
  document.addEventListener("click", (event) => {
    if (!form.contains(event.target)) box.hidden = true;
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, select, textarea, [contenteditable], dialog[open]");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      input.focus();
      input.select();
    }
  });
}

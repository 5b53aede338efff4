// Tell while one types who a form may mean. The answer has its line from the start: nothing jumps.
import { asker, later } from "./fetching.js";

for (const form of document.querySelectorAll("form[data-alike-at]")) {
  const names = new Set(form.dataset.alikeNames.split(" "));
  const ask = asker();
  const look = later(async () => {
    const values = [...new FormData(form)].filter(([name]) => names.has(name));
    let found;
    try {
      found = await ask(form.dataset.alikeAt, "json", values);
    } catch {
      return; // who can not be asked now is asked at saving
    }
    for (const place of form.querySelectorAll("[data-alike]")) {
      const html = found[place.dataset.alike] ?? "";
      if (place.dataset.told === html) continue;
      const open = place.querySelector("details")?.open;
      place.dataset.told = html;
      place.innerHTML = html;
      if (open && html) place.querySelector("details").open = true;
    }
  }, 500);
  form.addEventListener("input", (event) => names.has(event.target.name) && look());
}

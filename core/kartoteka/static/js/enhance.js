// Bring a piece of a page to life: colours, widths, lookups. Called again for every fragment.
import { lookup } from "./lookup.js";

export function enhance(root) {
  for (const element of root.querySelectorAll("[data-color]")) {
    element.style.setProperty("--color", element.dataset.color);
  }
  for (const element of root.querySelectorAll("[data-width]")) {
    element.style.setProperty("--width", Math.max(0, Math.min(100, Number(element.dataset.width) || 0)));
  }
  for (const element of root.querySelectorAll("[data-lookup]")) lookup(element);
  for (const card of root.querySelectorAll("[data-hides]")) {
    const button = card.querySelector("[data-show-empty]");
    if (button && card.querySelector(".is-empty")) button.hidden = false;
  }
  for (const button of root.querySelectorAll("[data-back]")) button.hidden = history.length < 2;
}

// What is wrong with a condition: the sentence at its row, and which of its inputs is meant.
const INPUTS = "[data-value]:not([type=hidden], [type=checkbox]), [role=combobox]";

export function complain(element, text) {
  const sentence = element.querySelector(":scope > .error");
  sentence.textContent = text;
  sentence.hidden = !text;
  element.classList.toggle("has-error", Boolean(text));
  for (const input of inputs(element)) input.removeAttribute("aria-invalid");
  if (text && element.matches(".condition")) meant(element, text)?.setAttribute("aria-invalid", "true");
}

// A condition that is still being typed is not yet wrong.
export function isFilled(element) {
  return element.matches(".condition") && inputs(element).every((input) => input.value.trim());
}

export function goTo(element) {
  if (element.contains(document.activeElement) && document.activeElement.matches("[aria-invalid]")) return;
  (element.querySelector("[aria-invalid]") || element.querySelector("[data-value][type=checkbox], select"))?.focus();
}

// Values before parameters of a fact: most sentences speak of them.
function inputs(element) {
  if (!element.matches(".condition")) return [];
  return [".condition-values", ".condition-given"].flatMap((part) => [
    ...element.querySelector(part).querySelectorAll(INPUTS),
  ]);
}

function meant(element, text) {
  const all = inputs(element);
  const typed = all.find((input) => input.value.trim() && text.includes(input.value.trim()));
  return typed || all.find((input) => !input.value.trim()) || all[0];
}

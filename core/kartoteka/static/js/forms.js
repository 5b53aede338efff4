// Forms: nothing half-typed is lost, nothing is sent twice, leaving asks first.
for (const form of document.querySelectorAll("form[data-form]")) {
  const state = () => new URLSearchParams(new FormData(form)).toString();
  const before = state();
  let sent = false;
  form.addEventListener("submit", (event) => {
    // A date typed by halves would be sent as no date at all.
    const half = [...form.elements].find((input) => input.validity?.badInput);
    if (half) {
      event.preventDefault();
      half.reportValidity();
      half.focus();
      return;
    }
    if (sent) event.preventDefault();
    sent = true;
  });
  addEventListener("beforeunload", (event) => {
    if (!sent && state() !== before) event.preventDefault();
  });
  addEventListener("pageshow", (event) => {
    if (event.persisted) sent = false;
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  const wrong = form.querySelector(".has-error input:not([type=hidden]), .has-error select, .has-error textarea");
  const named = /^#in-[\w.-]+$/.test(location.hash) && form.querySelector(location.hash.replaceAll(".", "\\."));
  const first = named || form.querySelector("input:not([type=hidden]):not([type=checkbox]), select, textarea");
  // On a slow line somebody types before this script has come: the cursor stays where it is.
  if (!form.contains(document.activeElement)) (wrong || first)?.focus();
}
// What is asked for only with certain answers appears and goes with them. What is filled stays in
// sight: nothing that will be saved is hidden.
for (const form of document.querySelectorAll("form:has([data-when])")) {
  const parts = [...form.querySelectorAll("[data-when]")];
  const isFilled = (part) =>
    [...part.querySelectorAll("input:not([type=hidden], .currency), select, textarea")].some(
      (input) => (input.type === "checkbox" ? input.checked : input.value.trim()),
    );
  const arrange = () => {
    const answers = new FormData(form);
    const isAsked = (part) =>
      Object.entries(JSON.parse(part.dataset.when)).every(([name, wanted]) =>
        answers.getAll(name).some((answer) => wanted.includes(answer)),
      );
    const groups = new Set();
    for (const part of parts) {
      const asked = isAsked(part);
      part.toggleAttribute("data-off", !asked && !isFilled(part) && !part.matches(".has-error"));
      part.toggleAttribute("data-alien", !asked && isFilled(part));
      groups.add(part.closest("fieldset"));
    }
    for (const group of groups) {
      group.toggleAttribute("data-off", !group.querySelector(".field:not([data-off])"));
      group.querySelector("[data-kept]").hidden = !group.querySelector("[data-alien]");
    }
  };
  form.addEventListener("change", arrange);
  form.addEventListener("focusout", arrange);
  arrange();
}
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-to-input]");
  const input = link && document.getElementById(link.hash.slice(1));
  if (!input) return;
  event.preventDefault();
  const folded = input.closest("details");
  if (folded) folded.open = true;
  input.focus();
  input.scrollIntoView({ block: "center" });
});
for (const select of document.querySelectorAll("select[data-autosubmit]")) {
  select.addEventListener("change", () => select.form.requestSubmit());
}

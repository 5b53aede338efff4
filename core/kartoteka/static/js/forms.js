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
  const first = form.querySelector("input:not([type=hidden]):not([type=checkbox]), select, textarea");
  (wrong || first)?.focus();
}
for (const select of document.querySelectorAll("select[data-autosubmit]")) {
  select.addEventListener("change", () => select.form.requestSubmit());
}

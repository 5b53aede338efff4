// Ask before what can not be undone; let messages go by themselves.
const dialog = document.getElementById("ask");

document.addEventListener("submit", (event) => {
  const by = event.submitter;
  const question = by?.dataset.confirm || event.target.dataset.confirm;
  if (!question || !dialog || event.target.dataset.confirmed) return;
  event.preventDefault();
  dialog.querySelector("p").textContent = question;
  dialog.returnValue = "";
  dialog.addEventListener(
    "close",
    () => {
      if (dialog.returnValue !== "yes") return;
      event.target.dataset.confirmed = "1";
      event.target.requestSubmit(by || undefined);
      delete event.target.dataset.confirmed;
    },
    { once: true },
  );
  dialog.showModal();
});

document.addEventListener("click", (event) => {
  event.target.closest("[data-dismiss]")?.closest(".alert").remove();
  const copy = event.target.closest("[data-copy]");
  if (copy) navigator.clipboard?.writeText(copy.dataset.copy);
});
for (const toast of document.querySelectorAll("body:not(.plain) .alert-success[data-toast], body:not(.plain) .alert-info[data-toast]")) {
  setTimeout(() => toast.remove(), 6000);
}

// The form that logs a call: a letter opens it with its kind, quick days, Ctrl+Enter saves.
const form = document.querySelector("form[data-log]");
const box = form?.closest("details");

export function openForm(id, field) {
  const opened = document.getElementById(id);
  if (!opened) return;
  opened.open = true;
  opened.scrollIntoView({ block: "start" });
  const wanted = opened.querySelector(`[name="${field || "subject"}"]`) || opened.querySelector("input:not([type=hidden]):not([type=radio])");
  wanted?.focus({ preventScroll: true });
}

// The place of the key, not its letter: on a Russian keyboard C is С, and means the same.
const kindOf = (event) => /^Key[A-Z]$/.test(event.code) && form.querySelector(`[data-key="${event.code.slice(3).toLowerCase()}"]`);
const isTyping = (element) => element.closest?.("input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]");

if (form) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.defaultPrevented || document.querySelector("dialog[open]")) return;
    if (event.altKey ? !box.open : isTyping(event.target)) return;
    const kind = kindOf(event);
    if (!kind) return;
    event.preventDefault();
    kind.checked = true;
    if (!event.altKey || !form.contains(document.activeElement)) openForm(box.id);
  });
  // Half a call must not be sent twice by an impatient finger.
  let sent = false;
  form.addEventListener("submit", (event) => {
    if (sent) event.preventDefault();
    sent = true;
  });
  addEventListener("pageshow", () => { sent = false; });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
    if (event.key === "Escape") {
      box.open = false; // what was typed stays in it
      box.querySelector("summary").focus();
    }
  });

  const due = form.elements.next_due_at;
  const days = form.querySelectorAll("[data-quick]");
  const mark = () => {
    for (const day of days) day.setAttribute("aria-pressed", String(day.dataset.quick === due.value));
  };
  for (const day of days) {
    day.addEventListener("click", () => {
      due.value = due.value === day.dataset.quick ? "" : day.dataset.quick;
      mark();
    });
    day.parentElement.hidden = false;
  }
  due?.addEventListener("input", mark);

  if (location.hash === "#log") openForm("log");
  form.querySelector(".has-error input:not([type=hidden]), .has-error select, .has-error textarea")?.focus();
}

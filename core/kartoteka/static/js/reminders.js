// Make the cards of a reminder: in the bell, and over the page at the minute it comes.
import { make } from "./elements.js";
import { send } from "./fetching.js";

async function post(bell, address, values, card) {
  const answer = await send(address, values).catch(() => null);
  const said = await answer?.json().catch(() => null);
  card.querySelector(".error")?.remove();
  if (answer?.ok) return said;
  const text = Object.values(said?.errors || {})[0] || said?.message || bell.dataset.failed;
  card.append(make("p", { class: "error", role: "alert" }, text));
  return null;
}

function leave(bell, card) {
  const held = card.contains(document.activeElement);
  card.remove();
  if (held) bell.querySelector("summary").focus();
}

function tell(bell, card, text, over) {
  const words = make("p", { role: "status", tabindex: "-1" }, text);
  card.replaceChildren(words);
  card.dataset.key = "";
  words.focus();
  setTimeout(() => leave(bell, card), 4000);
  over();
}

// How it went, and what comes next: one form, before or after the task is done.
function howItWent(bell, address, card, over) {
  const result = make("input", { name: "result", maxlength: 500, autocomplete: "off" });
  const next = make("input", {
    name: "follow_up", maxlength: 255, autocomplete: "off", placeholder: bell.dataset.example,
  });
  const form = make(
    "form", {},
    make("label", { class: "field" }, bell.dataset.result, result),
    make("label", { class: "field" }, bell.dataset.next, next),
    make("button", { class: "btn btn-main btn-small" }, bell.dataset.save),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const said = await post(bell, address, { result: result.value, follow_up: next.value }, card);
    if (said) tell(bell, card, said.message, over);
  });
  return form;
}

function button(text, work, kind = "") {
  const element = make("button", { type: "button", class: `btn btn-small ${kind}` }, text);
  element.addEventListener("click", work);
  return element;
}

function about(task) {
  const of = make("p", { class: "reminder-of muted" }, task.when);
  if (task.client) of.append(" · ", make("a", { href: task.href }, task.client));
  return [make("a", { href: task.page }, task.title), of];
}

function putOff(bell, task, card, over, values) {
  return async () => {
    const said = await post(bell, task.postpone, values, card);
    if (said) tell(bell, card, said.message, over);
  };
}

export function reminder(bell, task, over) {
  const card = make("article", { class: "reminder", "data-key": task.key });
  const later = (values) => putOff(bell, task, card, over, values);
  const finish = () => {
    const form = howItWent(bell, task.done, card, over);
    card.querySelector(".toolbar").replaceWith(form);
    form.querySelector("input").focus();
  };
  card.append(
    ...about(task),
    make(
      "div", { class: "toolbar" },
      button(bell.dataset.done, finish, "btn-main"),
      button(bell.dataset.tenMinutes, later({ minutes: 10 })),
      button(bell.dataset.hour, later({ minutes: 60 })),
      button(bell.dataset.tomorrow, later({ until: "tomorrow" })),
    ),
  );
  return card;
}

// Done with one click; what comes of it may be said after that.
export function popUp(bell, task, over, hide) {
  const card = make("article", { class: "reminder pop", "data-key": task.key });
  const later = (values) => putOff(bell, task, card, over, values);
  const close = make("button", { type: "button", class: "btn btn-quiet btn-small pop-hide", "aria-label": `${bell.dataset.close}: ${task.title}` }, "×");
  close.addEventListener("click", () => {
    hide(task.key);
    leave(bell, card);
  });
  const finish = async () => {
    const said = await post(bell, task.done, {}, card);
    if (!said) return;
    card.dataset.key = "";
    const words = make("p", { role: "status", tabindex: "-1" }, said.message);
    card.replaceChildren(close, words, howItWent(bell, task.follow, card, over));
    words.focus();
    over();
  };
  card.append(
    close,
    ...about(task),
    make(
      "div", { class: "toolbar" },
      button(bell.dataset.done, finish, "btn-main"),
      button(bell.dataset.tenMinutes, later({ minutes: 10 })),
      button(bell.dataset.tomorrow, later({ until: "tomorrow" })),
    ),
  );
  return card;
}

// Make the card of a reminder in the bell: done with a next step, or put off.
import { make } from "./elements.js";
import { send } from "./fetching.js";

async function post(bell, address, values, card, over) {
  const answer = await send(address, values).catch(() => null);
  const said = await answer?.json().catch(() => null);
  if (answer?.ok) {
    const words = make("p", { role: "status", tabindex: "-1" }, said.message);
    card.replaceChildren(words);
    card.dataset.key = "";
    words.focus();
    setTimeout(() => {
      const held = card.contains(document.activeElement);
      card.remove();
      if (held) bell.querySelector("summary").focus();
    }, 4000);
    over();
  } else {
    const text = Object.values(said?.errors || {})[0] || said?.message || bell.dataset.failed;
    card.querySelector(".error")?.remove();
    card.append(make("p", { class: "error", role: "alert" }, text));
  }
}

function doneForm(bell, task, card, over) {
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
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    post(bell, task.done, { result: result.value, follow_up: next.value }, card, over);
  });
  card.querySelector(".toolbar").replaceWith(form);
  result.focus();
}

export function reminder(bell, task, over) {
  const button = (text, work, kind = "") => {
    const element = make("button", { type: "button", class: `btn btn-small ${kind}` }, text);
    element.addEventListener("click", work);
    return element;
  };
  const card = make("article", { class: "reminder", "data-key": task.key });
  const of = make("p", { class: "reminder-of muted" }, task.when);
  if (task.client) of.append(" · ", make("a", { href: task.href }, task.client));
  const put = (minutes) => post(bell, task.postpone, { minutes }, card, over);
  card.append(
    make("a", { href: task.page }, task.title),
    of,
    make(
      "div", { class: "toolbar" },
      button(bell.dataset.done, () => doneForm(bell, task, card, over), "btn-main"),
      button(bell.dataset.tenMinutes, () => put(10)),
      button(bell.dataset.hour, () => put(60)),
    ),
  );
  return card;
}

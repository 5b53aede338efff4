// Pop reminders up on every page when their time has come.
import { send } from "./fetching.js";

const box = document.getElementById("reminders");
const WAIT = 30_000;
// More would cover the work; the others are one click away.
const MOST = 1;
const HIDDEN = "kartoteka.reminders.hidden";

function hidden() {
  try {
    return new Set(JSON.parse(sessionStorage.getItem(HIDDEN)) || []);
  } catch {
    return new Set();
  }
}

function hide(key) {
  sessionStorage.setItem(HIDDEN, JSON.stringify([...hidden(), key].slice(-200)));
}

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

async function post(address, values, card) {
  const answer = await send(address, values).catch(() => null);
  const said = await answer?.json().catch(() => null);
  if (answer?.ok) {
    card.replaceChildren(make("p", {}, said.message));
    card.dataset.key = "";
    setTimeout(() => card.remove(), 4000);
  } else {
    const text = Object.values(said?.errors || {})[0] || said?.message || box.dataset.failed;
    card.querySelector(".error")?.remove();
    card.append(make("p", { class: "error", role: "alert" }, text));
  }
}

function doneForm(task, card) {
  const result = make("input", { name: "result", maxlength: 500, autocomplete: "off" });
  const next = make("input", {
    name: "follow_up", maxlength: 255, autocomplete: "off", placeholder: box.dataset.example,
  });
  const form = make(
    "form", {},
    make("label", { class: "field" }, box.dataset.result, result),
    make("label", { class: "field" }, box.dataset.next, next),
    make("button", { class: "btn btn-main btn-small" }, box.dataset.save),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    post(task.done, { result: result.value, follow_up: next.value }, card);
  });
  card.querySelector(".toolbar").replaceWith(form);
  result.focus();
}

function reminder(task) {
  const button = (text, work, kind = "") => {
    const element = make("button", { type: "button", class: `btn btn-small ${kind}` }, text);
    element.addEventListener("click", work);
    return element;
  };
  const card = make("article", { class: "reminder", "data-key": task.key });
  const close = make("button", {
    type: "button", class: "btn btn-quiet btn-small", "aria-label": box.dataset.close,
  }, "×");
  close.addEventListener("click", () => {
    hide(task.key);
    card.remove();
  });
  const of = make("p", { class: "reminder-of muted" }, task.when);
  if (task.client) of.append(" · ", make("a", { href: task.href }, task.client));
  card.append(
    make("div", { class: "reminder-head" }, make("strong", {}, task.title), close),
    of,
    make(
      "div", { class: "toolbar" },
      button(box.dataset.done, () => doneForm(task, card), "btn-main"),
      button(box.dataset.tenMinutes, () => post(task.postpone, { minutes: 10 }, card)),
      button(box.dataset.hour, () => post(task.postpone, { minutes: 60 }, card)),
      make("a", { class: "btn btn-small btn-quiet", href: task.href }, box.dataset.open),
    ),
  );
  return card;
}

function show(tasks) {
  const skip = hidden();
  const wanted = tasks.filter((task) => !skip.has(task.key));
  const shown = new Map([...box.querySelectorAll(".reminder")].map((card) => [card.dataset.key, card]));
  for (const [key, card] of shown) {
    const busy = !key || card.contains(document.activeElement);
    if (!busy && !wanted.slice(0, MOST).some((task) => task.key === key)) card.remove();
  }
  for (const task of wanted.slice(0, MOST)) {
    if (!shown.has(task.key)) box.prepend(reminder(task));
  }
  box.querySelector(".reminders-more")?.remove();
  if (wanted.length > MOST) {
    const more = make("a", { href: box.dataset.all }, box.dataset.more);
    box.append(make("p", { class: "reminders-more" }, more));
  }
}

async function look() {
  if (document.hidden) return;
  try {
    const answer = await fetch(box.dataset.due, {
      credentials: "same-origin",
      headers: { Accept: "application/json", "X-Requested-With": "fetch" },
    });
    if (answer.ok) show(await answer.json());
  } catch {
    // The server is away for a moment; the next look tells.
  }
}

if (box) {
  look();
  setInterval(look, Number(box.dataset.wait) || WAIT);
  document.addEventListener("visibilitychange", look);
}

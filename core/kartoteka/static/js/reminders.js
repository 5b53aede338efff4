// Keep the bell in the header: how many reminders are due, a panel with them, a word on a new one.
import { send } from "./fetching.js";

const bell = document.getElementById("reminders");
const says = document.querySelector(".bell-says");
const opener = bell?.querySelector("summary");
const list = bell?.querySelector(".bell-list");
const count = bell?.querySelector(".bell-count");
const WAIT = 30_000;
const MOST = 10;
const SAID_FOR = 8_000;
// Older ones surface when others are done; they are no news.
const NEWS_SECONDS = 600;
const SEEN = "kartoteka.reminders.seen";
const TOLD = "kartoteka.reminders.told";
let due = [];

function remembered(name) {
  try {
    return new Set(JSON.parse(localStorage.getItem(name)) || []);
  } catch {
    return new Set();
  }
}

function remember(name, keys) {
  try {
    localStorage.setItem(name, JSON.stringify([...new Set([...remembered(name), ...keys])].slice(-200)));
  } catch {
    // Without storage the count only stays red.
  }
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
    const words = make("p", { role: "status", tabindex: "-1" }, said.message);
    card.replaceChildren(words);
    card.dataset.key = "";
    words.focus();
    setTimeout(() => {
      const held = card.contains(document.activeElement);
      card.remove();
      if (held) opener.focus();
    }, 4000);
    look();
  } else {
    const text = Object.values(said?.errors || {})[0] || said?.message || bell.dataset.failed;
    card.querySelector(".error")?.remove();
    card.append(make("p", { class: "error", role: "alert" }, text));
  }
}

function doneForm(task, card) {
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
  const of = make("p", { class: "reminder-of muted" }, task.when);
  if (task.client) of.append(" · ", make("a", { href: task.href }, task.client));
  card.append(
    make("a", { href: task.page }, task.title),
    of,
    make(
      "div", { class: "toolbar" },
      button(bell.dataset.done, () => doneForm(task, card), "btn-main"),
      button(bell.dataset.tenMinutes, () => post(task.postpone, { minutes: 10 }, card)),
      button(bell.dataset.hour, () => post(task.postpone, { minutes: 60 }, card)),
    ),
  );
  return card;
}

function fill() {
  const shown = new Map([...list.children].map((card) => [card.dataset.key, card]));
  for (const [key, card] of shown) {
    const busy = !key || card.contains(document.activeElement);
    if (!busy && !due.some((task) => task.key === key)) card.remove();
  }
  for (const task of due.slice(0, MOST)) if (!shown.has(task.key)) list.append(reminder(task));
}

function tally() {
  const seen = remembered(SEEN);
  count.hidden = !due.length;
  const number = due.length > MOST ? `${MOST}+` : String(due.length);
  count.textContent = number;
  bell.classList.toggle("has-new", due.some((task) => !seen.has(task.key)));
  const label = due.length ? `${bell.dataset.label}: ${number}` : bell.dataset.label;
  opener.setAttribute("aria-label", label);
  opener.title = label;
}

function say(task) {
  const open = make("button", { type: "button" }, `${task.title} · ${task.when}`);
  const close = make("button", { type: "button", "aria-label": bell.dataset.close }, "×");
  const note = make("div", { class: "bell-note" }, open, close);
  open.addEventListener("click", (event) => {
    event.stopPropagation(); // a click outside closes menus
    note.remove();
    bell.open = true;
    list.focus();
  });
  close.addEventListener("click", () => note.remove());
  says.replaceChildren(note);
  const leave = () => {
    if (note.matches(":hover") || note.contains(document.activeElement)) setTimeout(leave, 2000);
    else note.remove();
  };
  setTimeout(leave, SAID_FOR);
}

function show(tasks, first) {
  due = tasks;
  fill();
  if (bell.open) remember(SEEN, due.map((task) => task.key));
  tally();
  const told = remembered(TOLD);
  const news = due.find((task) => !told.has(task.key) && task.ago < NEWS_SECONDS);
  remember(TOLD, due.map((task) => task.key));
  if (news && !first && !bell.open) say(news);
}

let isFirst = true;
async function look() {
  if (document.hidden) return;
  try {
    const answer = await fetch(bell.dataset.due, {
      credentials: "same-origin",
      headers: { Accept: "application/json", "X-Requested-With": "fetch" },
    });
    if (!answer.ok) return;
    // What was due before the first page of this visit waits in the bell.
    const first = isFirst && !sessionStorage.getItem(TOLD);
    sessionStorage.setItem(TOLD, "1");
    isFirst = false;
    show(await answer.json(), first);
  } catch {
    // The server is away for a moment; the next look tells.
  }
}

if (bell) {
  bell.addEventListener("toggle", () => {
    // Also when it is closed: who opens and closes it at once is told of once, as closed.
    says.replaceChildren();
    remember(SEEN, due.map((task) => task.key));
    tally();
  });
  look();
  setInterval(look, WAIT);
  document.addEventListener("visibilitychange", look);
}

// Keep the bell in the header: what the person is told, what is due, a word on what is new.
import { make } from "./elements.js";
import { send } from "./fetching.js";
import { pops } from "./popups.js";
import { remember, remembered } from "./remembering.js";
import { reminder } from "./reminders.js";

const bell = document.getElementById("bell");
const says = document.querySelector(".bell-says");
const opener = bell?.querySelector("summary");
const list = bell?.querySelector(".bell-list");
const count = bell?.querySelector(".bell-count");
const readAll = bell?.querySelector("[data-read-all]");
const WAIT = 30_000;
const MOST = 10;
const MOST_COUNTED = 99;
const SAID_FOR = 8_000;
// Older ones surface when others are done; they are no news.
const NEWS_SECONDS = 600;
const SEEN = "kartoteka.bell.seen";
const TOLD = "kartoteka.bell.told";
let shown = { mark: "", count: 0, told: [], due: [] };

const items = () => [...shown.due, ...shown.told];
const keys = () => items().map((item) => item.key);

// What is read elsewhere or left behind by a link is kept even when the page goes away.
function markRead(id) {
  return send(bell.dataset.readAddress, id ? { id } : {}).catch(() => null);
}

function notice(one) {
  const card = make("article", { class: "notice", "data-key": one.key });
  const text = one.page ? make("a", { href: one.page }, one.text) : make("span", {}, one.text);
  if (one.page) text.addEventListener("click", () => navigator.sendBeacon(...beacon(one.id)));
  const read = make(
    "button",
    { type: "button", class: "btn btn-quiet btn-small", title: bell.dataset.read, "aria-label": `${bell.dataset.read}: ${one.text}` },
    make("i", { class: "fa-solid fa-check", "aria-hidden": "true" }),
  );
  read.addEventListener("click", async () => {
    await markRead(one.id);
    card.remove();
    opener.focus();
    look();
  });
  card.append(
    make("i", { class: `fa-solid ${one.icon} told-icon`, "aria-hidden": "true" }),
    make("div", { class: "told-text" }, text, make("span", { class: "muted told-when" }, one.when)),
    read,
  );
  return card;
}

function beacon(id) {
  const token = document.querySelector("meta[name=csrf-token]").content;
  return [bell.dataset.readAddress, new URLSearchParams({ id, csrf_token: token })];
}

function fill() {
  const there = new Map([...list.children].map((card) => [card.dataset.key, card]));
  const known = new Set(keys());
  for (const [key, card] of there) {
    const busy = !key || (card.classList.contains("reminder") && card.contains(document.activeElement));
    if (!busy && !known.has(key)) card.remove();
  }
  for (const task of shown.due.slice(0, MOST)) {
    if (!there.has(task.key)) list.append(reminder(bell, task, look));
  }
  // The newest of them stands first, under what is due.
  const last = [...list.querySelectorAll(".reminder")].pop();
  for (const one of [...shown.told].reverse()) {
    if (there.has(one.key)) continue;
    if (last) last.after(notice(one));
    else list.prepend(notice(one));
  }
  readAll.hidden = !shown.told.length;
}

function tally() {
  const seen = remembered(SEEN);
  const number = shown.count > MOST_COUNTED ? `${MOST_COUNTED}+` : String(shown.count);
  count.hidden = !shown.count;
  count.textContent = number;
  bell.classList.toggle("has-new", keys().some((key) => !seen.has(key)));
  const label = shown.count ? `${bell.dataset.label}: ${number}` : bell.dataset.label;
  opener.setAttribute("aria-label", label);
  opener.title = label;
}

function say(item) {
  const open = make("button", { type: "button" }, item.text);
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

function show(first) {
  fill();
  if (bell.open) remember(SEEN, keys());
  tally();
  const told = remembered(TOLD);
  const news = shown.told.find((item) => !told.has(item.key) && item.ago < NEWS_SECONDS);
  remember(TOLD, keys());
  pops(bell, shown.due, look);
  if (news && !first && !bell.open) say(news);
}

let isFirst = true;
let atNext = 0;
// At the moment itself, and not up to half a minute later.
function wake(seconds) {
  clearTimeout(atNext);
  if (seconds > 0 && seconds < 86_400) atNext = setTimeout(look, seconds * 1000);
}

async function look() {
  if (document.hidden) return;
  try {
    const answer = await fetch(`${bell.dataset.due}?mark=${encodeURIComponent(shown.mark)}`, {
      credentials: "same-origin",
      headers: { Accept: "application/json", "X-Requested-With": "fetch" },
    });
    wake(Number(answer.headers.get("X-Next-Reminder")));
    if (answer.status !== 200) return; // 204: nothing else than is shown
    // What was there before the first page of this visit waits in the bell.
    const first = isFirst && !sessionStorage.getItem(TOLD);
    sessionStorage.setItem(TOLD, "1");
    isFirst = false;
    shown = await answer.json();
    show(first);
  } catch {
    // The server is away for a moment; the next look tells.
  }
}

if (bell) {
  bell.addEventListener("toggle", () => {
    // Also when it is closed: who opens and closes it at once is told of once, as closed.
    says.replaceChildren();
    remember(SEEN, keys());
    tally();
  });
  readAll.addEventListener("click", async () => {
    await markRead();
    for (const card of list.querySelectorAll(".notice")) card.remove();
    opener.focus();
    look();
  });
  for (const link of document.querySelectorAll("a[data-reads]")) {
    link.addEventListener("click", () => navigator.sendBeacon(...beacon(link.dataset.reads)));
  }
  look();
  setInterval(look, WAIT);
  document.addEventListener("visibilitychange", look);
}

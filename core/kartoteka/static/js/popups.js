// Reminders over whatever page stands open: those that come now, and a line on those missed.
import { make } from "./elements.js";
import { remember, remembered } from "./remembering.js";
import { popUp } from "./reminders.js";

const HIDDEN = "kartoteka.pops.hidden";
const SHOWN = "kartoteka.pops.shown";
// What came longer ago, while nobody looked, was missed.
const FRESH_SECONDS = 600;
const MOST = 3;
const MOST_COUNTED = 10;

function missedCard(bell, missed, place) {
  const number = missed.length > MOST_COUNTED ? `${MOST_COUNTED}+` : missed.length;
  const card = make("article", { class: "reminder pop pop-missed" });
  const hide = () => {
    remember(HIDDEN, missed.map((task) => task.key));
    card.remove();
  };
  const close = make("button", { type: "button", class: "btn btn-quiet btn-small pop-hide", "aria-label": bell.dataset.close }, "×");
  close.addEventListener("click", hide);
  const open = make("a", { href: place.dataset.day }, `${bell.dataset.missed}: ${number}`);
  open.addEventListener("click", hide);
  card.append(close, open);
  return card;
}

export function pops(bell, due, over) {
  const place = document.querySelector(".pops");
  const hidden = remembered(HIDDEN), shown = remembered(SHOWN);
  const waiting = due.filter((task) => !hidden.has(task.key));
  const fresh = waiting.filter((task) => task.ago < FRESH_SECONDS || shown.has(task.key));
  const missed = waiting.filter((task) => !fresh.includes(task));
  const keys = new Set(fresh.map((task) => task.key));
  for (const card of [...place.children]) {
    const left = card.dataset.key && !keys.has(card.dataset.key);
    if ((left && !card.contains(document.activeElement)) || card.matches(".pop-missed")) card.remove();
  }
  const there = new Set([...place.children].map((card) => card.dataset.key));
  for (const task of fresh.slice(0, MOST)) {
    if (!there.has(task.key)) place.append(popUp(bell, task, over, (key) => remember(HIDDEN, [key])));
  }
  remember(SHOWN, keys);
  if (!missed.length) return;
  // The page that lists them says it already.
  if (document.querySelector("[data-day-list]")) remember(HIDDEN, missed.map((task) => task.key));
  else place.prepend(missedCard(bell, missed, place));
}

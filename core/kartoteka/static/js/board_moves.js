// Move a card: at once on the screen, then by the server; it goes back when the server refuses.
import { asker, send } from "./fetching.js";
import { enhance } from "./enhance.js";

export const board = document.querySelector("[data-board]");
export const words = board?.dataset || {};
const live = document.getElementById("board-says");
const dialog = document.getElementById("board-ask");
/** Told when cards have come, gone or changed their place. */
export const settled = new EventTarget();

export const columns = () => [...board.querySelectorAll("[data-stage]")];
export const column = (code) => columns().find((one) => one.dataset.stage === code);
export const columnOf = (element) => element.closest("[data-stage]");
export const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_all, name) => values[name] ?? "");
const listOf = (one) => one.querySelector("[data-cards]");

export function say(text) {
  live.textContent = "";
  // The same sentence twice is said twice only when it was gone between.
  setTimeout(() => (live.textContent = text), 30);
}

export function complain(text) {
  const toast = document.createElement("div");
  toast.className = "alert alert-danger";
  toast.setAttribute("role", "alert");
  const close = document.createElement("button");
  Object.assign(close, { type: "button", className: "btn btn-quiet btn-small", textContent: "×" });
  close.dataset.dismiss = "";
  close.setAttribute("aria-label", dialog.querySelector("[data-give-up]").getAttribute("aria-label"));
  toast.append(Object.assign(document.createElement("span"), { textContent: text }), close);
  const toasts = document.querySelector(".toasts");
  for (const old of toasts.querySelectorAll(".alert-danger")) old.remove();
  toasts.append(toast);
}

export function mayEnter(card, target) {
  const from = columnOf(card);
  if (!target || target === from || words.moves === undefined) return false;
  return from.dataset.next === undefined || from.dataset.next.split(" ").includes(target.dataset.stage);
}

export async function move(card, target, byKeys = false) {
  if (card.getAttribute("aria-busy") === "true" || !mayEnter(card, target)) return;
  const from = columnOf(card), behind = card.nextElementSibling;
  listOf(target).prepend(card);
  card.setAttribute("aria-busy", "true");
  listOf(target).scrollTop = 0;
  if (byKeys) card.querySelector(".board-title").focus();
  say(fill(words.moving, { stage: target.dataset.title }));
  let answer = await post(card, { stage: target.dataset.stage, version: card.dataset.version, ask: "1" });
  while (answer.form) {
    const filled = await ask(answer.form, target);
    if (!filled) break;
    answer = await post(card, filled);
  }
  if (dialog.open) dialog.close();
  card.removeAttribute("aria-busy");
  if (!answer.done) {
    if (behind?.parentElement === listOf(from)) behind.before(card);
    else listOf(from).append(card);
    if (answer.form) say(fill(words.left, { title: card.dataset.title }));
    else complain(answer.message || words.failed);
  }
  settled.dispatchEvent(new Event("change"));
  if (byKeys) card.querySelector(".board-title").focus();
  if (answer.done || answer.status === 409) await refresh(card, [from, target]);
  if (answer.done) say(answer.message);
}

async function post(card, values) {
  try {
    const answer = await send(board.dataset.move.replace(/0$/, card.dataset.deal), values);
    if (answer.status === 401) location.reload();
    const said = await answer.json();
    const reason = Object.values(said.errors || {}).join(" ");
    return { ...said, message: said.message || reason, status: answer.status, done: answer.ok && !said.form };
  } catch {
    return { message: words.failed, status: 0, done: false };
  }
}

// The form of a move comes from the server, as on its own page; it is answered or given up.
function ask(html, target) {
  const title = dialog.querySelector("h2");
  const place = dialog.querySelector("[data-form-here]");
  title.textContent = fill(title.dataset.words, { stage: target.dataset.title });
  place.innerHTML = html;
  enhance(place);
  const form = place.querySelector("form");
  if (!dialog.open) dialog.showModal();
  (form.querySelector(".has-error :is(input:not([type=hidden]), select, textarea)") ||
    form.querySelector("input:not([type=hidden]), select, textarea"))?.focus();
  return new Promise((resolve) => {
    const gone = new AbortController();
    const end = (values) => {
      gone.abort();
      resolve(values);
    };
    const given = { signal: gone.signal };
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const half = [...form.elements].find((input) => input.validity?.badInput);
      if (half) return void half.reportValidity();
      form.querySelector(".btn-main").disabled = true;
      end(new URLSearchParams(new FormData(form)));
    }, given);
    form.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
    }, given);
    dialog.addEventListener("click", (event) => {
      if (event.target !== dialog && !event.target.closest("[data-give-up]")) return;
      event.preventDefault();
      end(null);
    }, given);
    dialog.addEventListener("close", () => end(null), given);
  });
}

async function refresh(card, of) {
  const asked = new URLSearchParams({ stages: of.map((one) => one.dataset.stage).join(","), card: card.dataset.deal });
  const sign = board.dataset.fresh.includes("?") ? "&" : "?";
  let now;
  try {
    now = await asker()(`${board.dataset.fresh}${sign}${asked}`);
  } catch {
    return; // the move is done; figures are right again when the page is opened anew
  }
  for (const [code, total] of Object.entries(now.totals)) show(code, total);
  const held = card.contains(document.activeElement);
  const target = column(now.stage);
  if (!now.card || !target) {
    card.remove();
    say(words.gone);
  } else {
    const holder = document.createElement("ol");
    holder.innerHTML = now.card;
    enhance(holder);
    const fresh = holder.firstElementChild;
    if (columnOf(card) === target) card.replaceWith(fresh);
    else {
      card.remove();
      listOf(target).prepend(fresh);
    }
    if (held) fresh.querySelector(".board-title").focus();
  }
  settled.dispatchEvent(new Event("change"));
}

function show(code, total) {
  const one = column(code);
  const count = one.querySelector("[data-count]");
  count.setAttribute("aria-label", count.getAttribute("aria-label").replace(count.textContent, total.said));
  count.textContent = total.said;
  const sums = total.sums.map((sum) => Object.assign(document.createElement("span"), { textContent: sum }));
  one.querySelector("[data-sums]").replaceChildren(...sums);
  const tab = [...document.querySelectorAll("[data-tab]")].find((link) => link.dataset.tab === code);
  if (tab) tab.querySelector("[data-count]").textContent = total.said;
}

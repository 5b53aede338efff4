// Drag a card by mouse, pen or finger. A finger holds it a moment first, so that it still scrolls.
import { board, column, columnOf, columns, mayEnter, move } from "./board_moves.js";

const HOLD = 350, SLACK = 6, EDGE = 70, SPEED = 14;
let held = null; // pressed, not yet moving
let dragged = null; // under way
let wasDragged = false;

const targets = () => [...columns(), ...document.querySelectorAll("[data-tab]")];
const codeOf = (one) => one.dataset.stage ?? one.dataset.tab;

export function markWays(card, on) {
  board.parentElement.classList.toggle("is-choosing", on);
  for (const one of targets()) {
    const own = codeOf(one) === columnOf(card)?.dataset.stage;
    one.classList.toggle("is-own", on && own);
    one.classList.toggle("is-closed", on && !own && !mayEnter(card, column(codeOf(one))));
    one.classList.remove("is-over");
  }
}

export function markOver(code) {
  for (const one of targets()) one.classList.toggle("is-over", codeOf(one) === code);
}

function lift() {
  const { card, x, y } = held;
  const box = card.getBoundingClientRect();
  const ghost = card.cloneNode(true);
  ghost.classList.add("board-ghost");
  ghost.style.width = `${box.width}px`;
  ghost.setAttribute("aria-hidden", "true");
  document.body.append(ghost);
  card.classList.add("is-lifted");
  document.body.classList.add("is-dragging");
  dragged = { card, ghost, left: x - box.left, top: y - box.top, x, y, over: null };
  markWays(card, true);
  carry(x, y);
  dragged.frame = requestAnimationFrame(scroll);
  navigator.vibrate?.(15);
}

function carry(x, y) {
  Object.assign(dragged, { x, y });
  dragged.ghost.style.transform = `translate(${x - dragged.left}px, ${y - dragged.top}px)`;
  const found = document.elementFromPoint(x, y)?.closest("[data-stage], [data-tab]");
  const code = found ? codeOf(found) : null;
  dragged.over = code && mayEnter(dragged.card, column(code)) ? code : null;
  markOver(dragged.over);
}

// Near an edge the board goes on by itself: columns out of sight are reached without letting go.
function scroll() {
  if (!dragged) return;
  const { left, right } = board.getBoundingClientRect();
  const { x, y } = dragged;
  const by = x < left + EDGE ? -SPEED : x > Math.min(right, innerWidth) - EDGE ? SPEED : 0;
  if (by) {
    const before = board.scrollLeft;
    board.scrollLeft += by;
    if (board.scrollLeft !== before) carry(x, y);
  }
  dragged.frame = requestAnimationFrame(scroll);
}

function end(drop) {
  clearTimeout(held?.timer);
  held = null;
  if (!dragged) return;
  const { card, ghost, over, frame } = dragged;
  dragged = null;
  cancelAnimationFrame(frame);
  ghost.remove();
  card.classList.remove("is-lifted");
  document.body.classList.remove("is-dragging");
  markWays(card, false);
  wasDragged = true;
  setTimeout(() => (wasDragged = false), 0);
  if (drop && over) move(card, column(over));
}

export function drag() {
  board.addEventListener("dragstart", (event) => event.preventDefault());
  board.addEventListener("pointerdown", (event) => {
    const card = event.target.closest("[data-deal]");
    if (!card || event.button || !event.isPrimary || card.getAttribute("aria-busy") === "true") return;
    if (event.target.closest("[data-move-to]")) return;
    held = { card, x: event.clientX, y: event.clientY, touch: event.pointerType === "touch" };
    if (held.touch) held.timer = setTimeout(() => held && lift(), HOLD);
  });
  addEventListener("pointermove", (event) => {
    if (dragged) return carry(event.clientX, event.clientY);
    if (!held || Math.hypot(event.clientX - held.x, event.clientY - held.y) < SLACK) return;
    if (held.touch) end(false); // it scrolls
    else {
      lift();
      carry(event.clientX, event.clientY);
    }
  });
  addEventListener("pointerup", () => end(true));
  addEventListener("pointercancel", () => end(false));
  addEventListener("keydown", (event) => event.key === "Escape" && dragged && end(false));
  board.addEventListener("touchmove", (event) => dragged && event.preventDefault(), { passive: false });
  board.addEventListener("contextmenu", (event) => held?.touch && event.preventDefault());
  // Letting go over a link is no click on it.
  addEventListener("click", (event) => {
    if (!wasDragged) return;
    event.preventDefault();
    event.stopPropagation();
  }, true);
}

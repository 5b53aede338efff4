// The board by keyboard: arrows walk, space picks up and puts down, M opens the list of stages.
import { board, columnOf, columns, fill, mayEnter, move, say, settled, words } from "./board_moves.js";
import { markOver, markWays } from "./board_drag.js";

let picked = null; // the card, and the column it would go to

const titles = (one) => [...one.querySelectorAll(".board-title")];

// One card of the board is reached by Tab, the others by arrows.
function settle() {
  const all = titles(board);
  const current = all.find((one) => one === document.activeElement) || all.find((one) => one.tabIndex === 0 && one.dataset.rove) || all[0];
  for (const one of all) {
    one.tabIndex = one === current ? 0 : -1;
    one.dataset.rove = "1";
    one.setAttribute("aria-describedby", "board-help");
  }
  for (const one of board.querySelectorAll(".board-client, .board-move")) one.tabIndex = -1;
}

function go(title) {
  if (!title) return;
  for (const one of titles(board)) one.tabIndex = one === title ? 0 : -1;
  title.focus();
  title.closest("[data-deal]").scrollIntoView({ block: "nearest", inline: "nearest" });
}

function walk(title, key) {
  const here = columnOf(title), mine = titles(here), at = mine.indexOf(title);
  if (key === "ArrowDown" || key === "ArrowUp") return go(mine[at + (key === "ArrowDown" ? 1 : -1)]);
  if (key === "Home" || key === "End") return go(mine.at(key === "Home" ? 0 : -1));
  const all = columns().filter((one) => titles(one).length), step = key === "ArrowRight" ? 1 : -1;
  const there = all[all.indexOf(here) + step];
  if (there) go(titles(there)[Math.min(at, titles(there).length - 1)]);
}

function pick(card) {
  if (card.getAttribute("aria-busy") === "true" || words.moves === undefined) return;
  if (!columns().some((one) => mayEnter(card, one))) return say(words.nowhere);
  picked = { card, over: columnOf(card) };
  card.classList.add("is-picked");
  markWays(card, true);
  say(fill(words.picked, { title: card.dataset.title }));
}

function choose(step) {
  const own = columnOf(picked.card);
  const ways = columns().filter((one) => one === own || mayEnter(picked.card, one));
  const there = ways[ways.indexOf(picked.over) + step];
  if (!there) return;
  picked.over = there;
  markOver(there === own ? null : there.dataset.stage);
  there.scrollIntoView({ block: "nearest", inline: "nearest" });
  const count = there.querySelector("[data-count]").textContent;
  say(there === own ? words.own : fill(words.over, { stage: there.dataset.title, count }));
}

function put(drop) {
  const { card, over } = picked;
  picked = null;
  card.classList.remove("is-picked");
  markWays(card, false);
  if (drop && over !== columnOf(card)) move(card, over, true);
  else {
    columnOf(card).scrollIntoView({ block: "nearest", inline: "nearest" });
    say(fill(words.left, { title: card.dataset.title }));
  }
}

function listen(openMenu) {
  settle();
  settled.addEventListener("change", settle);
  board.addEventListener("keydown", (event) => {
    const title = event.target.closest(".board-title");
    if (!title || event.ctrlKey || event.metaKey || event.altKey) return;
    const card = title.closest("[data-deal]");
    if (picked) {
      if (event.key === "ArrowLeft" || event.key === "ArrowRight") choose(event.key === "ArrowRight" ? 1 : -1);
      else if (event.key === " " || event.key === "Enter") put(true);
      else if (event.key === "Escape") put(false);
      else if (event.key === "Tab") return put(false);
    } else if (/^(Arrow(Up|Down|Left|Right)|Home|End)$/.test(event.key)) walk(title, event.key);
    else if (event.key === " ") pick(card);
    else if (event.code === "KeyM") openMenu(card); // the same key in every layout
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  board.addEventListener("focusout", (event) => {
    if (picked && !picked.card.contains(event.relatedTarget)) put(false);
  });
}

export const keys = { listen, settle };

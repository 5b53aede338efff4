// The board of deals: fetch more cards, the list of stages, tabs on a phone. Moves: board_moves.js.
import { asker } from "./fetching.js";
import { enhance } from "./enhance.js";
import { board, column, columnOf, columns, complain, mayEnter, move, say, words } from "./board_moves.js";
import { drag } from "./board_drag.js";
import { keys } from "./board_keys.js";

const menu = document.getElementById("board-menu");

async function more(link) {
  if (link.getAttribute("aria-busy") === "true") return;
  link.setAttribute("aria-busy", "true");
  try {
    const answer = await asker()(link.dataset.more);
    const list = columnOf(link).querySelector("[data-cards]");
    const holder = document.createElement("ol");
    holder.innerHTML = answer.cards;
    enhance(holder);
    // A card that was moved here meanwhile stands here already.
    const known = new Set([...document.querySelectorAll("[data-deal]")].map((card) => card.dataset.deal));
    const fresh = [...holder.children].filter((card) => !known.has(card.dataset.deal));
    list.append(...fresh);
    keys.settle();
    if (link === document.activeElement) fresh[0]?.querySelector(".board-title").focus();
    if (answer.more) link.dataset.more = answer.more;
    else link.remove();
  } catch {
    complain(words.unread);
  }
  link.removeAttribute("aria-busy");
}

function openMenu(card) {
  const place = menu.querySelector("[data-stages]");
  const open = columns().filter((one) => mayEnter(card, one));
  if (!open.length) {
    say(words.nowhere);
    complain(words.nowhere);
    return;
  }
  menu.querySelector("[data-about]").textContent = card.dataset.title;
  place.replaceChildren(
    ...columns().map((one) => {
      const button = document.createElement("button");
      const dot = document.createElement("span");
      button.type = "button";
      button.className = "menu-item";
      button.disabled = !open.includes(one);
      dot.className = "dot";
      dot.style.setProperty("--color", one.dataset.color);
      button.append(dot, ` ${one.dataset.title}`);
      if (one === columnOf(card)) button.setAttribute("aria-current", "true");
      button.addEventListener("click", () => {
        menu.close();
        move(card, one, true);
      });
      return button;
    }),
  );
  menu.showModal();
  place.querySelector("button:enabled").focus();
}

function fit() {
  const top = board.getBoundingClientRect().top + scrollY;
  board.style.setProperty("--board-top", `${Math.round(top)}px`);
}

function follow() {
  const tabs = document.querySelector(".board-tabs");
  const watch = new IntersectionObserver(
    (seen) => {
      for (const entry of seen) {
        if (!entry.isIntersecting) continue;
        for (const tab of tabs.children) {
          const here = tab.dataset.tab === entry.target.dataset.stage;
          tab.toggleAttribute("aria-current", here);
          if (here) tabs.scrollTo({ left: tab.offsetLeft - (tabs.clientWidth - tab.offsetWidth) / 2 });
        }
      }
    },
    { root: board, threshold: 0.6 },
  );
  for (const one of columns()) watch.observe(one);
  tabs.addEventListener("click", (event) => {
    const tab = event.target.closest("[data-tab]");
    if (!tab) return;
    event.preventDefault();
    board.scrollTo({ left: column(tab.dataset.tab).offsetLeft - board.offsetLeft });
  });
}

if (board) {
  board.addEventListener("click", (event) => {
    const link = event.target.closest("[data-more], [data-move-to]");
    if (!link || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    if (link.dataset.more) more(link);
    else openMenu(link.closest("[data-deal]"));
  });
  menu.addEventListener("click", (event) => {
    if (event.target === menu || event.target.closest("[data-give-up]")) menu.close();
  });
  keys.listen(openMenu);
  if (words.moves !== undefined) drag();
  fit();
  addEventListener("resize", fit);
  follow();
  // Who comes back by the button of the browser would look at a board of long ago.
  addEventListener("pageshow", (event) => event.persisted && location.reload());
}

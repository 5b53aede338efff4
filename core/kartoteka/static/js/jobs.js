// Follow long work: ask for the fragment of its progress while something of it is active.
import { asker } from "./fetching.js";
import { enhance } from "./enhance.js";

const FIRST = 700;
const LAST = 5000;

// What stands beneath tells of the same jobs; it is made anew when one of them has ended.
async function refresh(selector) {
  const old = document.querySelector(selector);
  if (!old || old.querySelector("details[open]") || old.contains(document.activeElement)) return;
  const page = new DOMParser().parseFromString(await asker()(location.href, "html"), "text/html");
  const fresh = page.querySelector(selector);
  if (!fresh) return;
  old.replaceWith(fresh);
  enhance(fresh);
}

function follow(block) {
  const ask = asker();
  let wait = FIRST;
  const busy = () => block.hasAttribute("data-fill") || block.querySelector("[data-busy]");
  const again = () => {
    if (busy()) setTimeout(look, wait);
  };

  async function look() {
    // A question about a job is open, or nobody looks: what is shown stays.
    if (document.hidden || document.getElementById("ask")?.open) return again();
    const address = block.querySelector("[data-next]")?.dataset.next || block.dataset.jobs;
    let html;
    try {
      html = await ask(address, "html");
    } catch {
      wait = LAST;
      return again();
    }
    if (document.getElementById("ask")?.open) return again();
    const before = block.querySelectorAll("[data-active]").length;
    const focused = block.contains(document.activeElement) && document.activeElement.id;
    // The fragment comes from our own server, escaped by its templates.
    block.innerHTML = html;
    block.removeAttribute("data-fill");
    enhance(block);
    if (focused) document.getElementById(focused)?.focus();
    if (block.dataset.refresh && block.querySelectorAll("[data-active]").length < before) {
      refresh(block.dataset.refresh).catch(() => {});
    }
    wait = Math.min(LAST, wait * 1.1);
    if (!busy()) block.dispatchEvent(new CustomEvent("jobs-over", { bubbles: true }));
    again();
  }

  if (block.hasAttribute("data-fill")) look();
  else again();
}

for (const block of document.querySelectorAll("[data-jobs]")) follow(block);

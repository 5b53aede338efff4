// Fetch anew, once a minute, what stands on the page and changes by itself.
import { asker } from "./fetching.js";
import { enhance } from "./enhance.js";

const EVERY = 60_000;

async function renew(place) {
  if (document.hidden || place.contains(document.activeElement)) return;
  const holder = document.createElement("div");
  try {
    holder.innerHTML = await asker()(place.dataset.live, "html");
  } catch {
    return; // the next minute tells
  }
  const fresh = holder.querySelector("[data-live]");
  if (!fresh) return;
  enhance(fresh);
  place.replaceChildren(...fresh.children);
}

for (const place of document.querySelectorAll("[data-live]")) setInterval(() => renew(place), EVERY);

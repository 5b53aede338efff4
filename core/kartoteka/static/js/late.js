// Fetch the blocks that the page does not wait for; one with nothing to say takes no place.
import { asker } from "./fetching.js";
import { enhance } from "./enhance.js";

async function bring(place) {
  const holder = document.createElement("div");
  try {
    holder.innerHTML = await asker()(place.dataset.late, "html");
  } catch {
    place.textContent = place.dataset.failed;
    if (place.hidden) place.classList.add("card-body", "muted");
    place.hidden = false;
    return;
  }
  enhance(holder);
  place.replaceWith(...holder.children);
}

for (const place of document.querySelectorAll("[data-late]")) bring(place);

// Say above the map what it shows of the region that is pointed at or focused.
for (const map of document.querySelectorAll("[data-region-map]")) {
  const said = map.querySelector("[data-region-said]");
  const say = (target) => {
    const region = target?.closest("svg a") ?? document.activeElement?.closest("[data-region-map] svg a");
    said.textContent = region ? region.getAttribute("aria-label") : said.dataset.rest;
    said.classList.toggle("is-said", Boolean(region));
  };
  map.addEventListener("pointerover", (event) => say(event.target));
  map.addEventListener("pointerleave", () => say(null));
  map.addEventListener("focusin", (event) => say(event.target));
  map.addEventListener("focusout", () => setTimeout(() => say(null)));
}

// @ts-check
/** Tabs: one pane shows at a time. */

import { byId } from "./common.js";

/** Let the arrow keys go between tabs. */
export function tabs() {
  const all = /** @type {HTMLButtonElement[]} */ ([...document.querySelectorAll("[role=tab]")]);
  const select = (/** @type {number} */ n) => all.forEach((tab, i) => {
    tab.setAttribute("aria-selected", String(i === n));
    tab.tabIndex = i === n ? 0 : -1;
    byId(tab.getAttribute("aria-controls") ?? "").hidden = i !== n;
    if (i === n) tab.focus();
  });
  all.forEach((tab, i) => {
    tab.addEventListener("click", () => select(i));
    tab.addEventListener("keydown", (event) => {
      if (event.key === "ArrowRight" || event.key === "ArrowLeft") select((i + 1) % all.length);
    });
  });
}

// @ts-check
/** Before the session: draw the printed fall-back, or get every plan ready. */

import { byId, element, persist, query, stream } from "./common.js";

const scene = /** @type {HTMLElement} */ (document.querySelector(".scene"));
const leaving = new AbortController();

/**
 * The element of a plan.
 * @param {string} name
 * @returns {Element|null}
 */
const of = (name) => scene.querySelector(`[data-name="${CSS.escape(name)}"]`);

/** @param {any} message One plan's answer and charts. */
function drawSheet(message) {
  const told = of(message.name)?.querySelector(".told");
  if (!told) return;
  told.replaceChildren(...message.said.map((/** @type {string} */ words) => element("p", "answer-words", words)));
  for (const chart of message.charts) {
    const picture = document.createElement("img");
    picture.src = chart.source;
    picture.alt = chart.alt;
    told.append(picture);
  }
  told.append(element("p", "hint", message.bands));
}

/** @param {any} message */
function heard(message) {
  const state = message.name ? of(message.name)?.querySelector(".state") : null;
  if (message.kind === "sheet") drawSheet(message);
  if (message.kind === "at" && state) state.textContent = `running: ${message.what}`;
  if (message.kind === "ready" && state) state.textContent = "ready";
  if (message.kind === "failed") byId("said").textContent = message.text;
  if (message.kind === "done") {
    byId("said").textContent = scene.dataset.stream === "api/printed" ? "Three plans, ready to print." : "Everything is ready.";
    document.documentElement.dataset.settled = "all";
    const button = document.getElementById("print");
    if (button instanceof HTMLButtonElement) button.disabled = false;
  }
}

function start() {
  persist(leaving.signal, () => stream(`${scene.dataset.stream}?${query()}`, leaving.signal, heard));
}

addEventListener("pagehide", () => leaving.abort());
document.getElementById("print")?.addEventListener("click", () => print());
const button = document.getElementById("start");
if (button === null) start();
button?.addEventListener("click", () => {
  button.setAttribute("disabled", "");
  byId("said").textContent = "Running every plan for every page …";
  start();
});

// @ts-check
/** A person's story: choose whose, and show what the server tells of them. */

import { byId, persist, query, stream } from "./common.js";
import { follow, goAlong } from "./follow.js";

const scene = /** @type {HTMLElement} */ (document.querySelector(".scene"));
let kind = scene.dataset.kind ?? "carer";
let citizen = scene.dataset.citizen ?? "";
let asking = new AbortController();

/** The choices of this page with the person it is about; the plan's own part of the address stays as it is. */
function address() {
  const all = new URLSearchParams(query());
  all.delete("kind");
  all.delete("citizen");
  if (citizen) all.set("citizen", citizen);
  else all.set("kind", kind);
  return all.toString();
}

/** Ask for the story; whoever was asked for before is given up. */
function ask() {
  asking.abort();
  asking = new AbortController();
  const { signal } = asking;
  const began = performance.now();
  byId("said").textContent = "Looking for somebody, and following them through both lives …";
  byId("story").setAttribute("aria-busy", "true");
  for (const button of document.querySelectorAll("button.kind")) {
    const own = /** @type {HTMLElement} */ (button).dataset.kind === kind && !citizen;
    button.setAttribute("aria-pressed", String(own));
  }
  history.replaceState(null, "", `${location.pathname}?${address()}`);
  persist(signal, () => stream(`api/story?${address()}`, signal, (message) => {
    if (message.kind === "sorry" || message.kind === "failed") {
      byId("said").textContent = message.text;
      byId("story").replaceChildren();
    }
    if (message.kind === "story") {
      // the server's own template, which escapes whatever it is given
      const told = new DOMParser().parseFromString(message.html, "text/html");
      byId("story").replaceChildren(...told.body.childNodes);
      byId("said").textContent = byId("story").querySelector("[data-said]")?.textContent ?? "";
      document.documentElement.dataset.settled = String(Math.round(performance.now() - began));
    }
    byId("story").removeAttribute("aria-busy");
  }));
}

for (const button of document.querySelectorAll("button.kind")) {
  button.addEventListener("click", () => {
    kind = /** @type {HTMLElement} */ (button).dataset.kind ?? kind;
    citizen = "";
    /** @type {HTMLInputElement} */ (byId("citizen")).value = "";
    ask();
  });
}
function find() {
  citizen = /** @type {HTMLInputElement} */ (byId("citizen")).value.trim();
  ask();
}
byId("find").addEventListener("click", find);
byId("citizen").addEventListener("keydown", (event) => {
  if (event.key === "Enter") find();
});
addEventListener("pagehide", () => asking.abort());
ask();
void follow(goAlong);

// @ts-check
/** In a shared room, pages that only look show what the facilitator shows. */

import { base, drives, leads, persist } from "./common.js";

/** Milliseconds until a room that is closed is asked for again. */
const CLOSED = 5000;

/**
 * Heed the facilitator of a shared room: who may drive, and for those who may not, what is shown.
 * @param {(query: string) => void} heed Takes what the facilitator shows, each time it is something else.
 */
export async function follow(heed) {
  if (leads || !location.pathname.includes("/room/")) return;
  let seen = "", wait = 0;
  for (;;) {
    await new Promise((go) => setTimeout(go, wait));
    await persist(new AbortController().signal, async () => {
      const response = await fetch(`${base}api/room?seen=${encodeURIComponent(seen)}`);
      wait = response.ok ? 0 : CLOSED;
      if (!response.ok) throw new Error("This room is closed. Scan its code again, or ask for its address.");
      const told = await response.json();
      if (told.drives !== drives) location.reload();
      if (told.state !== seen && !drives) heed(told.query);
      seen = told.state;
    });
  }
}

/** Go to the same page, about the same person, of the plan that the facilitator shows. @param {string} text */
export function goAlong(text) {
  if (text === document.documentElement.dataset.query) return;
  const all = new URLSearchParams(text), own = new URLSearchParams(location.search);
  for (const name of ["kind", "citizen"]) if (own.has(name)) all.set(name, own.get(name) ?? "");
  location.replace(`${location.pathname}?${all}`);
}

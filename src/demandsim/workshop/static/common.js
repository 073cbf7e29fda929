// @ts-check
/** What every page of the workshop shares: its address, streams from the server, small helpers. */

/** Address below which the room's pages lie, with a slash at its end. */
export const base = document.documentElement.dataset.base ?? "/";

/** Whether this page may move the levers. */
export const drives = document.documentElement.dataset.drives === "yes";

/** Whether this page is the facilitator's in a shared room: what it shows, phones show. */
export const leads = document.documentElement.dataset.leads === "yes";

/**
 * The element with an id.
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`no element #${id}`);
  return found;
}

/**
 * A new element with a class and text; text is never read as markup.
 * @param {string} tag
 * @param {string} [className]
 * @param {string} [text]
 * @returns {HTMLElement}
 */
export function element(tag, className = "", text = "") {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

/** @returns {string} The choices of this page, as they stand in its address. */
export function query() {
  return location.search.slice(1) || (document.documentElement.dataset.query ?? "");
}

/**
 * Put choices into the address and into the links to the other pages.
 * @param {string} text
 * @param {boolean} [remember] Whether the browser's Back returns to what was there before.
 */
export function setQuery(text, remember = false) {
  history[remember ? "pushState" : "replaceState"](null, "", `${location.pathname}?${text}`);
  for (const link of document.querySelectorAll("a[data-keeps-query]")) {
    if (link instanceof HTMLAnchorElement) link.search = text;
  }
}

/**
 * Read a stream of JSON lines.
 * @param {string} path Below the room's address.
 * @param {AbortSignal} signal Aborting frees the server's worker.
 * @param {(message: any) => void} onMessage
 * @returns {Promise<void>} When the stream has ended; fails where the server cannot be reached or stops amid it.
 */
export async function stream(path, signal, onMessage) {
  const response = await fetch(base + path, { signal, cache: "no-store" });
  if (!response.ok || response.body === null) throw new Error(await response.text());
  byId("connection").hidden = true;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) throw new TypeError("the server stopped amid its answer");  // as `fetch` fails where it is gone
    const lines = (rest + value).split("\n");
    rest = lines.pop() ?? "";
    for (const message of lines.filter(Boolean).map((line) => JSON.parse(line))) {
      if (message.kind === "end") return;
      onMessage(message);
    }
  }
}

const LOST = document.getElementById("connection")?.textContent ?? "";

/**
 * Do something until it succeeds, telling people while the server cannot be reached.
 * @param {AbortSignal} signal
 * @param {() => Promise<void>} action
 */
export async function persist(signal, action) {
  const notice = byId("connection");
  for (let wait = 500; !signal.aborted; wait = Math.min(2 * wait, 4000)) {
    try {
      await action();
      notice.hidden = true;
      return;
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof TypeError)) {  // the server answered, and says no
        notice.textContent = error instanceof Error ? error.message : String(error);
        notice.hidden = false;
        return;
      }
      notice.textContent = LOST;
      notice.hidden = false;
      await new Promise((go) => setTimeout(go, wait));
    }
  }
}

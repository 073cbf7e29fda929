// @ts-check
/** What is taken away from the main page: its address, and the brief. */

import { byId } from "./common.js";

/** Let the address be copied and the brief be saved. */
export function takeAway() {
  byId("copy").addEventListener("click", () => {
    const address = /** @type {HTMLInputElement} */ (byId("address"));
    address.select();
    if (navigator.clipboard) void navigator.clipboard.writeText(address.value);
  });
  byId("brief").addEventListener("click", (event) => {
    event.preventDefault();
    void takeBrief(/** @type {HTMLAnchorElement} */ (byId("brief")).href);
  });
}

/** Save the brief, and say meanwhile that it is being made. @param {string} address */
async function takeBrief(address) {
  const said = byId("taking");
  said.textContent = "The brief is being made, which can take a minute; it is saved by itself.";
  const response = await fetch(address).catch(() => null);
  if (!response?.ok) {
    said.textContent = response ? await response.text() : "The brief could not be made: the connection was lost. Try again.";
    return;
  }
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await response.blob());
  link.download = /filename="([^"]+)"/.exec(response.headers.get("content-disposition") ?? "")?.[1] ?? "brief.html";
  link.click();
  URL.revokeObjectURL(link.href);
  said.textContent = "The brief is saved.";
}

// @ts-check
/** The main page: levers to answer, undo and pins, years to play, guessing first. */

import { asPicture, DASHES, drawBars, drawForPaper, drawLines, inView, signed, STYLES } from "./charts.js";
import { base, byId, drives, element, leads, persist, query, setQuery, stream } from "./common.js";

/** @typedef {import("./charts.js").Picture} Picture */
/** @typedef {import("./charts.js").Pin} Pin */

const pageName = Math.random().toString(36).slice(2);
const levers = /** @type {HTMLInputElement[]} */ ([...document.querySelectorAll("input[data-lever]")]);
const place = /** @type {HTMLSelectElement} */ (byId("place")), years = /** @type {HTMLSelectElement} */ (byId("years"));
const cursor = /** @type {HTMLInputElement} */ (byId("year"));

/** Milliseconds between two drawings while the years of an answer come in. */
const PACE = 300;

/** @type {Picture|null} */ let picture = null;
/** What the charts are called, before there are numbers. @type {any[]} */ let named = [];
/** @type {string[]} */ let headline = [];
/** @type {string[]} */ const before = [];
/** What was pinned, in every place. @type {Pin[]} */ let pins = [];
let settled = chosen(), guessed = 0, hasGuessed = true, isToday = true, ended = true;
let sampled = "", abort = new AbortController(), last = 0, timer = 0, drawing = 0;

/** The address of what the page's inputs hold. */
function chosen() {
  const found = new URLSearchParams(query());
  found.set("place", place.value);
  found.set("years", years.value);
  for (const lever of levers) {
    found.set(lever.dataset.lever ?? "", lever.type === "checkbox" ? (lever.checked ? "1" : "0") : lever.value);
  }
  return found.toString();
}

/** Put an address into the inputs. @param {string} text */
function show(text) {
  const given = new URLSearchParams(text);
  place.value = given.get("place") ?? place.value;
  years.value = given.get("years") ?? years.value;
  for (const lever of levers) {
    const value = given.get(lever.dataset.lever ?? "") ?? lever.dataset.today ?? "0";
    if (lever.type === "checkbox") lever.checked = value === "1";
    else lever.value = value;
  }
  label();
}

/** Write each lever's value beside it. */
function label() {
  for (const lever of levers) {
    const told = lever.parentElement?.querySelector("output");
    const value = lever.type === "checkbox" ? (lever.checked ? 1 : 0) : Number(lever.value);
    if (told) told.textContent = `${value}\u00a0${told.dataset.unit ?? ""}`;
    if (told) lever.setAttribute("aria-valuetext", told.textContent ?? "");
    lever.parentElement?.classList.toggle("moved", value !== Number(lever.dataset.today));
  }
}

/** Ask for the answer to an address; whatever was asked before is given up. @param {string} text */
async function run(text) {
  abort.abort();
  abort = new AbortController();
  const mine = abort.signal;
  ended = false;
  hasGuessed = !(/** @type {HTMLInputElement} */ (byId("guess-first")).checked);
  await persist(mine, () => stream(`api/run?${text}&page=${pageName}`, mine, hear));
}

/** Take in a message of the answer. @param {any} message */
function hear(message) {
  if (message.kind === "start") {
    setQuery(message.query);
    isToday = message.is_today;
    named = message.charts;
    const people = (/** @type {number} */ n) => n.toLocaleString("en-GB");
    byId("sample").textContent = `This is a sample of ${people(message.sample)} of ${message.place}’s ${people(message.people)} people, run ${message.replicates} times. ${message.note}`;
    sampled = message.scale < 1 ? `Sample of ${people(message.sample)} of ${people(message.people)}` : "Everybody";
    for (const note of message.notes) byId("headline").append(element("p", "", note));
    cursor.max = String(2023 + message.years);
    cursor.value = cursor.max;
    moveCursor();
  } else if (message.kind === "year") addYear(message);
  else if (message.kind === "picture") {
    picture = message;
    headline = message.headline;
    draw();
  } else if (message.kind === "failed") {
    headline = [message.text];
    draw();
  } else if (message.kind === "done") {
    ended = true;
    finish();
    return;
  }
  document.body.dataset.state = message.kind === "picture" ? `runs-${message.runs}` : message.kind;
}

/** Say that the answer is whole, once it is drawn too. */
function finish() {
  if (!ended) return;
  if (drawing || rest) window.setTimeout(finish, 20);
  else document.body.dataset.state = "done";
}

/** Draw a year of the first run as soon as it is known. @param {any} message */
function addYear(message) {
  const at = message.year - 2024;
  if (at === 0 || picture === null) {
    const all = Array.from({ length: Number(years.value) }, (_, i) => 2024 + i);
    const none = () => ({ value: all.map(() => null), low: all.map(() => null), high: all.map(() => null) });
    picture = { runs: 0, years: all, payers: [], fifths: [], charts: named.map((c) => ({ ...c, today: none(), plan: none(), change: none() })) };
  }
  for (const chart of picture.charts) {
    const today = message.today[chart.key], plan = message.plan[chart.key];
    chart.today.value[at] = today;
    chart.plan.value[at] = plan;
    chart.change.value[at] = plan === null || today === null ? null : plan - today;
  }
  if (at === 0) draw();
  else drawLater();
}

let later = 0, drawnAt = 0;
/** Draw what has come in since, a few times a second: on a small machine each drawing takes its time from the run. */
function drawLater() {
  if (!later) later = window.setTimeout(draw, Math.max(0, drawnAt + PACE - performance.now()));
}

/** Draw soon: once a frame, however much has come in; first what is looked at. */
function draw() {
  clearTimeout(later);
  later = 0;
  if (drawing) return;
  drawing = requestAnimationFrame(() => {
    drawing = 0;
    drawnAt = performance.now();
    if (picture === null) return;
    const now = picture, year = Number(cursor.value), parent = byId("charts"), open = showsPlan(), shown = pinned(), end = now.years[now.years.length - 1];
    /** @type {[string, () => void][]} */
    const charts = now.charts.map((chart) => [chart.key, () => drawLines(parent, chart, now.years, year, open, shown)]);
    if (now.runs > 0) {
      const payers = isToday ? "Nothing has been changed yet." : `All ${now.years.length} years together; whiskers are the range from chance.`;
      charts.push(["payers", () => drawBars(parent, "payers", "Change in who pays, £m", now.payers, open, true, payers)]);
      charts.push(["fifths", () => drawBars(parent, "fifths", "Without the help they need, by area", now.fifths.filter((fifth) => fifth.today !== null), open, false, `In ${end}, of every 100 in need.${open ? " Outline: today; filled: this plan." : ""}`)]);
    }
    const seen = charts.filter(([name]) => inView(name));
    for (const [, one] of seen) one();
    tell();
    key();
    document.body.dataset.drawn = String(now.runs > 0 ? now.runs : now.charts[0].plan.value.filter((v) => v !== null).length / 100);
    // while years stream in, what nobody looks at can wait for the whole line
    if (now.runs > 0) drawRest(charts.filter((chart) => !seen.includes(chart)).map(([, one]) => one));
  });
}

let rest = 0;
/** Draw what is not on the screen, one chart after the other, so that nothing waits for it. @param {(() => void)[]} charts */
function drawRest(charts) {
  clearTimeout(rest);
  rest = 0;
  if (charts.length === 0) return;
  rest = window.setTimeout(() => { charts[0](); drawRest(charts.slice(1)); });
}

/** The headline, or the question where the room guesses first. */
function tell() {
  const asks = !hasGuessed && !isToday && picture !== null;
  byId("guess").hidden = !asks;
  byId("headline").hidden = asks;
  if (asks && picture) {
    byId("guess-question").textContent = `What will this plan mean for people without the help they need in ${picture.years[picture.years.length - 1]}?`;
    return;
  }
  const words = picture && picture.runs > 0 ? [...verdict(), ...headline] : [];
  if (words.length && words.join() !== [...byId("headline").children].map((p) => p.textContent).join()) {
    byId("headline").replaceChildren(...words.map((text) => element("p", "", text)));
  }
}

/** Whether the room guessed right, in a sentence. */
function verdict() {
  const change = picture?.charts[0].change, at = (picture?.years.length ?? 1) - 1;
  if (!guessed || isToday || !change || change.low[at] === null) return [];
  const low = /** @type {number} */ (change.low[at]), high = /** @type {number} */ (change.high[at]);
  const truth = low > 0 ? 1 : high < 0 ? -1 : 0, words = ["fewer", "about the same", "more"];
  const said = guessed - 2;
  return [`You said ${words[said + 1]}; the model says ${words[truth + 1]} (${signed(low, 0)} to ${signed(high, 0)}).`];
}

/** Whether the plan's lines may be seen: there is one, and the room has guessed. */
const showsPlan = () => hasGuessed && !isToday;

/** The pins of the place that is shown: lines of another would say nothing here. */
const pinned = () => pins.filter((pin) => pin.place === place.value);

/** What each line is called, in the order of their styles; empty for one that is not drawn. */
const names = () => [showsPlan() ? "This plan" : "", "Today carried on", ...pinned().map((pin, i) => `Pin ${i + 1}: ${pin.label}`)];

/** The key of the lines. */
function key() {
  const items = names().map((name, i) => {
    const item = element("li"), drawn = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const stroke = document.createElementNS("http://www.w3.org/2000/svg", "line");
    for (const [k, v] of Object.entries({ x1: 0, x2: 44, y1: 6, y2: 6, stroke: STYLES[i].color, "stroke-width": 3, "stroke-dasharray": DASHES[/** @type {keyof typeof DASHES} */ (STYLES[i].dash)] })) stroke.setAttribute(k, String(v));
    drawn.setAttribute("aria-hidden", "true");
    drawn.append(stroke);
    item.append(drawn, element("span", "", name));
    if (i > 1) {
      const off = element("button", "", "×");
      off.setAttribute("aria-label", `Unpin ${name}`);
      off.addEventListener("click", () => { const gone = pinned()[i - 2]; pins = pins.filter((pin) => pin !== gone); draw(); });
      item.append(off);
    }
    item.hidden = !name;
    return item;
  });
  if (picture && picture.runs > 1) items.push(element("li", "", `Shaded: chance, ${picture.runs} runs`));
  else if (!ended || (picture && picture.runs < 2)) items.push(element("li", "", "One run so far; the range follows"));
  items.push(element("li", "", sampled));
  byId("key").replaceChildren(...items);
}

/** A lever was moved. @param {boolean} lasting Whether the hand has let go. */
function moved(lasting) {
  label();
  document.querySelector(".notes")?.remove();  // they are on the address that the page was opened with
  clearTimeout(timer);
  const text = chosen(), wait = Math.max(0, last + 90 - performance.now());
  const go = () => {
    last = performance.now();
    if (lasting && text !== settled) {
      before.push(settled);
      settled = text;
      /** @type {HTMLButtonElement} */ (byId("undo")).disabled = false;
      lead(text);
    }
    void run(text);
  };
  if (wait === 0) go();
  else timer = window.setTimeout(go, wait);
}

/** Set every input at once. @param {string} text */
function jump(text) {
  show(text);
  moved(true);
}

/** Tell the phones what the facilitator shows. @param {string} text */
function lead(text) {
  const everyone = document.getElementById("everyone");
  if (!leads) return;
  const open = everyone instanceof HTMLInputElement && everyone.checked ? "yes" : "no";
  void fetch(`${base}api/room?${text}&everyone=${open}`, { method: "POST" }).catch(() => undefined);
}

/** Heed the facilitator of a shared room: who may drive, and for those who may not, what is shown. */
async function follow() {
  let seen = "";
  for (;;) {
    await persist(new AbortController().signal, async () => {
      const response = await fetch(`${base}api/room?seen=${encodeURIComponent(seen)}`);
      const told = await response.json();
      if (told.drives !== drives) location.reload();
      if (told.state !== seen && !drives) { show(told.query); void run(told.query); }
      seen = told.state;
    });
  }
}

/** Move the cursor of the year. */
function moveCursor() {
  byId("year-shown").textContent = cursor.value;
  cursor.setAttribute("aria-valuetext", `April ${cursor.value} to March ${Number(cursor.value) + 1}`);
}

let playing = 0;
function step() {
  cursor.value = cursor.value === cursor.max ? cursor.min : String(Number(cursor.value) + 1);
  moveCursor();
  draw();
}
function play() {
  const button = byId("play");
  if (playing) {
    clearInterval(playing);
    playing = 0;
  } else {
    if (cursor.value === cursor.max) step();
    playing = window.setInterval(() => { step(); if (cursor.value === cursor.max) play(); }, Number(/** @type {HTMLSelectElement} */ (byId("speed")).value));
  }
  button.textContent = playing ? "Pause" : "Play";
}

/** Run everybody, with progress. */
async function runFull() {
  const stop = new AbortController(), panel = byId("full-run"), bar = /** @type {HTMLProgressElement} */ (byId("full-progress"));
  const text = chosen();
  let everybody = true;
  panel.hidden = false;
  bar.value = 0;
  byId("full-label").textContent = "Running the full place: waiting to begin";
  byId("full-cancel").onclick = () => { stop.abort(); panel.hidden = true; };
  await persist(stop.signal, () => stream(`api/full?${text}&page=${pageName}`, stop.signal, (message) => {
    if (message.kind === "start") everybody = message.scale === 1;
    if (message.kind === "start" && message.ahead) byId("full-label").textContent = `Waiting: ${message.ahead} long runs before this one`;
    if (message.kind === "progress") {
      bar.value = message.share;
      byId("full-label").textContent = `Running the full place: ${Math.round(100 * message.share)} %, about ${message.seconds_left} seconds to go`;
    }
    if (message.kind === "failed") byId("full-label").textContent = message.text;
    if (message.kind === "picture" && text === chosen()) {
      abort.abort();
      picture = message;
      headline = message.headline.map((/** @type {string} */ words) => words.replace("First look, one run:", "Everybody, one run:").replace(" Its range follows.", ""));
      sampled = everybody ? "Everybody" : sampled;
      byId("sample").textContent = !everybody ? "This place is too large for one machine to run whole: a large share of its people, run once." : "This is everybody in the place, run once: no range from chance.";
      panel.hidden = true;
      draw();
    }
  }));
}

/** Let the arrow keys go between tabs. */
function tabs() {
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

for (const lever of levers) {
  lever.addEventListener("input", () => moved(false));
  lever.addEventListener("change", () => moved(true));
}
place.addEventListener("change", () => moved(true));
years.addEventListener("change", () => moved(true));
for (const button of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-preset]"))) {
  button.addEventListener("click", () => {
    const preset = new URLSearchParams(button.dataset.preset);
    preset.set("place", place.value);
    preset.set("years", years.value);
    jump(preset.toString());
  });
}
for (const button of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-guess]"))) {
  button.addEventListener("click", () => { guessed = Number(button.dataset.guess) + 2; hasGuessed = true; draw(); });
}
byId("undo").addEventListener("click", () => {
  const text = before.pop();
  /** @type {HTMLButtonElement} */ (byId("undo")).disabled = before.length === 0;
  if (text === undefined) return;
  settled = text;
  show(text);
  lead(text);
  void run(text);
});
byId("reset").addEventListener("click", () => jump(`place=${place.value}&years=${years.value}`));
byId("pin").addEventListener("click", () => {
  const plan = chosen();
  if (picture === null || picture.runs === 0 || isToday || pins.some((pin) => pin.plan === plan)) return;
  const others = pins.filter((pin) => pin.place !== place.value);
  pins = [...others, ...pinned().slice(-2), { plan, place: place.value, label: words(), picture: structuredClone(picture) }];
  draw();
});
/** The levers that were moved, in a few words. */
function words() {
  const told = levers.filter((l) => l.parentElement?.classList.contains("moved")).map((l) => `${l.parentElement?.querySelector("label")?.textContent} ${l.parentElement?.querySelector("output")?.textContent ?? ""}`.trim());
  return told.length > 3 ? `${told.slice(0, 2).join(", ")} and ${told.length - 2} more` : told.join(", ");
}
cursor.addEventListener("input", () => { moveCursor(); draw(); });
byId("step").addEventListener("click", step);
byId("play").addEventListener("click", play);
byId("guess-first").addEventListener("change", () => { guessed = 0; hasGuessed = true; draw(); });
byId("print").addEventListener("click", () => print());
addEventListener("beforeprint", () => drawForPaper(true));
addEventListener("afterprint", () => drawForPaper(false));
byId("full").addEventListener("click", () => void runFull());
byId("share").addEventListener("click", () => {
  const panel = byId("sharing"), address = /** @type {HTMLInputElement} */ (byId("address"));
  panel.hidden = !panel.hidden;
  byId("share").setAttribute("aria-expanded", String(!panel.hidden));
  address.value = `${address.dataset.below}?${query()}`;
  /** @type {HTMLImageElement} */ (byId("qr")).src = `${base}qr.svg?${query()}`;
});
byId("copy").addEventListener("click", () => {
  const address = /** @type {HTMLInputElement} */ (byId("address"));
  address.select();
  if (navigator.clipboard) void navigator.clipboard.writeText(address.value);
});
byId("save-picture").addEventListener("click", async () => {
  const link = document.createElement("a");
  const where = `${place.selectedOptions[0].text}, ${years.value} ${years.value === "1" ? "year" : "years"}`;
  const from = `${picture && picture.runs > 1 ? "Shaded: the range from chance. " : ""}${document.querySelector("footer")?.textContent?.trim().replace(/\s+/g, " ") ?? ""} ${query()}`;
  link.href = await asPicture([where, isToday ? "Today carried on" : `This plan: ${words()}`], headline, names(), from);
  link.download = "workshop.png";
  link.click();
});
byId("brief").addEventListener("click", (event) => {
  event.preventDefault();
  void takeBrief(/** @type {HTMLAnchorElement} */ (byId("brief")).href);
});
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
  link.download = "brief.html";
  link.click();
  URL.revokeObjectURL(link.href);
  said.textContent = "The brief is saved.";
}
document.getElementById("everyone")?.addEventListener("change", () => lead(chosen()));
addEventListener("popstate", () => { show(query()); void run(query()); });
tabs();
label();
moveCursor();
if (drives) { void run(chosen()); lead(chosen()); }
if (!leads && location.pathname.includes("/room/")) void follow();

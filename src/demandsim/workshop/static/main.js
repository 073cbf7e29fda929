// @ts-check
/** The main page: levers to answer, undo and pins, years to play, guessing first. */

import { asPicture, DASHES, drawBars, drawForPaper, drawLines, inView, signed, STYLES } from "./charts.js";
import { base, byId, drives, element, leads, persist, query, setQuery, stream } from "./common.js";
import { follow } from "./follow.js";
import { tabs } from "./tabs.js";
import { takeAway } from "./take.js";

/** @typedef {import("./charts.js").Picture} Picture */
/** @typedef {import("./charts.js").Pin} Pin */

const pageName = Math.random().toString(36).slice(2);
const levers = /** @type {HTMLInputElement[]} */ ([...document.querySelectorAll("input[data-lever]")]);
const presets = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("[data-preset]")]);
const place = /** @type {HTMLSelectElement} */ (byId("place")), years = /** @type {HTMLSelectElement} */ (byId("years"));
const cursor = /** @type {HTMLInputElement} */ (byId("year"));

const BAND = "Shaded: where the average of the runs would lie 19 times in 20 if chance alone were at work; darker: about every other time.";
const WHOLE = "full place";
const WAITING = "Working out what this means …";

/** Milliseconds between two drawings while the years of an answer come in. */
const PACE = 300;

/** @type {Picture|null} */ let picture = null;
/** What the charts are called, before there are numbers. @type {any[]} */ let named = [];
/** The answer in sentences, for each year. @type {string[][]} */ let headlines = [];
/** Why there is no answer, if a run failed. */ let failure = "";
/** @type {string[]} */ const before = [];
/** What was pinned, in every place. @type {Pin[]} */ let pins = [];
let settled = chosen(), guessed = 0, hasGuessed = true, isToday = true, ended = true, fresh = true;
/** The plan whose answer comes in, and the one that the picture is of: of the full place another than of a sample. */
let asked = "", answered = "";
let sampled = "", wanted = 1, abort = new AbortController(), last = 0, timer = 0, drawing = 0;

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

/** What the inputs hold, to tell whether they have moved. */
const plan = () => [place.value, years.value, ...levers.map(number)].join();

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

/** The value of a lever; of a switch 0 or 1. @param {HTMLInputElement} lever */
const number = (lever) => lever.type === "checkbox" ? (lever.checked ? 1 : 0) : Number(lever.value);

/** The button of the plan that the levers stand for, if there is one. */
function preset() {
  return presets.find((button) => {
    const given = new URLSearchParams(button.dataset.preset);
    return levers.every((lever) => Number(given.get(lever.dataset.lever ?? "")) === number(lever));
  });
}

/** Write each lever's value beside it, and mark the plan that they stand for. */
function label() {
  for (const button of presets) button.setAttribute("aria-current", String(button === preset()));
  for (const lever of levers) {
    const told = lever.parentElement?.querySelector("output"), value = number(lever);
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
  asked = plan();
  failure = "";
  hasGuessed = !(/** @type {HTMLInputElement} */ (byId("guess-first")).checked);
  await persist(mine, () => stream(`api/run?${text}&page=${pageName}`, mine, hear));
}

/** Take in a message of the answer. @param {any} message */
function hear(message) {
  if (message.kind === "start") {
    setQuery(message.query);
    shareAddress();
    wanted = message.replicates;
    isToday = message.is_today;
    named = message.charts;
    const people = (/** @type {number} */ n) => n.toLocaleString("en-GB");
    const whom = message.scale < 1 ? `a sample of ${people(message.sample)} of ${message.place}’s ${people(message.people)} people` : `everybody in the place, ${people(message.people)} people`;
    byId("sample").textContent = `This is ${whom}, run ${message.replicates} times. ${message.replicates > 1 ? BAND : ""} ${message.note}`;
    /** @type {HTMLButtonElement} */ (byId("full")).disabled = !drives || message.scale === 1;
    sampled = message.scale < 1 ? `Sample of ${people(message.sample)} of ${people(message.people)}` : "Everybody";
    for (const note of message.notes) byId("headline").append(element("p", "", note));
    cursor.max = String(2023 + message.years);
    cursor.value = cursor.max;
    moveCursor();
    fresh = true;
  } else if (message.kind === "ghost") {
    const lines = begin();
    for (const chart of lines.charts) chart.today.value = message.today.map((/** @type {any} */ values) => values[chart.key]);
    draw();
  } else if (message.kind === "year") addYear(message);
  else if (message.kind === "picture") {
    picture = message;
    headlines = message.headlines;
    answered = asked;
    for (const pin of pins) if (pin.plan === answered) pin.picture = message;  // what was pinned early has its range now
    draw();
  } else if (message.kind === "failed") {
    failure = message.text;
    tell();
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
  if (drawing || rest) {
    window.setTimeout(finish, 20);
    return;
  }
  byId("headline").style.minHeight = "";
  document.body.dataset.state = "done";
}

/** The picture that years are added to: empty lines at first. @returns {Picture} */
function begin() {
  if (picture !== null && !fresh) return picture;
  const all = Array.from({ length: Number(years.value) }, (_, i) => 2024 + i);
  const none = () => ({ value: all.map(() => null), low: all.map(() => null), high: all.map(() => null) });
  fresh = false;
  answered = "";
  picture = { runs: 0, years: all, payers: [], fifths: [], money: 1, charts: named.map((c) => ({ ...c, today: none(), plan: none(), change: none() })) };
  return picture;
}

/** Draw a year of the first run as soon as it is known. @param {any} message */
function addYear(message) {
  const at = message.year - 2024;
  for (const chart of begin().charts) {
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
      const span = now.years.length > 1 ? `All ${now.years.length} years together` : `In ${end}`;
      const payers = !open ? `${span}, with today carried on.` : now.runs > 1 ? `${span}; whiskers are the range from chance.` : `${span}, one run.`;
      charts.push(["payers", () => drawBars(parent, "payers", open ? "Change in who pays, £m" : "Who pays, £m", now.payers, now.money, open, open, payers)]);
      const fifths = now.fifths.filter((fifth) => fifth.today !== null), alone = fifths.length === 1 ? " All of the place is in this one fifth of England." : "";
      charts.push(["fifths", () => drawBars(parent, "fifths", "Without the help they need, by area", fifths, 1, open, false, `In ${end}, of every 100 in need.${open ? " Outline: today; filled: this plan." : ""}${alone}`)]);
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
  const box = byId("headline"), waits = picture !== null && picture.runs === 0 && !failure;
  const words = failure ? [failure] : waits ? [WAITING] : picture ? [...verdict(), ...answer()] : [];
  if (words.length === 0 || words.join() === [...box.children].map((p) => p.textContent).join()) return;
  // the charts below stay where they are until the answer is whole, and while years are looked through
  const passing = playing > 0 || cursor.value !== cursor.max;
  box.style.minHeight = ended && !passing ? "" : `${box.offsetHeight}px`;
  // whoever listens is told the first look and the whole answer, not every step between
  box.setAttribute("aria-live", waits || playing || (picture && picture.runs > 1 && picture.runs < wanted) ? "off" : "polite");
  box.replaceChildren(...words.map((text) => element("p", "", text)));
}

/** The answer of the year shown, in sentences. */
const answer = () => headlines[Number(cursor.value) - Number(cursor.min)] ?? [];

/** Whether the room guessed right, in a sentence. */
function verdict() {
  const change = picture?.charts[0].change, at = (picture?.years.length ?? 1) - 1;
  if (!guessed || isToday || !change || change.low[at] === null) return [];
  const low = /** @type {number} */ (change.low[at]), high = /** @type {number} */ (change.high[at]);
  const truth = low > 0 ? 1 : high < 0 ? -1 : 0, words = ["fewer", "about the same", "more"];
  const said = guessed - 2;
  return [`You said ${words[said + 1]}; for ${picture?.years[at]} the model says ${words[truth + 1]} (${signed(low, 0)} to ${signed(high, 0)}).`];
}

/** Whether the plan's lines may be seen: there is one, and the room has guessed. */
const showsPlan = () => hasGuessed && !isToday;

/** The pins of the place that is shown: lines of another would say nothing here. */
const pinned = () => pins.filter((pin) => pin.place === place.value);

/** What each line is called, in the order of their styles; empty for one that is not drawn. */
const names = () => [showsPlan() ? "This plan" : "", "Today carried on", ...pinned().map((pin, i) => `Pin ${i + 1}: ${pin.label}${pin.picture.runs < pin.wanted ? ` (${pin.picture.runs} of ${pin.wanted} runs)` : ""}`)];

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
  else items.push(element("li", "", wanted > 1 ? "One run so far; the range follows" : "One run: no range from chance"));
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
    if (lasting && text !== settled) remember(text);
    void run(text);
  };
  if (wait === 0) go();
  else timer = window.setTimeout(go, wait);
}

/** Take another plan for settled, to which Undo does not go back further than one step. @param {string} text */
function remember(text) {
  before.push(settled);
  settled = text;
  /** @type {HTMLButtonElement} */ (byId("undo")).disabled = false;
  lead(text);
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

/** Move the cursor of the year. */
function moveCursor() {
  byId("year-shown").textContent = cursor.value;
  cursor.setAttribute("aria-valuetext", `April ${cursor.value} to March ${Number(cursor.value) + 1}`);
}

let playing = 0;
/** Let the years run as fast as is chosen. */
function pace() {
  clearInterval(playing);
  playing = window.setInterval(() => { step(); if (cursor.value === cursor.max) play(); }, Number(/** @type {HTMLSelectElement} */ (byId("speed")).value));
}
function step() {
  cursor.value = cursor.value === cursor.max ? cursor.min : String(Number(cursor.value) + 1);
  moveCursor();
  draw();
}
function play() {
  const button = byId("play");
  clearInterval(playing);
  if (playing) playing = 0;
  else {
    if (cursor.value === cursor.max) step();
    pace();
  }
  button.textContent = playing ? "Pause" : "Play";
}

let fullStop = new AbortController();
/** Run everybody, with progress; what was run before is given up. */
async function runFull() {
  fullStop.abort();
  const stop = fullStop = new AbortController(), panel = byId("full-run"), bar = /** @type {HTMLProgressElement} */ (byId("full-progress"));
  const text = chosen(), mine = plan(), what = words() || "today carried on", end = (/** @type {string} */ said) => {
    if (panel.contains(document.activeElement)) byId("full").focus();
    panel.hidden = true;
    byId("taking").textContent = said;
  };
  /** @type {any} */ let begun = null;
  panel.hidden = false;
  panel.scrollIntoView({ block: "nearest" });
  byId("full-cancel").textContent = "Cancel";
  byId("full-cancel").onclick = () => { stop.abort(); end("The full run is cancelled."); };
  await persist(stop.signal, () => stream(`api/full?${text}&page=${pageName}`, stop.signal, (message) => {
    if (message.kind === "start") {  // again where the connection was lost amid it
      begun = message;
      bar.value = 0;
      byId("full-label").textContent = message.ahead ? `Waiting: ${message.ahead} long ${message.ahead === 1 ? "run" : "runs"} before this one` : "Running the full place: waiting to begin";
    }
    if (message.kind === "progress") {
      bar.value = message.share;
      byId("full-label").textContent = `Running the full place: ${Math.round(100 * message.share)} %, about ${message.seconds_left} seconds to go`;
    }
    if (message.kind === "failed") byId("full-label").textContent = message.text;
    if (message.kind === "picture") {
      const reveal = () => { showWhole(text, begun, message); end("The charts above show the full place."); };
      if (mine === plan()) reveal();
      else {  // the levers have been moved since: what took so long is not thrown away
        byId("full-label").textContent = `The full place is ready: ${what}`;
        byId("full-cancel").textContent = "Show it";
        byId("full-cancel").onclick = reveal;
      }
    }
  }));
}

/** Show the run of a full place, and set the levers to it. @param {string} text @param {any} begun @param {any} message */
function showWhole(text, begun, message) {
  const moved = plan(), everybody = begun.scale === 1;
  abort.abort();
  show(text);
  if (moved !== plan()) remember(text);
  setQuery(begun.query);
  [picture, headlines, failure, ended, wanted, isToday, answered] = [message, message.headlines, "", true, 1, begun.is_today, `${plan()} ${WHOLE}`];
  sampled = everybody ? "Everybody" : sampled;
  byId("sample").textContent = everybody ? "This is everybody in the place, run once: no range from chance." : "This place is too large for one machine to run whole: a large share of its people, run once.";
  draw();
}

for (const lever of levers) {
  lever.addEventListener("input", () => moved(false));
  lever.addEventListener("change", () => moved(true));
}
place.addEventListener("change", () => moved(true));
years.addEventListener("change", () => moved(true));
for (const button of presets) {
  button.addEventListener("click", () => {
    const given = new URLSearchParams(button.dataset.preset);
    given.set("place", place.value);
    given.set("years", years.value);
    jump(given.toString());
  });
}
for (const button of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-guess]"))) {
  button.addEventListener("click", () => { guessed = Number(button.dataset.guess) + 2; hasGuessed = true; draw(); requestAnimationFrame(() => byId("headline").focus()); });
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
  const whole = answered === `${plan()} ${WHOLE}`;
  if (picture === null || isToday || !(whole || answered === plan()) || pins.some((pin) => pin.plan === answered)) return;
  const others = pins.filter((pin) => pin.place !== place.value);
  pins = [...others, ...pinned().slice(-2), { plan: answered, place: place.value, label: words() + (whole ? `, ${WHOLE}` : ""), picture, wanted }];
  draw();
});
/** What is held against today, in a few words. */
const heading = () => isToday ? "Today carried on" : `This plan: ${words()}`;
/** The plan in a few words: what its button calls it, else the levers that were moved. */
function words() {
  const known = preset()?.textContent;
  if (known) return known;
  const told = levers.filter((l) => l.parentElement?.classList.contains("moved")).map((l) => `${l.parentElement?.querySelector("label")?.textContent} ${l.parentElement?.querySelector("output")?.textContent ?? ""}`.trim());
  return told.length > 3 ? `${told.slice(0, 2).join(", ")} and ${told.length - 2} more` : told.join(", ");
}
cursor.addEventListener("input", () => { moveCursor(); draw(); });
byId("step").addEventListener("click", step);
byId("play").addEventListener("click", play);
byId("speed").addEventListener("change", () => { if (playing) pace(); });
byId("guess-first").addEventListener("change", () => { guessed = 0; hasGuessed = true; draw(); });
byId("print").addEventListener("click", () => print());
addEventListener("beforeprint", () => {
  const today = new Date().toLocaleDateString("en-GB", { dateStyle: "long" });
  byId("paper").textContent = `${heading()}. Printed on ${today}; the same numbers again: ?${query()}.`;
  drawForPaper(true);
});
addEventListener("afterprint", () => {
  byId("paper").textContent = "";
  drawForPaper(false);
});
byId("full").addEventListener("click", () => void runFull());
byId("share").addEventListener("click", () => {
  byId("sharing").hidden = !byId("sharing").hidden;
  byId("share").setAttribute("aria-expanded", String(!byId("sharing").hidden));
  shareAddress();
});
/** Write the address of what is shown, and its picture for phones, while they are looked at. */
function shareAddress() {
  const address = /** @type {HTMLInputElement} */ (byId("address"));
  if (byId("sharing").hidden) return;
  address.value = `${address.dataset.below}?${query()}`;
  /** @type {HTMLImageElement} */ (byId("qr")).src = `${base}qr.svg?${query()}`;
}
byId("save-picture").addEventListener("click", async () => {
  const link = document.createElement("a");
  const where = `${place.selectedOptions[0].text}, ${years.value} ${years.value === "1" ? "year" : "years"}`;
  const from = `${picture && picture.runs > 1 ? "Shaded: the range from chance. " : ""}${document.querySelector("footer")?.textContent?.trim().replace(/\s+/g, " ") ?? ""} ${query()}`;
  link.href = await asPicture([where, heading()], answer(), names(), from);
  link.download = "workshop.png";
  link.click();
});
document.getElementById("everyone")?.addEventListener("change", () => lead(chosen()));
addEventListener("popstate", () => { show(query()); void run(query()); });
tabs();
takeAway();
label();
moveCursor();
if (drives) { void run(chosen()); lead(chosen()); }
void follow((text) => { show(text); void run(text); });

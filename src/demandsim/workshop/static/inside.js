// @ts-check
/** The inside: numbers of each month in a picture, and dots that move as fast as people do. */

import { byId, element, persist, query, stream } from "./common.js";
import { follow, goAlong } from "./follow.js";

/**
 * @typedef {Object<string, number[]>} Months
 * @typedef {{label: string, kind: string, direction: number}} Measure
 * @typedef {{runs: number, smooth: number, same: boolean, before: Months, now: Months, measures: Object<string, Measure>}} View
 */

const SVG = "http://www.w3.org/2000/svg";
const MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
/** Paths on which dots move, and the number whose people they are. @type {[string, (months: Months, month: number) => number][]} */
const FLOWS = [
  ["contacts", (m, k) => m.contacts[k]],
  ["turned_away", (m, k) => m.turned_away[k]],
  ["assessed", (m, k) => m.assessed[k]],
  ["started", (m, k) => m.assessed[k]],
  ["admitted", (m, k) => m.admitted[k]],
  ["leave", (m, k) => m.admitted[k]],
  ["moves", (m, k) => m.moves[k]],
];
const TRAVEL = 1500;
/** Dots that the busiest path sends in a second, at the most: any more and they run into one line. */
const MOST_DOTS = 12;
const still = matchMedia("(prefers-reduced-motion: reduce)");

/** @type {View|null} */
let view = null;
let playing = false;
let clock = 0;
/** @type {{dot: Element, path: SVGPathElement, from: number}[]} */
let travelling = [];
/** @type {Object<string, number>} */
let owed = {};

const slider = /** @type {HTMLInputElement} */ (byId("month"));
const month = () => Number(slider.value);
const speed = () => Number(/** @type {HTMLSelectElement} */ (byId("speed")).value);
const which = () => /** @type {HTMLInputElement} */ (document.querySelector("input[name=which]:checked")).value;
/** @param {number} number */
const called = (number) => `${MONTHS[(number + 3) % 12]} ${2024 + Math.floor((number + 3) / 12)}`;
/** @param {number} value */
const plain = (value) => Math.round(value).toLocaleString("en-GB");
/** @param {number} value */
const signed = (value) => `${Math.round(value) > 0 ? "+" : Math.round(value) < 0 ? "−" : ""}${plain(Math.abs(value))}`;
/** Per cent, in whole numbers. @param {number} top @param {number} bottom */
const share = (top, bottom) => (bottom > 0 ? Math.round((100 * top) / bottom) : 0);

/**
 * Two bars: this plan filled, today carried on as a dashed outline; part of each may be hatched.
 * @param {string} name
 */
function drawBar(name) {
  const { before, now } = /** @type {View} */ (view);
  const group = byId(`bar-${name}`);
  const { x, y, width, part } = group.dataset;
  const top = Math.max(...before[name], ...now[name], 1);
  /** @param {number} value */
  const long = (value) => Math.max(0, (Number(width) * value) / top);
  const k = month();
  /** @param {string} kind @param {number} value @param {number} offset */
  const bar = (kind, value, offset) => {
    const rect = document.createElementNS(SVG, "rect");
    rect.setAttribute("class", kind);
    rect.setAttribute("x", String(x));
    rect.setAttribute("y", String(Number(y) + offset));
    rect.setAttribute("width", String(long(value)));
    rect.setAttribute("height", "16");
    group.append(rect);
  };
  group.replaceChildren();
  bar("now", now[name][k], 0);
  if (part) bar("part", now[part][k], 0);
  bar("before", before[name][k], 18);
  if (part) bar("part faint", before[part][k], 18);
}

/** The picture and its table for the month that the slider shows. */
function draw() {
  byId("when").textContent = byId("table-when").textContent = called(month());
  slider.setAttribute("aria-valuetext", called(month()));
  if (view === null) return;
  const { before, now } = view;
  const k = month();
  for (const group of document.querySelectorAll(".gauge")) drawBar(group.id.slice(4));
  for (const name of ["unmet", "contacts", "waiting", "helped", "beds", "care_home"]) {
    byId(`now-${name}`).textContent = plain(now[name][k]);
  }
  for (const name of ["unmet", "helped", "care_home"]) byId(`before-${name}`).textContent = `(${plain(before[name][k])})`;
  byId("line-breakdowns").textContent = `${plain(now.breakdowns[k])} (${plain(before.breakdowns[k])})`;
  byId("share-again").textContent = `back: ${share(now.again[k], now.contacts[k])} in 100 (${share(before.again[k], before.contacts[k])})`;
  byId("line-waiting_care").textContent = `+ ${plain(now.waiting_care[k])} for home care`;
  byId("share-delayed").textContent = `${plain(now.delayed[k])} could go home (${plain(before.delayed[k])})`;
  byId("line-admitted").textContent = `${plain(now.admitted[k])} admitted (${plain(before.admitted[k])})`;
  byId("line-turned_away").textContent = `${plain(now.turned_away[k])} turned away`;
  byId("line-moves").textContent = `${plain(now.moves[k])} move in`;
  for (const row of byId("table").querySelectorAll("tbody tr")) {
    const name = /** @type {HTMLElement} */ (row).dataset.name ?? "";
    const cells = row.querySelectorAll("td");
    cells[0].textContent = plain(before[name][k]);
    cells[1].textContent = plain(now[name][k]);
    cells[2].textContent = signed(now[name][k] - before[name][k]);
  }
}

/** The table of all years: averages of their months. */
function drawYears() {
  const { before, now, measures } = /** @type {View} */ (view);
  const table = byId("years");
  const years = now.unmet.length / 12;
  /** @param {number[]} months @param {number} year */
  const mean = (months, year) => months.slice(12 * year, 12 * year + 12).reduce((sum, value) => sum + value, 0) / 12;
  for (const old of table.querySelectorAll("thead, tbody")) old.remove();
  const head = element("tr");
  const body = element("tbody");
  head.append(element("td", "", ""));
  for (let year = 0; year < years; year += 1) {
    const cell = element("th", "", String(2024 + year));
    cell.setAttribute("scope", "col");
    head.append(cell);
  }
  for (const [name, measure] of Object.entries(measures)) {
    const row = element("tr");
    const first = element("th", "", measure.label);
    first.setAttribute("scope", "row");
    row.append(first);
    for (let year = 0; year < years; year += 1) {
      row.append(element("td", "number", `${plain(mean(now[name], year))} (${plain(mean(before[name], year))})`));
    }
    body.append(row);
  }
  const heading = element("thead");
  heading.append(head);
  table.append(heading, body);
}

/** What a dot is worth, in the key. */
function key() {
  byId("dot-worth").textContent = `One dot: ${plain(worth())} ${worth() === 1 ? "person" : "people"}; orange: turned away, or back`;
}

/** What is to be seen, in a sentence: said when the months stand still. */
function say() {
  if (view === null) return;
  const { before, now, same, runs } = view;
  const k = month();
  const from = `Average of ${runs === 1 ? "one sample; more follow" : `${runs} samples`}.`;
  const again = share(now.again[k], now.contacts[k]);
  const was = share(before.again[k], before.contacts[k]);
  byId("said").textContent = same
    ? `Today carried on, ${called(k)}: of every 100 who ask, ${was} are back because help failed them, and ${plain(before.delayed[k])} hospital beds are held by people who could go home. ${from}`
    : `${called(k)}: of every 100 who ask, ${again} are back because help failed them (today carried on: ${was}); ` +
      `${plain(now.delayed[k])} hospital beds are held by people who could go home (${plain(before.delayed[k])}). ${from}`;
}

/** People that one dot stands for: a round number, so that each can be told from the next on the busiest path. */
function worth() {
  if (view === null) return 1;
  const { before, now } = view;
  const most = Math.max(...FLOWS.flatMap(([, read]) => [before, now].flatMap((months) => months.unmet.map((_, k) => read(months, k)))), 1);
  const rough = (most * speed()) / MOST_DOTS;
  const size = 10 ** Math.floor(Math.log10(rough));
  return Math.max(1, [1, 2, 5, 10].map((k) => k * size).find((round) => round >= rough) ?? rough);
}

/**
 * Send the dots of a month on their way, and those coming back among them.
 * @param {number} now
 */
function send(now) {
  if (view === null || still.matches) return;
  const months = which() === "now" ? view.now : view.before;
  const k = month();
  const each = worth();
  for (const [name, read] of FLOWS) {
    owed[name] = (owed[name] ?? 0) + read(months, k) / each;
    const path = /** @type {SVGPathElement} */ (/** @type {unknown} */ (byId(`path-${name}`)));
    const number = Math.floor(owed[name]);
    owed[name] -= number;
    // those who are back owe dots of their own: a share rounded in each month would lose them where dots are few
    const again = name === "contacts" ? months.again[k] / Math.max(months.contacts[k], 1) : 0;
    for (let place = 0; place < number; place += 1) {
      owed.again = (owed.again ?? 0) + again;
      const back = owed.again >= 1;
      if (back) owed.again -= 1;
      const dot = document.createElementNS(SVG, "circle");
      dot.setAttribute("r", "7");
      dot.setAttribute("class", name === "turned_away" || back ? "dot failed" : "dot");
      dot.setAttribute("data-way", name);
      dot.setAttribute("visibility", "hidden");
      byId("dots").append(dot);
      travelling.push({ dot, path, from: now + (place / number) * (1000 / speed()) });
    }
  }
}

/** @param {number} now */
function frame(now) {
  travelling = travelling.filter(({ dot, path, from }) => {
    const part = (now - from) / TRAVEL;
    if (part >= 1) {
      dot.remove();
      return false;
    }
    if (part >= 0) {
      const point = path.getPointAtLength(part * path.getTotalLength());
      dot.setAttribute("visibility", "visible");
      dot.setAttribute("cx", String(point.x));
      dot.setAttribute("cy", String(point.y));
    }
    return true;
  });
  if (playing && now - clock >= 1000 / speed()) {
    clock = now;
    if (month() >= Number(slider.max)) pause();
    else {
      slider.value = String(month() + 1);
      draw();
      send(now);
    }
  }
  if (playing || travelling.length) requestAnimationFrame(frame);
}

function play() {
  if (month() >= Number(slider.max)) slider.value = "0";
  playing = true;
  byId("said").textContent = "The months run. Pause, and a sentence says where they stand.";
  byId("play").textContent = "Pause";
  byId("play").setAttribute("aria-pressed", "true");
  requestAnimationFrame(frame);
}

function pause() {
  playing = false;
  byId("play").textContent = "Play";
  byId("play").setAttribute("aria-pressed", "false");
  say();
}

/** @param {number} by */
function step(by) {
  if (playing) pause();
  slider.value = String(month() + by);
  draw();
  say();
  if (by > 0) {
    send(performance.now());
    requestAnimationFrame(frame);
  }
}

byId("play").addEventListener("click", () => (playing ? pause() : play()));
byId("back").addEventListener("click", () => step(-1));
byId("step").addEventListener("click", () => step(1));
byId("speed").addEventListener("change", key);
addEventListener("beforeprint", say);
slider.addEventListener("input", draw);
slider.addEventListener("change", say);

const leaving = new AbortController();
addEventListener("pagehide", () => leaving.abort());
persist(leaving.signal, () => stream(`api/inside?${query()}`, leaving.signal, (message) => {
  if (message.kind === "failed") byId("said").textContent = message.text;
  if (message.kind === "inside") {
    const first = view === null;
    view = /** @type {View} */ (message);
    document.documentElement.dataset.settled = String(view.runs);
    key();
    drawYears();
    if (first) slider.value = String(Math.min(24, Number(slider.max)));
    draw();
    if (!playing) say();
  }
}));
void follow(goAlong);

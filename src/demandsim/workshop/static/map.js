// @ts-check
/** The map: neighbourhoods as tiles, by district and deprivation fifth. */

import { byId, element, persist, query, stream } from "./common.js";
import { follow, goAlong } from "./follow.js";

/**
 * @typedef {{before: number|null, now: number|null, now_half: number|null, level: string, change: number|null, half: number|null, verdict: string}} Shown
 * @typedef {{label: string, code: string, district: string, fifth: number, adults: number, shown: Object<string, Shown>}} Tile
 * @typedef {{label: string, unit: string, per: number, direction: number, decimals: number, large: number}} Measure
 * @typedef {{years: string, runs: number, by_chance: number, coarse: boolean, same: boolean, tiles: Tile[], fifths: Tile[], measures: Object<string, Measure>}} View
 */

const FIFTHS = ["Most deprived fifth", "Second most deprived", "Middle fifth", "Second least deprived", "Least deprived fifth"];
/** Verdicts, what they look like, and what the key says of them. @type {[string, string, string][]} */
const VERDICTS = [
  ["much better", "▲▲", "Clearly better, by a lot"],
  ["better", "▲", "Clearly better"],
  ["unclear", "·", "No clear change"],
  ["worse", "▼", "Clearly worse"],
  ["much worse", "▼▼", "Clearly worse, by a lot"],
  ["few", "", "Too few people in the samples"],
];

/** Levels against the whole place. @type {[string, string][]} */
const LEVELS = [
  ["above", "Clearly above the average of the whole place"],
  ["about", "Not clearly above or below"],
  ["below", "Clearly below the average of the whole place"],
];

/** @type {View|null} */
let view = null;
/** Code of the square that is read. */
let chosen = "";

/** @returns {string} */
const measure = () => /** @type {HTMLSelectElement} */ (byId("measure")).value;
/** @returns {boolean} */
const levels = () => /** @type {HTMLInputElement} */ (document.querySelector("input[name=mode][value=level]")).checked;

/**
 * A number as people read it.
 * @param {number|null} value
 * @param {number} decimals
 * @param {boolean} [signed]
 */
function number(value, decimals, signed = false) {
  if (value === null) return "–";
  const text = Math.abs(value).toLocaleString("en-GB", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
  const zero = Number(text.replaceAll(",", "")) === 0;
  return `${zero ? "" : value < 0 ? "−" : signed ? "+" : ""}${text}`;
}

/**
 * Class and mark of a tile.
 * @param {Shown} shown
 * @returns {[string, string]}
 */
function look(shown) {
  if (shown.verdict === "few" || shown.now === null) return ["few", ""];
  const plain = levels() && shown.verdict === "unclear";  // there the shade is the level's, and no change needs no mark
  const mark = plain ? "" : VERDICTS.find(([verdict]) => verdict === shown.verdict)?.[1] ?? "";
  return [levels() ? shown.level : shown.verdict.replace(" ", "-"), mark];
}

/**
 * What a tile says, in words.
 * @param {Tile} tile
 */
function words(tile) {
  const rules = /** @type {View} */ (view).measures[measure()];
  const shown = tile.shown[measure()];
  const where = `${tile.label}, ${FIFTHS[tile.fifth - 1].toLowerCase()}`;
  if (shown.verdict === "few") return `${where}: only ${tile.adults} adults in all samples together, too few to say anything.`;
  const half = shown.half === null ? "" : ` give or take ${number(shown.half, rules.decimals)}`;
  const verdict = shown.verdict === "unclear" ? "no clear change" : `clearly ${shown.verdict}`;
  const around = shown.now_half === null ? "" : ` (give or take ${number(shown.now_half, rules.decimals)})`;
  return `${where}. ${rules.label}: ${number(shown.now, rules.decimals)} ${rules.unit}${around} under this plan, ` +
    `${number(shown.before, rules.decimals)} with today carried on. Difference ${number(shown.change, rules.decimals, true)}${half}: ` +
    `${verdict}. From ${tile.adults} adults in all samples together.`;
}

/** The tiles, grouped. */
function drawTiles() {
  const { tiles } = /** @type {View} */ (view);
  const map = byId("map");
  const active = map.contains(document.activeElement);
  map.replaceChildren();
  const districts = [...new Set(tiles.map((tile) => tile.district))];
  for (const district of districts) {
    const row = element("section", "district");
    row.append(element("h3", "", district));
    const columns = element("div", "fifths");
    FIFTHS.forEach((fifth, place) => {
      const inside = tiles.filter((tile) => tile.district === district && tile.fifth === place + 1);
      const column = element("div", `fifth fifth-${place + 1}`);
      column.append(element("h4", "", fifth));
      const group = element("div", "squares");
      group.setAttribute("role", "group");
      group.setAttribute("aria-label", `${district}, ${fifth.toLowerCase()}`);
      for (const tile of inside) {
        const [kind, mark] = look(tile.shown[measure()]);
        const square = element("button", `square ${kind}`, mark);
        square.setAttribute("type", "button");
        square.setAttribute("aria-label", words(tile));
        square.dataset.tile = tile.code;
        square.title = tile.label;
        square.tabIndex = -1;
        group.append(square);
      }
      if (!inside.length) group.append(element("p", "none", "none here"));
      column.append(group);
      columns.append(column);
    });
    row.append(columns);
    map.append(row);
  }
  const squares = /** @type {HTMLElement[]} */ ([...map.querySelectorAll(".square")]);
  const current = squares.find((square) => square.dataset.tile === chosen) ?? squares[0];
  if (!current) return;
  current.tabIndex = 0;
  if (chosen) byId("detail").textContent = current.getAttribute("aria-label");
  if (active) current.focus();
}

/** The key, in words. */
function drawLegend() {
  const legend = byId("legend");
  legend.replaceChildren();
  const rules = /** @type {View} */ (view).measures[measure()];
  /** @param {string} kind @param {string} mark @param {string} text */
  const add = (kind, mark, text) => {
    const item = element("li");
    const swatch = element("span", `square ${kind}`, mark);
    swatch.setAttribute("aria-hidden", "true");
    item.append(swatch, element("span", "", text));
    legend.append(item);
  };
  if (levels()) for (const [kind, text] of LEVELS) add(kind, "", text);
  for (const [verdict, mark, text] of VERDICTS) {
    if (levels() && verdict === "unclear") continue;
    const large = verdict.startsWith("much") ? ` (${rules.large} or more ${rules.per > 1 ? rules.unit : "points"})` : "";
    add(levels() && verdict !== "few" ? "plain" : verdict.replace(" ", "-"), mark, text + large);
  }
}

/**
 * A row of a table.
 * @param {string} cell Tag of all cells but the first.
 * @param {string[]} texts
 */
function row(cell, texts) {
  const made = element("tr");
  texts.forEach((text, place) => {
    const one = element(place ? cell : "th", place ? "number" : "", text);
    if (one.tagName === "TH") one.setAttribute("scope", cell === "th" ? "col" : "row");
    made.append(one);
  });
  return made;
}

/**
 * A table of tiles.
 * @param {HTMLElement} table
 * @param {Tile[]} tiles
 * @param {string} first
 * @param {boolean} fifth
 */
function drawTable(table, tiles, first, fifth) {
  const rules = /** @type {View} */ (view).measures[measure()];
  const head = element("thead");
  head.append(row("th", [first, ...(fifth ? ["Deprivation"] : []), "Today carried on", "This plan", "Difference", "Give or take", "So"]));
  const body = element("tbody");
  for (const tile of tiles) {
    const shown = tile.shown[measure()];
    const verdict = { few: "too few people", unclear: "no clear change" }[shown.verdict] ?? shown.verdict;
    body.append(row("td", [
      tile.label, ...(fifth ? [FIFTHS[tile.fifth - 1]] : []),
      number(shown.before, rules.decimals), number(shown.now, rules.decimals),
      number(shown.change, rules.decimals, true), number(shown.half, rules.decimals), verdict,
    ]));
  }
  for (const old of table.querySelectorAll("thead, tbody")) old.remove();
  table.append(head, body);
}

/** The sentence above the map. */
function say() {
  const { tiles, same, by_chance, coarse, runs, years, measures } = /** @type {View} */ (view);
  const rules = measures[measure()];
  if (same) {
    byId("said").textContent = `This is today carried on: nothing has been changed yet. ${rules.label}, ${rules.unit}, average of ${years}, ${runs} samples together.`;
    return;
  }
  /** @param {string} end */
  const count = (end) => tiles.filter((tile) => tile.shown[measure()].verdict.endsWith(end)).length;
  const [better, worse, few] = [count("better"), count("worse"), count("few")];
  const rest = tiles.length - better - worse - few;
  byId("said").textContent =
    `${rules.label}: this plan is clearly better in ${better} of ${tiles.length} ${coarse ? "squares" : "neighbourhoods"} and clearly worse in ${worse}; ` +
    `in ${rest} no change can be told${few ? `, and ${few} have too few people in the samples` : ""}. ` +
    `${luck(better + worse, by_chance)}Average of ${years}, ${runs} samples together.`;
}

/**
 * How many changes chance alone could make, and what follows where there are no more than that.
 * @param {number} changed
 * @param {number} byChance
 */
function luck(changed, byChance) {
  if (byChance === 0) return "";
  const alone = `Chance alone could make up to ${byChance} look changed`;
  if (changed === 0) return `${alone}. `;
  if (changed <= byChance) return `${alone}, so read nothing into single squares; the fifths below say more. `;
  return `${alone}, so some of these may be chance. `;
}

/** Say what a square is where it is more than a neighbourhood. */
function drawWords() {
  if (!(/** @type {View} */ (view).coarse)) return;
  byId("by").textContent = "district by district";
  byId("square").textContent = "Each square is all of a district that is about as deprived: in so large a place the samples hold too few people of a single neighbourhood.";
}

/** Everything, for the measure and mode chosen. */
function draw() {
  if (view === null) return;
  const rules = view.measures[measure()];
  say();
  drawWords();
  drawTiles();
  drawLegend();
  drawTable(byId("fifths"), view.fifths, `${rules.label}, ${rules.unit}`, false);
  byId("caption").textContent = `${rules.label}, ${rules.unit}, ${view.years}`;
  drawTable(byId("table"), view.tiles, view.coarse ? "District" : "Neighbourhood", true);
}

/** @param {Event} event */
function choose(event) {
  const square = event.target;
  if (!(square instanceof HTMLElement) || !square.classList.contains("square")) return;
  chosen = square.dataset.tile ?? "";
  byId("detail").classList.add("chosen");
  byId("detail").textContent = square.getAttribute("aria-label");
  for (const other of byId("map").querySelectorAll(".square")) /** @type {HTMLElement} */ (other).tabIndex = -1;
  square.tabIndex = 0;
  square.scrollIntoView({ block: "nearest" });  // what is told at the foot of a small screen is not to cover it
}

/** @param {KeyboardEvent} event */
function move(event) {
  const squares = /** @type {HTMLElement[]} */ ([...byId("map").querySelectorAll(".square")]);
  const here = squares.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  if (here < 0) return;
  const box = squares[here].getBoundingClientRect();
  /** The nearest square above or below. @param {number} way */
  const vertical = (way) => {
    const onward = squares.filter((square) => way * (square.getBoundingClientRect().top - box.top) > 4);
    /** @param {HTMLElement} square */
    const far = (square) => {
      const other = square.getBoundingClientRect();
      return 3 * Math.abs(other.top - box.top) + Math.abs(other.left - box.left);
    };
    return onward.sort((a, b) => far(a) - far(b))[0];
  };
  const next = {
    ArrowRight: squares[here + 1],
    ArrowLeft: squares[here - 1],
    ArrowDown: event.key === "ArrowDown" ? vertical(1) : undefined,
    ArrowUp: event.key === "ArrowUp" ? vertical(-1) : undefined,
    Home: squares[0],
    End: squares[squares.length - 1],
  }[event.key];
  if (next === undefined) return;
  event.preventDefault();
  next.focus();
}

byId("measure").addEventListener("change", draw);
for (const radio of document.querySelectorAll("input[name=mode]")) radio.addEventListener("change", draw);
byId("map").addEventListener("focusin", choose);
byId("map").addEventListener("click", choose);
byId("map").addEventListener("keydown", move);

const leaving = new AbortController();
addEventListener("pagehide", () => leaving.abort());
persist(leaving.signal, () => stream(`api/map?${query()}`, leaving.signal, (message) => {
  if (message.kind === "failed") byId("said").textContent = message.text;
  if (message.kind === "progress" && view === null) {
    byId("said").textContent = `Running samples for this plan and for today carried on: ${message.done} of ${message.of} …`;
  }
  if (message.kind === "map") {
    view = message;
    document.documentElement.dataset.settled = String(message.runs);
    draw();
  }
}));
void follow(goAlong);

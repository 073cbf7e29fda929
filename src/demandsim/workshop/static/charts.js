// @ts-check
/** Charts of the main page: a line over the years with its range, beside today's; each with its numbers in a table. */

import { element } from "./common.js";

/** @typedef {{value: (number|null)[], low: (number|null)[], high: (number|null)[]}} Line */
/** @typedef {{key: string, label: string, phrase: string, decimals: number, direction: number, definition: string,
 *             today: Line, plan: Line, change: Line}} Chart */
/** @typedef {{label: string, today: number|null, plan: number|null, change: Line}} Bar */
/** @typedef {{runs: number, years: number[], charts: Chart[], payers: Bar[], fifths: Bar[],
 *             money: number}} Picture */
/** @typedef {{plan: string, place: string, label: string, picture: Picture, wanted: number}} Pin */

/** How large letters are on this screen, against the usual 20 pixels: a projector's are larger. */
const scale = () => parseFloat(getComputedStyle(document.documentElement).fontSize) / 20;

const INK = "#0b0c0c", GREY = "#3d3d3d", BLUE = "#12436D";

/** How today and up to three pins are drawn; the plan is the thick solid line. */
export const STYLES = [
  { color: BLUE, dash: "solid" },
  { color: GREY, dash: "dash" },
  { color: "#28A197", dash: "dot" },
  { color: "#801650", dash: "dashdot" },
  { color: "#F46A25", dash: "longdash" },
];

/** How each dash looks in the key, as an SVG dash array. */
export const DASHES = { solid: "", dash: "9 6", dot: "3 5", dashdot: "9 4 3 4", longdash: "15 5" };

/** @type {any} */
const plotly = () => /** @type {any} */ (window).Plotly;

const QUIET = { displayModeBar: false, responsive: true, doubleClick: false, showTips: false };

/** How numbers of 0, 1 and 2 decimals are written: halves go to the even side, as they do in the sentences. */
const WRITTEN = [0, 1, 2].map((decimals) => new Intl.NumberFormat("en-GB", /** @type {any} */ ({
  minimumFractionDigits: decimals, maximumFractionDigits: decimals, roundingMode: "halfEven",
})));

/**
 * A number as people read it.
 * @param {number|null|undefined} value
 * @param {number} decimals
 */
export function shown(value, decimals) {
  if (value === null || value === undefined) return "–";
  const text = WRITTEN[decimals].format(Math.abs(value));
  return value < 0 && /[1-9]/.test(text) ? `−${text}` : text;
}

/**
 * The same with its sign.
 * @param {number|null|undefined} value
 * @param {number} decimals
 */
export function signed(value, decimals) {
  const text = shown(value, decimals);
  return value !== null && value !== undefined && value > 0 && /[1-9]/.test(text) ? `+${text}` : text;
}

/**
 * The figure of a chart, made where there is none yet.
 * @param {HTMLElement} parent
 * @param {string} key
 * @param {string} title
 * @param {string} [counted] What is counted, for those who ask.
 */
function figure(parent, key, title, counted = "") {
  const held = document.getElementById(`chart-${key}`);
  if (held) {
    /** @type {HTMLElement} */ (held.querySelector("h3")).textContent = title;
    return held;
  }
  const made = element("figure", "chart");
  made.id = `chart-${key}`;
  made.append(element("h3", "", title), element("p", "readout"), element("div", "plot"));
  const details = /** @type {HTMLDetailsElement} */ (element("details")), summary = element("summary", "", counted ? "Numbers and what is counted" : "Numbers");
  summary.append(element("span", "unseen", `: ${title}`));
  details.addEventListener("toggle", () => { if (details.open) tables.get(key)?.(); });
  const scroll = element("div", "scroll");  // a wide table is moved sideways with the keyboard too
  scroll.tabIndex = 0;
  scroll.setAttribute("role", "region");
  scroll.setAttribute("aria-label", `${title} in numbers`);
  details.append(summary, ...(counted ? [element("p", "counted", counted)] : []), scroll);
  made.append(details);
  parent.append(made);
  return made;
}

/** What fills the table of each chart with its newest numbers. @type {Map<string, () => void>} */
const tables = new Map();

/**
 * Keep the numbers of a chart for its table: it is filled while it is open, and when it is opened.
 * @param {HTMLElement} made
 * @param {string} key
 * @param {() => [string, string[], string[][]]} content Caption, heads of columns, rows.
 */
function keepTable(made, key, content) {
  const fill = () => fillTable(/** @type {Element} */ (made.querySelector(".scroll")), ...content());
  tables.set(key, fill);
  if (made.querySelector("details")?.open) fill();
}

/**
 * A table in place of what was there.
 * @param {Element} place
 * @param {string} caption
 * @param {string[]} head
 * @param {string[][]} rows
 */
function fillTable(place, caption, head, rows) {
  const table = element("table");
  table.append(element("caption", "unseen", caption));
  const top = element("thead"), line = element("tr"), body = element("tbody");
  for (const text of head) {
    const cell = element("th", "", text);
    cell.setAttribute("scope", "col");
    line.append(cell);
  }
  top.append(line);
  for (const row of rows) {
    const tr = element("tr");
    row.forEach((text, place) => {
      const cell = element(place ? "td" : "th", "", text);
      if (!place) cell.setAttribute("scope", "row");
      tr.append(cell);
    });
    body.append(tr);
  }
  table.append(top, body);
  place.replaceChildren(table);
}

/**
 * A line, with its range where there is one.
 * @param {number[]} years
 * @param {Line} line
 * @param {{color: string, dash: string}} style
 * @param {string} name
 * @param {boolean} band
 */
function traces(years, line, style, name, band) {
  /** @type {any[]} */ const made = [];
  if (band && line.low.some((v) => v !== null)) {
    const half = (/** @type {number} */ part) => line.value.map((v, i) => v === null || line.high[i] === null ? null : part * (/** @type {number} */ (line.high[i]) - v));
    for (const part of [1, 0.35]) {  // the outer range is 19 in 20, the inner about half
      const around = half(part);
      const ends = (/** @type {number} */ side) => line.value.map((v, i) => v === null || around[i] === null ? null : v + side * /** @type {number} */ (around[i]));
      made.push({ x: years, y: ends(-1), mode: "lines", line: { width: 0 }, hoverinfo: "skip", showlegend: false });
      made.push({ x: years, y: ends(1), mode: "lines", line: { width: 0 }, fill: "tonexty", fillcolor: `${style.color}29`, hoverinfo: "skip", showlegend: false });
    }
  }
  const alone = line.value.filter((v) => v !== null).length === 1;  // a line of one year would not be seen
  const dot = { mode: "markers", marker: { color: style.color, size: 10, symbol: style.dash === "solid" ? "circle" : "circle-open" } };
  const whisker = band && line.high[0] !== null ? { error_y: { array: line.value.map((v, i) => v === null ? null : Number(line.high[i]) - v), color: style.color } } : {};
  made.push({ x: years, y: line.value, name, line: { ...style, width: 3 }, ...(alone ? { ...dot, ...whisker } : { mode: "lines" }), hovertemplate: "%{y:,}<extra>%{fullData.name}</extra>", showlegend: false });
  return made;
}

/**
 * Limits of the upright axis: never so narrow that chance looks like change, nor below nothing but for money.
 * @param {(number|null)[]} values
 * @param {string} key
 * @param {number} decimals
 */
function limits(values, key, decimals) {
  const known = /** @type {number[]} */ (values.filter((v) => v !== null));
  const low = Math.min(...known), high = Math.max(...known), middle = (low + high) / 2;
  const least = key === "wellbeing" ? 0.4 : key === "council_balance" ? (decimals > 1 ? 0.5 : 10) : key === "wait_weeks_median" ? 4 : 0.1 * Math.abs(middle);
  const span = 1.15 * Math.max(high - low, least, 1e-6);
  const floor = key === "council_balance" ? -Infinity : 0;
  return [Math.max(floor, middle - span / 2), middle + span / 2];
}

/**
 * Whether a chart is on the screen, or is not there yet.
 * @param {string} key
 */
export function inView(key) {
  const box = document.getElementById(`chart-${key}`)?.getBoundingClientRect();
  return box === undefined || (box.bottom > 0 && box.top < innerHeight);
}

/** Numbers of the level axis stand clear of the lowest one of the upright axis. */
const APART = { ticks: "outside", ticklen: 6, tickcolor: "#fff" };

/**
 * What every chart is drawn on: its letters, its margins and its height.
 * @param {number} left
 * @param {number} right
 */
function paper(left, right) {
  const by = scale();
  return {
    height: 200 * by, margin: { l: left * by, r: right * by, t: 6 * by, b: 32 * by }, paper_bgcolor: "#fff", plot_bgcolor: "#fff",
    font: { family: "Liberation Sans, Arial, Helvetica, sans-serif", size: 15 * by, color: INK },
  };
}

/**
 * Draw one chart over the years.
 * @param {HTMLElement} parent
 * @param {Chart} chart
 * @param {number[]} years
 * @param {number} year Year shown by the cursor.
 * @param {boolean} showPlan
 * @param {Pin[]} pins
 */
export function drawLines(parent, chart, years, year, showPlan, pins) {
  const made = figure(parent, chart.key, chart.label, chart.definition);
  const pinned = pins.map((pin) => pin.picture.charts.find((c) => c.key === chart.key)).filter((c) => c !== undefined);
  const data = [
    ...(showPlan ? traces(years, chart.plan, STYLES[0], "This plan", true) : []),
    ...traces(years, chart.today, STYLES[1], "Today carried on", !showPlan),
    ...pinned.flatMap((held, i) => traces(pins[i].picture.years, held.plan, STYLES[2 + i], `Pin ${i + 1}`, false)),
  ];
  const layout = {
    ...paper(68, 16),
    xaxis: { ...APART, dtick: years.length > 12 ? 4 : years.length > 5 ? 3 : 1, tick0: 2024, range: [years[0] - 0.3, Math.max(years[years.length - 1], years[0] + 1) + 0.3], fixedrange: true, showgrid: false, tickformat: "d" },
    yaxis: { range: limits(data.flatMap((t) => t.y), chart.key, chart.decimals), fixedrange: true, gridcolor: "#d9d9d9", zeroline: chart.key === "council_balance", zerolinecolor: INK, nticks: 5, tickformat: "," },
    shapes: [{ type: "line", x0: year, x1: year, yref: "paper", y0: 0, y1: 1, line: { color: GREY, width: 1 } }],
    hovermode: "x unified",
  };
  const plot = /** @type {HTMLElement} */ (made.querySelector(".plot"));
  plot.setAttribute("role", "img");
  plot.setAttribute("aria-label", `${chart.label}, line chart from ${years[0]} to ${years[years.length - 1]}; the numbers are in the table below`);
  plotly().react(plot, data, layout, QUIET);
  readout(/** @type {HTMLElement} */ (made.querySelector(".readout")), chart, years.indexOf(year), year, showPlan);
  const range = (/** @type {Line} */ l, /** @type {number} */ i, write = shown) => l.low[i] === null ? "one run" : `${write(l.low[i], chart.decimals)} to ${write(l.high[i], chart.decimals)}`;
  keepTable(made, chart.key, () => [
    chart.label,
    ["Year", "Today carried on", ...(showPlan ? ["This plan", "Range", "Change", "Range of change"] : ["Range"]), ...pins.map((_, i) => `Pin ${i + 1}`)],
    years.map((y, i) => [
      String(y), shown(chart.today.value[i], chart.decimals),
      ...(showPlan ? [shown(chart.plan.value[i], chart.decimals), range(chart.plan, i), signed(chart.change.value[i], chart.decimals), range(chart.change, i, signed)] : [range(chart.today, i)]),
      ...pinned.map((held) => shown(held.plan.value[i], chart.decimals)),
    ]),
  ]);
}

/**
 * What a chart says in the year shown, in words.
 * @param {HTMLElement} place
 * @param {Chart} chart
 * @param {number} i
 * @param {number} year
 * @param {boolean} showPlan
 */
function readout(place, chart, i, year, showPlan) {
  if (i < 0 || chart.today.value[i] === null) { place.textContent = ""; return; }
  const d = chart.decimals;
  if (!showPlan) {
    const { low, high } = chart.today, around = low[i] === null ? "" : ` (${shown(low[i], d)} to ${shown(high[i], d)})`;
    place.textContent = `${year}: ${shown(chart.today.value[i], d)}${around || " today carried on"}`;
    return;
  }
  const change = chart.change, low = change.low[i], high = change.high[i], value = element("strong", "", shown(chart.plan.value[i], d));
  const nothing = (/** @type {number|null} */ end) => Number((end ?? 0).toFixed(d)) === 0;
  if ([change.value[i], low, high].every(nothing)) {
    place.replaceChildren(`${year}: `, value, "; the same as with today carried on");
    return;
  }
  const told = low === null || high === null || ((low > 0 || high < 0) && !nothing(change.value[i]));
  const range = low === null ? [] : [" ", element("span", "whole", `(${signed(low, d)} to ${signed(high, d)})`)];
  place.replaceChildren(`${year}: `, value, `; against today ${signed(change.value[i], d)}`, ...range, told ? "" : ", no clear change");
}

/**
 * Bars of the change for each group, or of both plans side by side.
 * @param {HTMLElement} parent
 * @param {string} key
 * @param {string} title
 * @param {Bar[]} bars
 * @param {number} d Decimals of its numbers.
 * @param {boolean} showPlan
 * @param {boolean} asChange
 * @param {string} note
 */
export function drawBars(parent, key, title, bars, d, showPlan, asChange, note) {
  const made = figure(parent, key, title);
  const labels = bars.map((b) => b.label);
  const one = (/** @type {"today"|"plan"} */ which) => bars.map((b) => b[which]);
  const solid = { color: BLUE }, open = { color: "#fff", line: { color: GREY, width: 3 } };
  const data = asChange
    ? [{ type: "bar", orientation: "h", y: labels, x: bars.map((b) => b.change.value[0]), marker: solid, name: "Change",
        error_x: bars[0]?.change.low[0] === null ? undefined : { type: "data", array: bars.map((b) => /** @type {number} */ (b.change.high[0]) - /** @type {number} */ (b.change.value[0])), color: INK, thickness: 2 } }]
    : [{ type: "bar", orientation: "h", y: labels, x: one("today"), marker: open, name: "Today carried on" },
       ...(showPlan ? [{ type: "bar", orientation: "h", y: labels, x: one("plan"), marker: solid, name: "This plan" }] : [])];
  const layout = {
    ...paper(150, 12), showlegend: false, barmode: "group", bargap: 0.25,
    xaxis: { fixedrange: true, gridcolor: "#d9d9d9", zeroline: true, zerolinecolor: INK, nticks: 5, tickangle: 0, tickformat: "," },
    yaxis: { ...APART, fixedrange: true, autorange: "reversed" },
  };
  const plot = /** @type {HTMLElement} */ (made.querySelector(".plot"));
  plot.setAttribute("role", "img");
  plot.setAttribute("aria-label", `${title}, bar chart; the numbers are in the table below`);
  plotly().react(plot, data, layout, QUIET);
  /** @type {HTMLElement} */ (made.querySelector(".readout")).textContent = note;
  keepTable(made, key, () => [
    title,
    ["", "Today carried on", ...(showPlan ? ["This plan", "Change", "Range of change"] : [])],
    bars.map((b) => [b.label, shown(b.today, d), ...(showPlan ? [shown(b.plan, d), signed(b.change.value[0], d),
      b.change.low[0] === null ? "one run" : `${signed(b.change.low[0], d)} to ${signed(b.change.high[0], d)}`] : [])]),
  ]);
}

/**
 * Draw every chart as wide as half a sheet of paper has room for, or again as wide as the screen has.
 * @param {boolean} paper
 */
export function drawForPaper(paper) {
  const by = scale(), size = paper ? { width: 330, height: 165, "font.size": 13 } : { width: null, height: 200 * by, "font.size": 15 * by };
  for (const plot of document.querySelectorAll(".chart .plot")) plotly().relayout(plot, size);
}

/** Letters of the picture that is taken away. */
const PEN = { head: "bold 26px Arial, sans-serif", text: "22px Arial, sans-serif", title: "bold 20px Arial, sans-serif", small: "16px Arial, sans-serif" };

/**
 * All charts in one picture that explains itself: what it is of, the answer, the key, the charts and where they are from.
 * @param {[string, string]} heads The place, and the plan in a few words.
 * @param {string[]} words The answer.
 * @param {string[]} names What the lines are called, in the order of `STYLES`; empty for one that is not drawn.
 * @param {string} from Where the numbers come from.
 * @returns {Promise<string>} Data URL of a PNG.
 */
export async function asPicture(heads, words, names, from) {
  const plots = [...document.querySelectorAll(".chart")];
  const width = 640, height = 330, across = 2, edge = 20, tall = height + 76;
  const canvas = document.createElement("canvas"), pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const inner = across * width - 2 * edge;
  /** @type {(font: string, texts: string[], step: number) => {font: string, text: string, step: number}[]} */
  const set = (font, texts, step) => texts.flatMap((text) => wrapped(pen, font, text, inner).map((line) => ({ font, text: line, step })));
  const top = [...set(PEN.head, heads, 34), ...set(PEN.text, words, 30)], bottom = set(PEN.small, [from], 22);
  const lines = names.map((name, i) => ({ name, style: STYLES[i] })).filter(({ name }) => name);
  const begin = edge + top.reduce((sum, line) => sum + line.step, 0), charts = begin + 20 + 28 * lines.length;
  canvas.width = across * width;
  canvas.height = charts + Math.ceil(plots.length / across) * tall + 22 * bottom.length + edge;
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.fillStyle = INK;
  let y = edge;
  for (const { font, text, step } of top) { y += step; pen.font = font; pen.fillText(text, edge, y - 8); }
  lines.forEach(({ name, style }, i) => keyLine(pen, style, name, edge, begin + 22 + 28 * i));
  for (const [number, held] of plots.entries()) {
    const image = new Image();
    image.src = await plotly().toImage(held.querySelector(".plot"), { format: "png", width, height });
    await image.decode();
    const left = (number % across) * width, at = charts + Math.floor(number / across) * tall;
    pen.font = PEN.title;
    pen.fillText(held.querySelector("h3")?.textContent ?? "", left + edge, at + 24);
    pen.font = PEN.small;
    pen.fillText(held.querySelector(".readout")?.textContent ?? "", left + edge, at + 48, width - 2 * edge);
    pen.drawImage(image, left, at + 60);
  }
  pen.font = PEN.small;
  bottom.forEach(({ text }, i) => pen.fillText(text, edge, canvas.height - edge - 22 * (bottom.length - 1 - i)));
  return canvas.toDataURL("image/png");
}

/**
 * A line of the key, as it is drawn on the charts.
 * @param {CanvasRenderingContext2D} pen
 * @param {{color: string, dash: string}} style
 * @param {string} name
 * @param {number} x
 * @param {number} y
 */
function keyLine(pen, style, name, x, y) {
  pen.strokeStyle = style.color;
  pen.lineWidth = 3;
  pen.setLineDash(DASHES[/** @type {keyof typeof DASHES} */ (style.dash)].split(" ").filter(Boolean).map(Number));
  pen.beginPath();
  pen.moveTo(x, y - 6);
  pen.lineTo(x + 56, y - 6);
  pen.stroke();
  pen.font = PEN.small;
  pen.fillText(name, x + 70, y);
}

/**
 * Text in lines no longer than there is room.
 * @param {CanvasRenderingContext2D} pen
 * @param {string} font
 * @param {string} text
 * @param {number} width
 * @returns {string[]}
 */
function wrapped(pen, font, text, width) {
  pen.font = font;
  const lines = [""];
  for (const word of text.split(" ")) {
    const longer = `${lines[lines.length - 1]} ${word}`.trim();
    if (pen.measureText(longer).width > width) lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  return lines;
}

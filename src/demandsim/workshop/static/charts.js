// @ts-check
/** Charts of the main page: a line over the years with its range, beside today's; each with its numbers in a table. */

import { element } from "./common.js";

/** @typedef {{value: (number|null)[], low: (number|null)[], high: (number|null)[]}} Line */
/** @typedef {{key: string, label: string, phrase: string, decimals: number, direction: number, definition: string,
 *             today: Line, plan: Line, change: Line}} Chart */
/** @typedef {{label: string, today: number, plan: number, change: Line}} Bar */
/** @typedef {{runs: number, years: number[], charts: Chart[], payers: Bar[], fifths: Bar[]}} Picture */
/** @typedef {{label: string, picture: Picture}} Pin */

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

/**
 * A number as people read it.
 * @param {number|null|undefined} value
 * @param {number} decimals
 */
export function shown(value, decimals) {
  if (value === null || value === undefined) return "–";
  const text = Math.abs(value).toLocaleString("en-GB", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
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
 */
function figure(parent, key, title) {
  const held = document.getElementById(`chart-${key}`);
  if (held) return held;
  const made = element("figure", "chart");
  made.id = `chart-${key}`;
  made.append(element("h3", "", title), element("p", "readout"), element("div", "plot"));
  const details = /** @type {HTMLDetailsElement} */ (element("details")), summary = element("summary", "", "Numbers");
  summary.append(element("span", "unseen", `: ${title}`));
  details.addEventListener("toggle", () => { if (details.open) tables.get(key)?.(); });
  const scroll = element("div", "scroll");  // a wide table is moved sideways with the keyboard too
  scroll.tabIndex = 0;
  scroll.setAttribute("role", "region");
  scroll.setAttribute("aria-label", `${title} in numbers`);
  details.append(summary, scroll);
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
  const made = [];
  if (band && line.low.some((v) => v !== null)) {
    const half = (/** @type {number} */ part) => line.value.map((v, i) => v === null || line.high[i] === null ? null : part * (/** @type {number} */ (line.high[i]) - v));
    for (const part of [1, 0.35]) {  // the outer range is 19 in 20, the inner about half
      const around = half(part);
      const ends = (/** @type {number} */ side) => line.value.map((v, i) => v === null || around[i] === null ? null : v + side * /** @type {number} */ (around[i]));
      made.push({ x: years, y: ends(-1), mode: "lines", line: { width: 0 }, hoverinfo: "skip", showlegend: false });
      made.push({ x: years, y: ends(1), mode: "lines", line: { width: 0 }, fill: "tonexty", fillcolor: "rgba(18,67,109,.16)", hoverinfo: "skip", showlegend: false });
    }
  }
  made.push({ x: years, y: line.value, mode: "lines", name, line: { ...style, width: 3 }, hovertemplate: "%{y:,}<extra>%{fullData.name}</extra>", showlegend: false });
  return made;
}

/**
 * Limits of the upright axis: never so narrow that chance looks like change.
 * @param {(number|null)[]} values
 * @param {string} key
 */
function limits(values, key) {
  const known = /** @type {number[]} */ (values.filter((v) => v !== null));
  const low = Math.min(...known), high = Math.max(...known), middle = (low + high) / 2;
  const least = key === "wellbeing" ? 0.4 : key === "council_balance" ? 10 : key === "wait_weeks_median" ? 4 : 0.1 * Math.abs(middle);
  const span = 1.15 * Math.max(high - low, least, 1e-6);
  return [middle - span / 2, middle + span / 2];
}

/**
 * Whether a chart is on the screen, or is not there yet.
 * @param {string} key
 */
export function inView(key) {
  const box = document.getElementById(`chart-${key}`)?.getBoundingClientRect();
  return box === undefined || (box.bottom > 0 && box.top < innerHeight);
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
  const made = figure(parent, chart.key, chart.label);
  const pinned = pins.map((pin) => pin.picture.charts.find((c) => c.key === chart.key)).filter((c) => c !== undefined);
  const data = [
    ...(showPlan ? traces(years, chart.plan, STYLES[0], "This plan", true) : []),
    ...traces(years, chart.today, STYLES[1], "Today carried on", false),
    ...pinned.flatMap((held, i) => traces(pins[i].picture.years, held.plan, STYLES[2 + i], pins[i].label, false)),
  ];
  const layout = {
    margin: { l: 68, r: 16, t: 6, b: 26 },
    font: { family: "Liberation Sans, Arial, Helvetica, sans-serif", size: 15, color: INK },
    xaxis: { dtick: years.length > 12 ? 4 : years.length > 5 ? 3 : 1, tick0: 2024, range: [years[0] - 0.3, Math.max(years[years.length - 1], years[0] + 1) + 0.3], fixedrange: true, showgrid: false, tickformat: "d" },
    yaxis: { range: limits(data.flatMap((t) => t.y), chart.key), fixedrange: true, gridcolor: "#d9d9d9", zeroline: chart.key === "council_balance", zerolinecolor: INK, nticks: 5, tickformat: "," },
    shapes: [{ type: "line", x0: year, x1: year, yref: "paper", y0: 0, y1: 1, line: { color: GREY, width: 1 } }],
    hovermode: "x unified", paper_bgcolor: "#fff", plot_bgcolor: "#fff",
  };
  const plot = /** @type {HTMLElement} */ (made.querySelector(".plot"));
  plot.setAttribute("role", "img");
  plot.setAttribute("aria-label", `${chart.label}, line chart from ${years[0]} to ${years[years.length - 1]}; the numbers are in the table below`);
  plotly().react(plot, data, layout, QUIET);
  readout(/** @type {HTMLElement} */ (made.querySelector(".readout")), chart, years.indexOf(year), year, showPlan);
  const range = (/** @type {Line} */ l, /** @type {number} */ i) => l.low[i] === null ? "one run" : `${shown(l.low[i], chart.decimals)} to ${shown(l.high[i], chart.decimals)}`;
  keepTable(made, chart.key, () => [
    chart.label,
    ["Year", "Today carried on", ...(showPlan ? ["This plan", "Range", "Change"] : []), ...pins.map((p) => p.label)],
    years.map((y, i) => [
      String(y), shown(chart.today.value[i], chart.decimals),
      ...(showPlan ? [shown(chart.plan.value[i], chart.decimals), range(chart.plan, i), signed(chart.change.value[i], chart.decimals)] : []),
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
  if (!showPlan) { place.textContent = `${year}: ${shown(chart.today.value[i], d)} today carried on`; return; }
  const change = chart.change, low = change.low[i], high = change.high[i];
  const range = low === null ? "" : ` (${signed(low, d)} to ${signed(high, d)})`;
  const told = low === null || high === null || ((low > 0 || high < 0) && Number(change.value[i].toFixed(d)) !== 0);
  const clear = told ? "" : ", no clear change";
  place.replaceChildren(
    `${year}: `, element("strong", "", shown(chart.plan.value[i], d)),
    `; against today ${signed(change.value[i], d)}${range}${clear}`,
  );
}

/**
 * Bars of the change for each payer, or of both plans for each fifth.
 * @param {HTMLElement} parent
 * @param {string} key
 * @param {string} title
 * @param {Bar[]} bars
 * @param {boolean} showPlan
 * @param {boolean} asChange
 * @param {string} note
 */
export function drawBars(parent, key, title, bars, showPlan, asChange, note) {
  const made = figure(parent, key, title);
  const labels = bars.map((b) => b.label), d = asChange ? 1 : 0;
  const one = (/** @type {"today"|"plan"} */ which) => bars.map((b) => b[which]);
  const solid = { color: BLUE }, open = { color: "#fff", line: { color: GREY, width: 3 } };
  const data = asChange
    ? (showPlan ? [{ type: "bar", orientation: "h", y: labels, x: bars.map((b) => b.change.value[0]), marker: solid, name: "Change",
        error_x: bars[0]?.change.low[0] === null ? undefined : { type: "data", array: bars.map((b) => /** @type {number} */ (b.change.high[0]) - /** @type {number} */ (b.change.value[0])), color: INK, thickness: 2 } }] : [])
    : [{ type: "bar", orientation: "h", y: labels, x: one("today"), marker: open, name: "Today carried on" },
       ...(showPlan ? [{ type: "bar", orientation: "h", y: labels, x: one("plan"), marker: solid, name: "This plan" }] : [])];
  const layout = {
    margin: { l: 150, r: 12, t: 6, b: 30 }, showlegend: false, barmode: "group", bargap: 0.25,
    font: { family: "Liberation Sans, Arial, Helvetica, sans-serif", size: 15, color: INK },
    xaxis: { fixedrange: true, gridcolor: "#d9d9d9", zeroline: true, zerolinecolor: INK, nticks: 5, tickformat: "," },
    yaxis: { fixedrange: true, autorange: "reversed" }, paper_bgcolor: "#fff", plot_bgcolor: "#fff",
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
 * All charts in one picture, with the headline above them.
 * @param {string[]} words
 * @returns {Promise<string>} Data URL of a PNG.
 */
export async function asPicture(words) {
  const plots = [...document.querySelectorAll(".chart")];
  const width = 640, height = 330, across = 2, top = 60 + 34 * words.length * 2;
  const canvas = document.createElement("canvas");
  canvas.width = across * width;
  canvas.height = top + Math.ceil(plots.length / across) * (height + 50) + 50;
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.fillStyle = INK;
  pen.font = "bold 24px Arial, sans-serif";
  let y = 40;
  for (const text of words) y = wrapped(pen, text, 20, y, canvas.width - 40, 32);
  for (const [number, held] of plots.entries()) {
    const image = new Image();
    image.src = await plotly().toImage(held.querySelector(".plot"), { format: "png", width, height });
    await image.decode();
    const left = (number % across) * width, at = top + Math.floor(number / across) * (height + 50);
    pen.font = "bold 20px Arial, sans-serif";
    pen.fillText(held.querySelector("h3")?.textContent ?? "", left + 20, at + 24);
    pen.drawImage(image, left, at + 36);
  }
  pen.font = "16px Arial, sans-serif";
  pen.fillText(document.getElementById("sample")?.textContent ?? "", 20, canvas.height - 18);
  return canvas.toDataURL("image/png");
}

/**
 * Text in lines.
 * @param {CanvasRenderingContext2D} pen
 * @param {string} text
 * @param {number} x
 * @param {number} y
 * @param {number} width
 * @param {number} step
 */
function wrapped(pen, text, x, y, width, step) {
  let line = "";
  for (const word of text.split(" ")) {
    if (pen.measureText(`${line} ${word}`).width > width) {
      pen.fillText(line, x, y);
      line = word;
      y += step;
    } else line = line ? `${line} ${word}` : word;
  }
  pen.fillText(line, x, y);
  return y + step;
}

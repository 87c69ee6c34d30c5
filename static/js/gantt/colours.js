/** Colour of every bar: one palette entry for each class, one class for each operation. */

import { inkOn, mix, packed } from "./theme.js";

/** @typedef {"lateness"|"order"|"family"|"operator"} ColourMode */

/**
 * @typedef {Object} Paint
 * @property {string} fill
 * @property {string} edge
 * @property {string} ink of a label on it
 * @property {number} pixel the fill, packed for an overview
 * @property {number} pausePixel the fill while work stands still
 */

/**
 * @typedef {Object} LegendEntry
 * @property {string} label
 * @property {string} fill "" for words without a colour
 * @property {string} edge
 * @property {"plain"|"late"|"setup"|"pause"|"closed"|"down"|"due"} texture
 */

/**
 * @typedef {Object} Colouring
 * @property {ColourMode} mode
 * @property {Paint[]} paints
 * @property {Uint8Array} classOf by operation
 * @property {LegendEntry[]} legend
 */

/** Chosen so that the smallest distance between two of them under simulated colour blindness is as large as possible. */
const SERIES_10 = "#80245b #4949a4 #806d80 #5b80db #c86d00 #b69292 #ed9237 #49c8ed #b6dbb6 #ffc849".split(" ");
const SERIES_20 = (
  "#920037 #801280 #5b37b6 #804992 #496d5b #805bdb #4980b6 #c86d00 #80925b #a48092 " +
  "#9280ff #5bb65b #c892b6 #ff8012 #b6a4ff #80c892 #5bed92 #a4dbc8 #ffc800 #dbc8ff"
).split(" ");

/** How much of a pause is the colour of closed time. */
const PAUSE_SHARE = 0.65;

/** More entries than this would not fit beside the plot. */
const LEGEND_LIMIT = 10;

/**
 * @param {import("./theme.js").Theme} theme
 * @param {string} fill
 * @param {string} edge
 * @returns {Paint}
 */
function paintOf(theme, fill, edge) {
  return { fill, edge, ink: inkOn(fill), pixel: packed(fill), pausePixel: packed(mix(fill, theme.closed, PAUSE_SHARE)) };
}

/**
 * Paints are made once for a theme: every new plan asks for them.
 *
 * @type {WeakMap<import("./theme.js").Theme, Map<string, Paint[]>>}
 */
const paintsByTheme = new WeakMap();

/**
 * @param {import("./theme.js").Theme} theme
 * @param {string} name
 * @param {() => Paint[]} make
 * @returns {Paint[]}
 */
function paintsOf(theme, name, make) {
  const known = paintsByTheme.get(theme) ?? new Map();
  paintsByTheme.set(theme, known);
  const paints = known.get(name) ?? make();
  known.set(name, paints);
  return paints;
}

/**
 * @param {import("./theme.js").Theme} theme
 * @returns {Paint[]} in the order of `Standing`
 */
function standingPaints(theme) {
  return paintsOf(theme, "standing", () => [
    paintOf(theme, theme.onTime, theme.onTimeEdge),
    paintOf(theme, theme.atRisk, theme.atRiskEdge),
    paintOf(theme, theme.late, theme.lateEdge),
    { ...paintOf(theme, theme.done, theme.doneEdge), ink: theme.ink2 },
  ]);
}

/**
 * @param {import("./theme.js").Theme} theme
 * @param {string[]} series
 * @returns {Paint[]} the first one for none
 */
function seriesPaints(theme, series) {
  const towards = theme.dark ? "#ffffff" : "#000000";
  return paintsOf(theme, `series ${series.length}`, () => [
    paintOf(theme, theme.done, theme.doneEdge),
    ...series.map((fill) => paintOf(theme, fill, mix(fill, towards, 0.3))),
  ]);
}

/**
 * @param {number} operations
 * @param {(operation: number) => number} classOf
 */
function classes(operations, classOf) {
  const column = new Uint8Array(operations);
  for (let operation = 0; operation < operations; operation++) column[operation] = classOf(operation);
  return column;
}

/**
 * @param {import("./theme.js").Theme} theme
 * @param {import("./plan.js").Plan|null} plan
 * @param {number} operations
 * @returns {Colouring}
 */
function byLateness(theme, plan, operations) {
  const paints = standingPaints(theme);
  const labels = ["On time", "At risk", "Late", "Done"];
  return {
    mode: "lateness",
    paints,
    classOf: classes(operations, (operation) => plan?.standing(operation) ?? 0),
    legend: paints.map(({ fill, edge }, index) => ({
      label: labels[index],
      fill,
      edge,
      texture: index === 2 ? "late" : "plain",
    })),
  };
}

/**
 * @param {import("./scene.js").Scene} scene
 * @param {import("./plan.js").Plan|null} plan
 * @param {Exclude<ColourMode, "lateness">} mode
 * @returns {{names: string[], indexOf: (operation: number) => number, none: string}}
 */
function categories(scene, plan, mode) {
  if (mode === "family") return { names: scene.families, indexOf: (operation) => scene.family[operation], none: "No family" };
  if (mode === "order") {
    return { names: scene.orders.map((order) => order.name), indexOf: (operation) => scene.order[operation], none: "No order" };
  }
  return {
    names: scene.operators.map((operator) => operator.name),
    indexOf: (operation) => plan?.operatorsOf(operation)[0] ?? -1,
    none: "No operator",
  };
}

/**
 * @param {import("./theme.js").Theme} theme
 * @param {import("./scene.js").Scene} scene
 * @param {import("./plan.js").Plan|null} plan
 * @param {Exclude<ColourMode, "lateness">} mode
 * @returns {Colouring}
 */
function byCategory(theme, scene, plan, mode) {
  const { names, indexOf, none } = categories(scene, plan, mode);
  const series = names.length <= SERIES_10.length ? SERIES_10 : SERIES_20;
  const paints = seriesPaints(theme, series);
  const classOf = classes(scene.operationCount, (operation) => {
    const index = indexOf(operation);
    return index < 0 ? 0 : 1 + (index % series.length);
  });
  /** @type {LegendEntry[]} */
  const legend = names.slice(0, LEGEND_LIMIT).map((label, index) => {
    const { fill, edge } = paints[1 + (index % series.length)];
    return { label, fill, edge, texture: "plain" };
  });
  if (classOf.includes(0)) legend.push({ label: none, fill: theme.done, edge: theme.doneEdge, texture: "plain" });
  if (names.length > LEGEND_LIMIT) {
    legend.push({ label: `and ${names.length - LEGEND_LIMIT} more`, fill: "", edge: "", texture: "plain" });
  }
  return { mode, paints, classOf, legend };
}

/**
 * @param {ColourMode} mode
 * @param {import("./theme.js").Theme} theme
 * @param {import("./scene.js").Scene} scene
 * @param {import("./plan.js").Plan|null} plan
 * @returns {Colouring}
 */
export function colouring(mode, theme, scene, plan) {
  const result = mode === "lateness" ? byLateness(theme, plan, scene.operationCount) : byCategory(theme, scene, plan, mode);
  result.legend.push(
    { label: "Setup", fill: theme.setup, edge: theme.setup, texture: "setup" },
    { label: "Pause", fill: mix(theme.onTime, theme.closed, PAUSE_SHARE), edge: theme.onTimeEdge, texture: "pause" },
    { label: "Closed", fill: theme.closed, edge: theme.lineStrong, texture: "closed" },
    { label: "Down", fill: theme.down, edge: theme.down, texture: "down" },
    { label: "Need-by", fill: theme.ink3, edge: theme.ink3, texture: "due" },
  );
  return result;
}

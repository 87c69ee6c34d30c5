/** Colour of every bar: one palette entry for each class, one class for each operation. */

import { inkOn, mix, packed } from "./theme.js";

/** @typedef {"lateness"|"order"|"family"|"operator"} ColourMode */

/**
 * @typedef {Object} Paint
 * @property {string} fill
 * @property {string} edge
 * @property {string} ink of a label on it
 * @property {number} pixel the fill, packed for an overview
 */

/**
 * @typedef {Object} LegendEntry
 * @property {string} label
 * @property {string} fill
 * @property {string} edge
 * @property {"plain"|"late"|"setup"|"closed"|"down"} texture
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

/** More entries than this would not fit beside the plot. */
const LEGEND_LIMIT = 10;

/**
 * @param {string} fill
 * @param {string} edge
 * @returns {Paint}
 */
function paintOf(fill, edge) {
  return { fill, edge, ink: inkOn(fill), pixel: packed(fill) };
}

/**
 * @param {import("./theme.js").Theme} theme
 * @returns {Paint[]} in the order of `Standing`
 */
function standingPaints(theme) {
  const done = paintOf(theme.done, theme.doneEdge);
  return [
    paintOf(theme.onTime, theme.onTimeEdge),
    paintOf(theme.atRisk, theme.atRiskEdge),
    paintOf(theme.late, theme.lateEdge),
    { ...done, ink: theme.ink2 },
  ];
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
    classOf: Uint8Array.from({ length: operations }, (_, operation) => plan?.standing(operation) ?? 0),
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
  const towards = theme.dark ? "#ffffff" : "#000000";
  const paints = [paintOf(theme.done, theme.doneEdge), ...series.map((fill) => paintOf(fill, mix(fill, towards, 0.3)))];
  const classOf = Uint8Array.from({ length: scene.operationCount }, (_, operation) => {
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
    legend.push({ label: `and ${names.length - LEGEND_LIMIT} more`, fill: "transparent", edge: "transparent", texture: "plain" });
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
    { label: "Closed", fill: theme.closed, edge: theme.lineStrong, texture: "closed" },
    { label: "Down", fill: theme.down, edge: theme.down, texture: "down" },
  );
  return result;
}

/** What is at a point of the canvas. */

import { firstAbove } from "./columns.js";
import { laneBox, rowAt } from "./rows.js";

/**
 * @typedef {Object} Hit
 * @property {"bar"|"row"|"group"|"name"|"axis"|"load"|"horizon"|"none"} kind "name" and "group" are in the frozen column or the header row
 * @property {number} row −1 outside of the rows
 * @property {number|null} operation
 * @property {import("./scene.js").Downtime|null} downtime
 */

/** Bars thinner than this can still be hit: so many pixels beside them count. */
const SLACK = 3;

/**
 * @param {import("./picture.js").Picture} picture
 * @param {number} x CSS pixels
 * @param {number} y
 * @returns {Hit}
 */
export function hitTest(picture, x, y) {
  const { viewport } = picture;
  /** @type {Hit} */
  const hit = { kind: "none", row: -1, operation: null, downtime: null };
  if (x < 0 || y < 0 || x > viewport.width || y > viewport.usedHeight) return hit;
  if (y < viewport.top) return { ...hit, kind: x < viewport.left ? "none" : "axis" };
  if (y >= viewport.bottom + viewport.loadHeight) return { ...hit, kind: x < viewport.left ? "none" : "horizon" };
  if (y >= viewport.bottom) return { ...hit, kind: "load" };
  hit.row = rowAt(picture.rows, y - viewport.top + viewport.scrollY);
  const row = picture.rows.rows[hit.row];
  if (!row) return hit;
  if (row.kind === "group") return { ...hit, kind: "group" };
  if (x < viewport.left) return { ...hit, kind: "name" };
  const operation = operationAt(picture, row, x, y);
  return { ...hit, kind: operation === null ? "row" : "bar", operation, downtime: downtimeAt(picture, row, x) };
}

/**
 * @param {import("./picture.js").Picture} picture
 * @param {import("./rows.js").Row} row
 * @param {number} x
 * @returns {import("./scene.js").Downtime|null}
 */
function downtimeAt({ scene, view, viewport }, row, x) {
  if (view !== "machines") return null;
  const tick = viewport.tick(x);
  return scene.machines[row.index].downtime.find(({ begin, end }) => begin <= tick && tick < end) ?? null;
}

/**
 * @param {import("./picture.js").Picture} picture
 * @param {import("./rows.js").Row} row
 * @param {number} x
 * @param {number} y
 * @returns {number|null} the nearest of the bars there
 */
function operationAt({ bars, viewport }, row, x, y) {
  if (!bars) return null;
  const tick = viewport.tick(x);
  const slack = SLACK / viewport.scale;
  const to = bars.offsets[row.index + 1];
  const lanes = bars.lanes[row.index];
  let nearest = null;
  let distance = Number.POSITIVE_INFINITY;
  for (let bar = firstAbove(bars.reach, tick - slack, bars.offsets[row.index], to); bar < to; bar++) {
    if (bars.begin[bar] > tick + slack) break;
    const away = Math.max(0, bars.begin[bar] - tick, tick - bars.end[bar]);
    if (away > slack || away > distance) continue;
    const { offset, height } = laneBox(row, bars.lane[bar], lanes);
    const top = viewport.y(row.y + offset);
    if (lanes > 1 && (y < top || y > top + height)) continue;
    nearest = bars.operation[bar];
    distance = away;
  }
  return nearest;
}

/**
 * The rows of a view, from top to bottom. They depend on the scene, the view and what is folded, never on the plan:
 * a new plan moves bars, not rows.
 */

import { itemsOf } from "./columns.js";

/**
 * @typedef {Object} Row
 * @property {"group"|"subject"} kind a header that folds, or a row with bars
 * @property {number} index cell of a header, −1 for the header of everything; machine, operator or order of a row with bars
 * @property {string} label
 * @property {string} note second text where there is room
 * @property {number} y from the top of the first row, in CSS pixels
 * @property {number} height
 * @property {number} slots lanes that the row is made for; more are squeezed into it
 * @property {boolean} folded
 */

/**
 * @typedef {Object} Rows
 * @property {Row[]} rows
 * @property {number} height of all rows
 * @property {Int32Array} rowOf by subject: its row, −1 while it is folded away
 * @property {number} unit height of a plain row
 */

/** Heights in CSS pixels: a header row is never higher than this, and follows the rows when they shrink. */
const GROUP_HEIGHT = 24;

/**
 * @typedef {Object} Outline
 * @property {number} group
 * @property {string} label
 * @property {string} note
 * @property {number[]} subjects
 */

/**
 * @param {import("./scene.js").Scene} scene
 * @param {import("./bars.js").View} view
 * @returns {Outline[]}
 */
function outline(scene, view) {
  if (view === "machines") {
    return scene.cells.map((cell, group) => {
      const subjects = [...itemsOf(scene.machinesByCell, group)];
      return { group, label: cell.name, note: String(subjects.length), subjects };
    });
  }
  const people = view === "operators";
  const all = people ? scene.operators : scene.orders;
  return [{ group: -1, label: people ? "Operators" : "Orders", note: String(all.length), subjects: [...all.keys()] }];
}

/**
 * @param {import("./scene.js").Scene} scene
 * @param {import("./bars.js").View} view
 * @param {number} subject
 * @param {number} unit
 * @returns {{label: string, note: string, slots: number, height: number}}
 */
function subjectRow(scene, view, subject, unit) {
  if (view === "operators") return { label: scene.operators[subject].name, note: "", slots: 1, height: unit };
  if (view === "orders") {
    const { name, product, customer } = scene.orders[subject];
    return { label: name, note: product || customer, slots: 1, height: unit };
  }
  const { name, capacity } = scene.machines[subject];
  const slots = Math.max(1, Math.min(capacity, 8));
  return { label: name, note: capacity > 1 ? `× ${capacity}` : "", slots, height: Math.round(unit * (1 + (slots - 1) * 0.6)) };
}

/**
 * @param {import("./scene.js").Scene} scene
 * @param {import("./bars.js").View} view
 * @param {ReadonlySet<number>} folded groups
 * @param {number} unit height of a plain row in CSS pixels, at least 1
 * @returns {Rows}
 */
export function layRows(scene, view, folded, unit) {
  /** @type {Row[]} */
  const rows = [];
  const counts = { machines: scene.machines.length, operators: scene.operators.length, orders: scene.orders.length };
  const rowOf = new Int32Array(counts[view]).fill(-1);
  const groupHeight = Math.min(GROUP_HEIGHT, unit);
  let y = 0;
  for (const { group, label, note, subjects } of outline(scene, view)) {
    const isFolded = folded.has(group);
    const height = isFolded ? Math.max(groupHeight, unit) : groupHeight;
    rows.push({ kind: "group", index: group, label, note, y, height, slots: 1, folded: isFolded });
    y += height;
    if (isFolded) continue;
    for (const subject of subjects) {
      rowOf[subject] = rows.length;
      const row = subjectRow(scene, view, subject, unit);
      rows.push({ kind: "subject", index: subject, y, folded: false, ...row });
      y += row.height;
    }
  }
  return { rows, height: y, rowOf, unit };
}

/**
 * @param {Rows} rows
 * @param {number} y from the top of the first row
 * @returns {number} the row there; −1 above the first, the last one below it
 */
export function rowAt({ rows }, y) {
  if (rows.length === 0 || y < 0) return -1;
  let low = 0;
  let high = rows.length;
  while (low + 1 < high) {
    const middle = (low + high) >> 1;
    if (rows[middle].y <= y) low = middle;
    else high = middle;
  }
  return low;
}

/**
 * Space that a bar takes within its row.
 *
 * @param {Row} row
 * @param {number} lane
 * @param {number} lanes that the row needs in this plan
 * @returns {{offset: number, height: number}} in whole pixels; offset from the top of the row
 */
export function laneBox(row, lane, lanes) {
  const padding = row.height >= 20 ? 4 : row.height >= 10 ? 2 : row.height >= 4 ? 1 : 0;
  const room = row.height - padding * 2 + (padding === 1 ? 1 : 0);
  const slots = Math.max(row.slots, lanes);
  if (slots === 1) return { offset: padding, height: Math.max(1, room) };
  const top = Math.round((room * lane) / slots);
  const bottom = Math.round((room * (lane + 1)) / slots);
  return { offset: padding + top, height: Math.max(1, bottom - top - (room / slots >= 6 ? 1 : 0)) };
}

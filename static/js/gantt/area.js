/** What an area drawn on the plot holds: hours at work, in setup and idle, and what is late in it. */

import { covered, within } from "./intervals.js";
import { Standing } from "./plan.js";
import { rowAt } from "./rows.js";

/**
 * @typedef {Object} AreaSum
 * @property {number} rows
 * @property {number} from tick
 * @property {number} to tick
 * @property {number} busy ticks of runs and teardowns
 * @property {number} setup ticks
 * @property {number} idle open ticks without work
 * @property {number} operations
 * @property {number} late operations of late orders
 */

/**
 * @param {import("./picture.js").Picture} picture
 * @param {{x0: number, y0: number, x1: number, y1: number}} area CSS pixels
 * @returns {AreaSum}
 */
export function sumArea(picture, area) {
  const { viewport, rows } = picture;
  const from = viewport.tick(Math.min(area.x0, area.x1));
  const to = viewport.tick(Math.max(area.x0, area.x1));
  /** @type {AreaSum} */
  const sum = { rows: 0, from, to, busy: 0, setup: 0, idle: 0, operations: 0, late: 0 };
  const top = Math.min(area.y0, area.y1) - viewport.top + viewport.scrollY;
  const bottom = Math.max(area.y0, area.y1) - viewport.top + viewport.scrollY;
  for (let index = Math.max(0, rowAt(rows, top)); index <= rowAt(rows, bottom); index++) {
    const row = rows.rows[index];
    if (row.kind === "subject") addRow(picture, row.index, sum);
  }
  return sum;
}

/**
 * @param {import("./picture.js").Picture} picture
 * @param {number} subject
 * @param {AreaSum} sum
 */
function addRow({ scene, plan, bars, view }, subject, sum) {
  if (!plan || !bars) return;
  sum.rows++;
  const machine = view === "machines" ? scene.machines[subject] : null;
  const idle = machine ? machine.idle : view === "operators" ? scene.operators[subject].closed : scene.plantClosed;
  const open = (sum.to - sum.from - covered(within(idle, sum.from, sum.to))) * (machine?.capacity ?? 1);
  let work = 0;
  for (let bar = bars.offsets[subject]; bar < bars.offsets[subject + 1]; bar++) {
    const operation = bars.operation[bar];
    const begin = Math.max(sum.from, bars.begin[bar]);
    const end = Math.min(sum.to, bars.end[bar]);
    if (begin >= end) continue;
    const border = Math.max(begin, Math.min(end, plan.start[operation]));
    const setup = border - begin - covered(within(idle, begin, border));
    const busy = end - border - covered(within(idle, border, end));
    sum.setup += setup;
    sum.busy += busy;
    work += setup + busy;
    sum.operations++;
    if (plan.standing(operation) === Standing.LATE) sum.late++;
  }
  sum.idle += Math.max(0, open - work);
}

/**
 * The bars of one plan in one view, by subject (the machine, operator or order of a row) and rising begin.
 * Ends need not rise: `reach` is the highest end so far in the row, which does, so that a row can be searched.
 */

import { groupBy, sortGroups } from "./columns.js";
import { assignLanes } from "./lanes.js";

/** @typedef {"machines"|"operators"|"orders"} View */

/**
 * @typedef {Object} Bars
 * @property {Int32Array} offsets bars of subject s: offsets[s] … offsets[s + 1]
 * @property {Int32Array} operation by bar
 * @property {Int32Array} begin
 * @property {Int32Array} end
 * @property {Int32Array} reach
 * @property {Uint8Array} lane
 * @property {Uint8Array} lanes by subject
 * @property {Int32Array} barOf by operation: a bar of it, −1 for none
 * @property {number} lead ticks by which a setup may be drawn ahead of its bar
 */

/**
 * @param {View} view
 * @param {import("./plan.js").Plan} plan
 * @returns {{subjects: number, keys: ArrayLike<number>, begin: Int32Array, end: Int32Array, operation: Int32Array|null}}
 */
function source(view, plan) {
  const { scene } = plan;
  if (view === "operators") {
    return {
      subjects: scene.operators.length,
      keys: plan.engagedOperator,
      begin: plan.engagedBegin,
      end: plan.engagedEnd,
      operation: plan.engagedOperation,
    };
  }
  if (view === "orders") {
    return { subjects: scene.orders.length, keys: scene.order, begin: plan.start, end: plan.runEnd, operation: null };
  }
  return { subjects: scene.machines.length, keys: plan.machine, begin: plan.setupStart, end: plan.end, operation: null };
}

/**
 * @param {View} view
 * @param {import("./plan.js").Plan} plan
 * @returns {Bars}
 */
export function barsOf(view, plan) {
  const { subjects, keys, begin, end, operation } = source(view, plan);
  const groups = groupBy(subjects, keys);
  sortGroups(groups, begin);
  const { offsets, items } = groups;
  /** @type {Bars} */
  const bars = {
    offsets,
    operation: new Int32Array(items.length),
    begin: new Int32Array(items.length),
    end: new Int32Array(items.length),
    reach: new Int32Array(items.length),
    lane: new Uint8Array(items.length),
    lanes: new Uint8Array(subjects),
    barOf: new Int32Array(plan.scene.operationCount).fill(-1),
    lead: view === "orders" ? plan.longestSetup : 0,
  };
  for (let bar = 0; bar < items.length; bar++) {
    bars.operation[bar] = operation ? operation[items[bar]] : items[bar];
    bars.begin[bar] = begin[items[bar]];
    bars.end[bar] = end[items[bar]];
    if (bars.barOf[bars.operation[bar]] < 0) bars.barOf[bars.operation[bar]] = bar;
  }
  for (let subject = 0; subject < subjects; subject++) {
    bars.lanes[subject] = Math.min(255, assignLanes(bars.begin, bars.end, bars.lane, offsets[subject], offsets[subject + 1]));
    let reach = Number.NEGATIVE_INFINITY;
    for (let bar = offsets[subject]; bar < offsets[subject + 1]; bar++) {
      reach = Math.max(reach, bars.end[bar]);
      bars.reach[bar] = reach;
    }
  }
  return bars;
}

/**
 * @param {Bars} bars
 * @param {number} bar
 * @returns {number} whose row it is in
 */
export function subjectOf(bars, bar) {
  let low = 0;
  let high = bars.offsets.length - 1;
  while (low + 1 < high) {
    const middle = (low + high) >> 1;
    if (bars.offsets[middle] <= bar) low = middle;
    else high = middle;
  }
  return low;
}

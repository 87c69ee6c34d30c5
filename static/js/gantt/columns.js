/** Groups over typed arrays (compressed rows): the items of group g are `items[offsets[g] … offsets[g + 1])`. */

/**
 * @typedef {Object} Groups
 * @property {Int32Array} offsets one longer than the number of groups
 * @property {Int32Array} items
 */

/**
 * Groups 0 … keys.length by key; within a group the items keep their order.
 *
 * @param {number} groupCount
 * @param {ArrayLike<number>} keys one group for every item, −1 for none
 * @returns {Groups}
 */
export function groupBy(groupCount, keys) {
  const offsets = new Int32Array(groupCount + 1);
  for (let item = 0; item < keys.length; item++) if (keys[item] >= 0) offsets[keys[item] + 1]++;
  for (let group = 0; group < groupCount; group++) offsets[group + 1] += offsets[group];
  const cursor = offsets.slice(0, groupCount);
  const items = new Int32Array(offsets[groupCount]);
  for (let item = 0; item < keys.length; item++) if (keys[item] >= 0) items[cursor[keys[item]]++] = item;
  return { offsets, items };
}

/**
 * @param {Groups} groups
 * @param {number} group
 * @returns {Int32Array} a view, not a copy
 */
export function itemsOf(groups, group) {
  return groups.items.subarray(groups.offsets[group], groups.offsets[group + 1]);
}

const INDEX_SPAN = 2 ** 21;
const TIME_BIAS = 2 ** 31;

/**
 * Sorts the items of every group by a time, without a comparator: time and item share one double, which sorts natively.
 *
 * @param {Groups} groups
 * @param {Int32Array} time by item
 */
export function sortGroups(groups, time) {
  const { offsets, items } = groups;
  const keys = new Float64Array(items.length);
  for (let at = 0; at < items.length; at++) keys[at] = (time[items[at]] + TIME_BIAS) * INDEX_SPAN + items[at];
  for (let group = 0; group + 1 < offsets.length; group++) {
    if (offsets[group + 1] - offsets[group] > 1) keys.subarray(offsets[group], offsets[group + 1]).sort();
  }
  for (let at = 0; at < items.length; at++) items[at] = keys[at] % INDEX_SPAN;
}

/**
 * First position in [low, high) of a rising column whose value is above `limit`; `high` when there is none.
 *
 * @param {ArrayLike<number>} column
 * @param {number} limit
 * @param {number} low
 * @param {number} high
 */
export function firstAbove(column, limit, low, high) {
  let from = low;
  let to = high;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (column[middle] > limit) to = middle;
    else from = middle + 1;
  }
  return from;
}

/** Half-open intervals [begin, end) in ticks, sorted and disjoint, flat in one array: begin, end, begin, end … */

import { firstAbove } from "./columns.js";

/**
 * Sorts and merges.
 *
 * @param {readonly ArrayLike<number>[]} pairs each with its begin and end first
 * @returns {Int32Array}
 */
export function flatten(pairs) {
  const inOrder = pairs.every((pair, at) => at === 0 || pairs[at - 1][0] <= pair[0]);
  const sorted = inOrder ? pairs : [...pairs].sort((a, b) => a[0] - b[0]);
  const flat = new Int32Array(2 * sorted.length);
  let length = 0;
  for (const { 0: begin, 1: end } of sorted) {
    if (begin >= end) continue;
    if (length > 0 && begin <= flat[length - 1]) {
      flat[length - 1] = Math.max(end, flat[length - 1]);
      continue;
    }
    flat[length] = begin;
    flat[length + 1] = end;
    length += 2;
  }
  return flat.slice(0, length);
}

/**
 * @param {Int32Array[]} lists
 * @returns {Int32Array} the union
 */
export function union(lists) {
  /** @type {number[][]} */
  const pairs = [];
  for (const list of lists) for (let at = 0; at < list.length; at += 2) pairs.push([list[at], list[at + 1]]);
  return flatten(pairs);
}

/**
 * @param {Int32Array} list
 * @param {number} begin
 * @param {number} end
 * @returns {number[]} the parts of the list within [begin, end), flat
 */
export function within(list, begin, end) {
  /** @type {number[]} */
  const parts = [];
  const first = firstAbove(list, begin, 0, list.length) & ~1;
  for (let at = first; at < list.length && list[at] < end; at += 2) {
    const from = Math.max(begin, list[at]);
    const to = Math.min(end, list[at + 1]);
    if (from < to) parts.push(from, to);
  }
  return parts;
}

/**
 * @param {ArrayLike<number>} list flat
 * @returns {number} ticks that it covers
 */
export function covered(list) {
  let ticks = 0;
  for (let at = 0; at < list.length; at += 2) ticks += list[at + 1] - list[at];
  return ticks;
}

/**
 * @param {Int32Array} a
 * @param {Int32Array} b
 * @returns {Int32Array} what both cover
 */
export function intersection(a, b) {
  const parts = new Int32Array(a.length + b.length);
  let length = 0;
  for (let [i, j] = [0, 0]; i < a.length && j < b.length; ) {
    const begin = Math.max(a[i], b[j]);
    const end = Math.min(a[i + 1], b[j + 1]);
    if (begin < end) {
      parts[length] = begin;
      parts[length + 1] = end;
      length += 2;
    }
    if (a[i + 1] < b[j + 1]) i += 2;
    else j += 2;
  }
  return parts.slice(0, length);
}

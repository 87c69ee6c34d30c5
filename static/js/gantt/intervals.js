/** Half-open intervals [begin, end) in ticks, sorted and disjoint, flat in one array: begin, end, begin, end … */

import { firstAbove } from "./columns.js";

/**
 * Sorts and merges.
 *
 * @param {Iterable<ArrayLike<number>>} pairs each with its begin and end first
 * @returns {Int32Array}
 */
export function flatten(pairs) {
  const sorted = Array.from(pairs, (pair) => [pair[0], pair[1]]).filter(([begin, end]) => begin < end);
  sorted.sort((a, b) => a[0] - b[0]);
  /** @type {number[]} */
  const flat = [];
  for (const [begin, end] of sorted) {
    if (flat.length > 0 && begin <= flat[flat.length - 1]) flat[flat.length - 1] = Math.max(end, flat[flat.length - 1]);
    else flat.push(begin, end);
  }
  return Int32Array.from(flat);
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
  /** @type {number[]} */
  const parts = [];
  for (let at = 0; at < a.length; at += 2) parts.push(...within(b, a[at], a[at + 1]));
  return Int32Array.from(parts);
}

/** Lanes: bars of one row that overlap in time lie under each other, each in the first lane that is free. */

/**
 * @param {ArrayLike<number>} begin of every bar, rising
 * @param {ArrayLike<number>} end
 * @param {Uint8Array} lane filled: the lane of every bar
 * @param {number} from first bar of the row
 * @param {number} to one past its last bar
 * @returns {number} lanes that the row needs, at least 1
 */
export function assignLanes(begin, end, lane, from, to) {
  /** @type {number[]} */
  const freeFrom = [];
  for (let bar = from; bar < to; bar++) {
    let free = 0;
    while (free < freeFrom.length && freeFrom[free] > begin[bar]) free++;
    if (free > 254) free = 254;
    lane[bar] = free;
    freeFrom[free] = Math.max(freeFrom[free] ?? end[bar], end[bar]);
  }
  return Math.max(1, freeFrom.length);
}

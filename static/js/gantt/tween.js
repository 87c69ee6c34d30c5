/**
 * The way from one plan to the next: every operation starts where it was seen and slides to where it belongs. A shift is the
 * difference of the two at the beginning; what is left of it falls from 1 to 0.
 */

const SLIDE_MS = 400;
const TRACE_MS = 1500;
/** A plan that moves more than this share of the operations, or so many, leaves no outlines: they would be everywhere. */
const TRACE_SHARE = 0.5;
const TRACE_COUNT = 2000;

export class Tween {
  /**
   * @param {Float32Array} dx ticks by operation
   * @param {Float32Array} dy CSS pixels by operation
   * @param {number} begun milliseconds
   */
  constructor(dx, dy, begun) {
    this.dx = dx;
    this.dy = dy;
    this.begun = begun;
    /** Share of the shift that is left. */
    this.remaining = 1;
    /** Opacity of the outlines around what has moved. */
    this.trace = 1;
    this.hopping = indices(dy);
    const moved = indices(dx);
    const changed = new Set([...moved, ...this.hopping]);
    /** Operations that are outlined for a while. @type {ReadonlySet<number>} */
    this.traced = changed.size <= Math.min(TRACE_COUNT, TRACE_SHARE * dx.length) ? changed : new Set();
    this.still = moved.length === 0 && this.hopping.length === 0;
  }

  /** @param {number} now milliseconds */
  advance(now) {
    const slide = Math.min(1, Math.max(0, (now - this.begun) / SLIDE_MS));
    this.remaining = (1 - slide) ** 3;
    this.trace = Math.max(0, 1 - Math.max(0, now - this.begun) / TRACE_MS);
  }

  get sliding() {
    return this.remaining > 0 && !this.still;
  }

  get over() {
    return this.still || this.trace === 0;
  }
}

/** @param {Float32Array} shifts */
function indices(shifts) {
  const found = [];
  for (let index = 0; index < shifts.length; index++) if (shifts[index] !== 0) found.push(index);
  return found;
}

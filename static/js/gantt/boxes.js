/** The bars in view as boxes on the canvas, on whole device pixels. Filled again for every repaint, into the same objects. */

import { firstAbove, itemsOf } from "./columns.js";
import { laneBox, rowAt } from "./rows.js";

/**
 * Its parts from left to right: setup [setupX, runX), run [runX, tailX), teardown [tailX, endX).
 *
 * @typedef {Object} BarBox
 * @property {number} operation
 * @property {number} setupX
 * @property {number} runX
 * @property {number} tailX
 * @property {number} endX
 * @property {number} y
 * @property {number} height
 * @property {number} paint index in the colouring
 * @property {boolean} thin only a trace of it, in a folded row
 */

/** Bars that touch are told apart by a pixel between them when they are wider than this. */
const GAP_FROM = 5;

export class Boxes {
  constructor() {
    /** @private @type {BarBox[]} */
    this.pool = [];
    this.count = 0;
    /** @type {BarBox[][]} by paint */
    this.byPaint = [];
  }

  /**
   * @param {import("./picture.js").Picture} picture
   * @returns {this}
   */
  collect(picture) {
    this.count = 0;
    this.byPaint = picture.colouring.paints.map(() => []);
    const { rows, bars, viewport, plan } = picture;
    if (!bars || !plan || viewport.plotHeight <= 0) return this;
    const last = rowAt(rows, viewport.scrollY + viewport.plotHeight - 1);
    for (let index = Math.max(0, rowAt(rows, viewport.scrollY)); index <= last; index++) {
      const row = rows.rows[index];
      if (row.kind === "subject") this.collectSubject(picture, plan, bars, row, row.index);
      else if (row.folded) this.collectFolded(picture, plan, bars, row);
    }
    if (picture.tween?.sliding) this.collectHopping(picture, plan, bars, picture.tween);
    return this;
  }

  /**
   * @private
   * @param {import("./picture.js").Picture} picture
   * @param {import("./plan.js").Plan} plan
   * @param {import("./bars.js").Bars} bars
   * @param {import("./rows.js").Row} row
   * @param {number} subject
   */
  collectSubject(picture, plan, bars, row, subject) {
    const { viewport, tween } = picture;
    const sliding = tween?.sliding ? tween : null;
    const to = bars.offsets[subject + 1];
    const from = sliding ? bars.offsets[subject] : firstAbove(bars.reach, viewport.origin, bars.offsets[subject], to);
    const until = sliding ? Number.POSITIVE_INFINITY : viewport.until + bars.lead;
    const thin = row.kind === "group";
    for (let bar = from; bar < to && bars.begin[bar] < until; bar++) {
      if (sliding && !thin && sliding.dy[bars.operation[bar]] !== 0) continue;
      const { offset, height } = laneBox(row, thin ? 0 : bars.lane[bar], thin ? 1 : bars.lanes[subject]);
      this.push(picture, plan, bars, { bar, y: row.y + offset, height, thin });
    }
  }

  /**
   * All bars of a folded row, on top of each other.
   *
   * @private
   * @param {import("./picture.js").Picture} picture
   * @param {import("./plan.js").Plan} plan
   * @param {import("./bars.js").Bars} bars
   * @param {import("./rows.js").Row} row
   */
  collectFolded(picture, plan, bars, row) {
    if (row.index >= 0) {
      for (const machine of itemsOf(picture.scene.machinesByCell, row.index)) {
        this.collectSubject(picture, plan, bars, row, machine);
      }
      return;
    }
    for (let subject = 0; subject + 1 < bars.offsets.length; subject++) this.collectSubject(picture, plan, bars, row, subject);
  }

  /**
   * Bars on their way from one row to another, above all others.
   *
   * @private
   * @param {import("./picture.js").Picture} picture
   * @param {import("./plan.js").Plan} plan
   * @param {import("./bars.js").Bars} bars
   * @param {import("./tween.js").Tween} tween
   */
  collectHopping(picture, plan, bars, tween) {
    const { viewport, rows } = picture;
    for (const operation of tween.hopping) {
      const bar = bars.barOf[operation];
      const shift = tween.dx[operation] * tween.remaining;
      if (bars.end[bar] + shift < viewport.origin || bars.begin[bar] + shift > viewport.until) continue;
      const subject = plan.machine[operation];
      const row = rows.rows[rows.rowOf[subject]];
      const rise = tween.dy[operation] * tween.remaining;
      if (!row || row.y + row.height + rise < viewport.scrollY || row.y + rise > viewport.scrollY + viewport.plotHeight) continue;
      const { offset, height } = laneBox(row, bars.lane[bar], bars.lanes[subject]);
      this.push(picture, plan, bars, { bar, y: Math.round(row.y + offset + rise), height, thin: false });
    }
  }

  /**
   * @private
   * @param {import("./picture.js").Picture} picture
   * @param {import("./plan.js").Plan} plan
   * @param {import("./bars.js").Bars} bars
   * @param {{bar: number, y: number, height: number, thin: boolean}} place y from the top of the first row
   */
  push(picture, plan, bars, { bar, y, height, thin }) {
    const { viewport, tween, view } = picture;
    const operation = bars.operation[bar];
    const shift = tween?.sliding ? tween.dx[operation] * tween.remaining : 0;
    const begin = view === "orders" ? plan.setupStart[operation] : bars.begin[bar];
    const end = view === "orders" ? plan.end[operation] : bars.end[bar];
    const left = viewport.snapX(begin + shift);
    const right = viewport.snapX(end + shift);
    if (right < viewport.left || left > viewport.width) return;
    const box = this.next();
    const gap = right - left > GAP_FROM ? 1 : 0;
    box.operation = operation;
    box.setupX = left;
    box.endX = Math.max(left + 1, right - gap);
    box.runX = Math.min(box.endX, Math.max(left, viewport.snapX(plan.start[operation] + shift)));
    box.tailX = Math.max(box.runX, Math.min(box.endX, viewport.snapX(plan.runEnd[operation] + shift)));
    box.y = viewport.y(y);
    box.height = height;
    box.paint = picture.colouring.classOf[operation];
    box.thin = thin;
    this.byPaint[box.paint].push(box);
  }

  /** @private */
  next() {
    let box = this.pool[this.count];
    if (!box) {
      box = { operation: 0, setupX: 0, runX: 0, tailX: 0, endX: 0, y: 0, height: 0, paint: 0, thin: false };
      this.pool.push(box);
    }
    this.count++;
    return box;
  }

  /** @param {(box: BarBox) => void} visit */
  each(visit) {
    for (let index = 0; index < this.count; index++) visit(this.pool[index]);
  }
}

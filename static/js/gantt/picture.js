/** Everything that there is to see: scene, plan, view, window, look. The painters read it, the gantt changes it. No DOM. */

import { barsOf, subjectOf } from "./bars.js";
import { colouring } from "./colours.js";
import { frameFirst } from "./framing.js";
import { Load } from "./load.js";
import { makePatterns } from "./patterns.js";
import { laneBox, layRows } from "./rows.js";
import { TextWidths } from "./text.js";
import { TimeAxis } from "./time-axis.js";
import { Tween } from "./tween.js";
import { Viewport } from "./viewport.js";
import { Words } from "./words.js";

/** Height of a plain row in CSS pixels, on a wide screen and on a phone. */
const ROW_HEIGHT = 28;
const ROW_HEIGHT_NARROW = 32;

/** @typedef {{x: number, y: number, width: number, height: number}} Box */

export class Picture {
  /**
   * @param {import("./scene.js").Scene} scene
   * @param {import("./theme.js").Theme} theme
   * @param {string} locale
   */
  constructor(scene, theme, locale) {
    this.scene = scene;
    this.theme = theme;
    this.words = new Words(scene, locale);
    this.axis = new TimeAxis(scene, this.words);
    this.widths = new TextWidths();
    this.viewport = new Viewport();
    this.viewport.ticksPerHour = scene.hours(1);
    this.patterns = makePatterns(theme, 1);
    /** @type {import("./plan.js").Plan|null} */
    this.plan = null;
    /** @type {import("./bars.js").Bars|null} */
    this.bars = null;
    /** @type {Tween|null} */
    this.tween = null;
    /** @type {Load|null} */
    this.load = null;
    /** @type {import("./bars.js").View} */
    this.view = "machines";
    /** @type {import("./colours.js").ColourMode} */
    this.colour = "lateness";
    /** @type {Record<import("./bars.js").View, Set<number>>} */
    this.folded = { machines: new Set(), operators: new Set(), orders: new Set() };
    /** Height of a row when it was chosen by zooming; null: the usual one. @type {number|null} */
    this.unit = null;
    this.rows = layRows(scene, this.view, this.folded.machines, ROW_HEIGHT);
    this.colouring = colouring(this.colour, theme, scene, null);
    this.bottleneck = 0;
    /** Cell of the load strip; null: the bottleneck. @type {number|null} */
    this.loadCell = null;
    /** Tick of this moment. */
    this.now = 0;
    this.limit();
  }

  /** Ticks that can be reached: the horizon and what the plan needs. */
  limit() {
    const { days, begin, horizon } = this.scene;
    const lastDay = days.length > 0 ? days[days.length - 1].tick + this.scene.hours(24) : horizon;
    this.viewport.begin = Math.min(begin, this.plan?.begin ?? 0);
    this.viewport.end = Math.max(horizon, Math.min(lastDay, horizon + this.scene.hours(24)), this.plan?.makespan ?? 0, 1);
  }

  /** Height of a plain row when nobody has zoomed. */
  get usualUnit() {
    return this.viewport.narrow ? ROW_HEIGHT_NARROW : ROW_HEIGHT;
  }

  /** Lays the rows again: the view, the folds, or their height has changed. */
  layOut() {
    this.rows = layRows(this.scene, this.view, this.folded[this.view], this.unit ?? this.usualUnit);
    this.viewport.contentHeight = this.rows.height;
    this.viewport.clamp();
  }

  /**
   * @param {import("./plan.js").Plan} plan
   * @param {number|null} slideFrom milliseconds when the bars begin to slide to their places; null: they are there at once
   */
  setPlan(plan, slideFrom) {
    const before = this.plan && this.bars ? { plan: this.plan, bars: this.bars } : null;
    this.plan = plan;
    this.bars = barsOf(this.view, plan);
    this.tween = before && slideFrom !== null ? this.tweenFrom(before.plan, before.bars, slideFrom) : null;
    this.load = new Load(this.scene, plan);
    this.bottleneck = this.load.bottleneck(before ? this.bottleneck : -1);
    this.colouring = colouring(this.colour, this.theme, this.scene, plan);
    this.limit();
  }

  /**
   * @private
   * @param {import("./plan.js").Plan} old
   * @param {import("./bars.js").Bars} oldBars
   * @param {number} begun
   */
  tweenFrom(old, oldBars, begun) {
    const count = this.scene.operationCount;
    const dx = new Float32Array(count);
    const dy = new Float32Array(count);
    const { plan, bars, tween } = this;
    if (!plan || !bars) return null;
    const left = tween?.remaining ?? 0;
    for (let operation = 0; operation < count; operation++) {
      dx[operation] = old.start[operation] + (tween?.dx[operation] ?? 0) * left - plan.start[operation];
      if (this.view !== "machines" || !changesPlace(plan, bars, old, oldBars, operation)) {
        dy[operation] = (tween?.dy[operation] ?? 0) * left;
        continue;
      }
      const [from, to] = [this.contentY(oldBars, operation), this.contentY(bars, operation)];
      if (from !== null && to !== null) dy[operation] = from + (tween?.dy[operation] ?? 0) * left - to;
    }
    return new Tween(dx, dy, begun);
  }

  /**
   * @param {number} time of the animation frame in milliseconds
   * @returns {boolean} whether bars are or were sliding
   */
  advance(time) {
    const { tween } = this;
    if (!tween) return false;
    const sliding = tween.sliding;
    tween.advance(time);
    if (tween.over) this.tween = null;
    return sliding;
  }

  /**
   * @private
   * @param {import("./bars.js").Bars} bars
   * @param {number} operation
   * @returns {number|null} top of its bar from the top of the first row
   */
  contentY(bars, operation) {
    const bar = bars.barOf[operation];
    if (bar < 0) return null;
    const subject = subjectOf(bars, bar);
    const row = this.rows.rows[this.rows.rowOf[subject]];
    return row ? row.y + laneBox(row, bars.lane[bar], bars.lanes[subject]).offset : null;
  }

  /** @param {import("./bars.js").View} view */
  setView(view) {
    this.view = view;
    this.tween = null;
    this.bars = this.plan ? barsOf(view, this.plan) : null;
    this.viewport.scrollY = 0;
    this.unit = null; // other rows, another number of them: what fitted the old ones fits nothing now
    this.layOut();
  }

  /** @param {import("./colours.js").ColourMode} mode */
  setColour(mode) {
    this.colour = mode;
    this.colouring = colouring(mode, this.theme, this.scene, this.plan);
  }

  /** @param {import("./theme.js").Theme} theme */
  setTheme(theme) {
    this.theme = theme;
    this.patterns = makePatterns(theme, this.viewport.ratio);
    this.setColour(this.colour);
  }

  /**
   * @param {number} width CSS pixels
   * @param {number} height
   * @param {number} ratio device pixels in one
   */
  resize(width, height, ratio) {
    const { viewport } = this;
    const first = viewport.width === 0;
    if (ratio !== viewport.ratio) this.patterns = makePatterns(this.theme, ratio);
    Object.assign(viewport, { width, height, ratio });
    this.layOut();
    if (first) frameFirst(this);
  }

  /** @param {number} group */
  toggle(group) {
    const folded = this.folded[this.view];
    if (!folded.delete(group)) folded.add(group);
    this.layOut();
  }

  /**
   * @param {number} subject
   * @returns {Int32Array} its operations by start
   */
  operationsIn(subject) {
    const { bars } = this;
    return bars ? bars.operation.subarray(bars.offsets[subject], bars.offsets[subject + 1]) : new Int32Array();
  }

  /**
   * What a bar says, from everything to the least: the row says the rest.
   *
   * @param {number} operation
   * @returns {[full: string, short: string, least: string]}
   */
  barText(operation) {
    const { scene, plan, view } = this;
    const machine = plan ? scene.machines[plan.machine[operation]].name : "";
    if (view === "orders") return [`${machine}  ${scene.operationName[operation]}`, machine, machine];
    const { name, product } = scene.orderOf(operation);
    const label = scene.label(operation);
    return [`${label}  ${view === "operators" ? machine : product}`.trimEnd(), label, name];
  }

  /**
   * @param {number} operation
   * @returns {number|null} machine, operator or order in whose row its first bar is
   */
  subjectOf(operation) {
    const bar = this.bars?.barOf[operation] ?? -1;
    return this.bars && bar >= 0 ? subjectOf(this.bars, bar) : null;
  }

  /**
   * @param {number} subject
   * @returns {number} group whose header it is under
   */
  groupOf(subject) {
    return this.view === "machines" ? this.scene.machines[subject].cell : -1;
  }

  /**
   * @param {number} subject
   * @returns {number} its row, or the header under which it is folded away
   */
  rowOfSubject(subject) {
    const row = this.rows.rowOf[subject];
    if (row >= 0) return row;
    return this.rows.rows.findIndex(({ kind, index }) => kind === "group" && index === this.groupOf(subject));
  }

  /**
   * Unfolds the rows among which an operation is.
   *
   * @param {number} operation
   */
  unfold(operation) {
    const subject = this.subjectOf(operation);
    if (subject !== null && this.rows.rowOf[subject] < 0) this.toggle(this.groupOf(subject));
  }

  /**
   * Where the (first) bar of an operation is on the canvas, setup and teardown included; it may be out of the window.
   * Null without a plan, and while its row is folded away.
   *
   * @param {number} operation
   * @returns {Box|null}
   */
  rectOf(operation) {
    const bar = this.bars?.barOf[operation] ?? -1;
    return this.bars && bar >= 0 ? this.rectOfBar(this.bars, bar) : null;
  }

  /**
   * @param {number} operation
   * @returns {Box[]} of all its bars: one for every person in the operators' view
   */
  rectsOf(operation) {
    const { bars, plan } = this;
    if (!bars || !plan) return [];
    const people = this.view === "operators" ? plan.operatorsOf(operation) : [];
    const rects = people.map((person) => this.rectIn(this.rows.rowOf[person], operation));
    if (this.view !== "operators") rects.push(this.rectOf(operation));
    return rects.filter((rect) => rect !== null);
  }

  /**
   * @param {number} row
   * @param {number} operation
   * @returns {Box|null} of its bar in that row
   */
  rectIn(row, operation) {
    const { bars } = this;
    const subject = this.rows.rows[row];
    if (!bars || subject?.kind !== "subject") return null;
    for (let bar = bars.offsets[subject.index]; bar < bars.offsets[subject.index + 1]; bar++) {
      if (bars.operation[bar] === operation) return this.rectOfBar(bars, bar);
    }
    return null;
  }

  /**
   * @private
   * @param {import("./bars.js").Bars} bars
   * @param {number} bar
   * @returns {Box|null}
   */
  rectOfBar(bars, bar) {
    const { viewport } = this;
    const subject = subjectOf(bars, bar);
    const row = this.rows.rows[this.rows.rowOf[subject]];
    if (!row) return null;
    const { offset, height } = laneBox(row, bars.lane[bar], bars.lanes[subject]);
    const x = viewport.snapX(bars.begin[bar]);
    return { x, y: viewport.y(row.y + offset), width: Math.max(1, viewport.snapX(bars.end[bar]) - x), height };
  }
}

/**
 * @param {import("./plan.js").Plan} plan
 * @param {import("./bars.js").Bars} bars
 * @param {import("./plan.js").Plan} old
 * @param {import("./bars.js").Bars} oldBars
 * @param {number} operation
 */
function changesPlace(plan, bars, old, oldBars, operation) {
  if (plan.machine[operation] !== old.machine[operation]) return true;
  return bars.lane[bars.barOf[operation]] !== oldBars.lane[oldBars.barOf[operation]];
}

/** What the reader looks at: hover, selection, focus of the keyboard, found bars, areas being drawn; and what is said about it. */

import { sumArea } from "./area.js";
import { describe } from "./description.js";
import { hitTest } from "./hit.js";
import { Teller, Tooltip } from "./tooltip.js";

const DWELL_MS = 120;

/** @typedef {import("./overlay.js").Marks} Marks */

export class Attention {
  /**
   * @param {import("./gantt.js").Gantt} gantt
   * @param {HTMLElement} tip
   */
  constructor(gantt, tip) {
    this.gantt = gantt;
    this.tooltip = new Tooltip(tip);
    this.teller = new Teller(gantt.picture.words);
    /** @type {Marks} */
    this.marks = {
      hover: null,
      dwelling: false,
      selected: null,
      focus: null,
      focusVisible: false,
      found: new Set(),
      area: null,
      range: null,
    };
    /** @private @type {ReturnType<typeof setTimeout>|undefined} */
    this.dwell = undefined;
    /** Where rows are changed by keys, this moment is kept. @private @type {number|null} */
    this.heldTick = null;
  }

  get picture() {
    return this.gantt.picture;
  }

  /** What the keyboard is at; the first row in view when it is nowhere yet. */
  get focus() {
    return this.marks.focus ?? { row: 0, operation: null };
  }

  /** @returns {number} the moment that the keyboard is at */
  focusTick() {
    const { plan, viewport } = this.picture;
    const { operation } = this.focus;
    if (this.heldTick !== null) return this.heldTick;
    return plan && operation !== null ? plan.start[operation] : (viewport.origin + viewport.until) / 2;
  }

  /**
   * @param {number} row
   * @param {number|null} operation null: the row itself
   * @param {number|null} tick to come back to when the row changes again; null: the operation's own
   */
  focusOn(row, operation, tick = null) {
    this.hoverNothing();
    this.marks.focus = { row, operation };
    this.marks.focusVisible = true;
    this.heldTick = tick;
    this.reveal(row, operation);
    this.gantt.focusChanged();
  }

  /**
   * @private
   * @param {number} index row
   * @param {number|null} operation
   */
  reveal(index, operation) {
    const { plan, viewport, rows } = this.picture;
    const row = rows.rows[index];
    if (!row) return;
    if (plan && operation !== null) viewport.reveal(plan.setupStart[operation], plan.end[operation], row.y, row.height);
    else viewport.reveal(viewport.origin, viewport.origin, row.y, row.height);
    this.gantt.repaint();
  }

  /** @param {boolean} visible by keyboard, not by a click */
  focusGained(visible) {
    this.marks.focusVisible = visible;
    if (!this.marks.focus) {
      const { selected } = this.marks;
      this.marks.focus = { row: selected === null ? 0 : Math.max(0, this.rowOf(selected)), operation: selected };
    }
    this.gantt.focusChanged();
  }

  focusLost() {
    this.marks.focusVisible = false;
    this.gantt.surface.request(false);
  }

  /**
   * @param {number} operation
   * @returns {number} row of its first bar in this view; −1 when there is none, or it is folded away
   */
  rowOf(operation) {
    const { bars, rows } = this.picture;
    const subject = this.picture.subjectOf(operation);
    return bars && subject !== null ? rows.rowOf[subject] : -1;
  }

  /**
   * Marks an operation as selected and tells everybody.
   *
   * @param {number|null} operation
   * @param {"reveal"|"stay"} window reveal: scroll there
   */
  choose(operation, window) {
    if (window === "reveal") this.hoverNothing();
    const changed = operation !== this.marks.selected;
    const { picture, marks } = this;
    marks.selected = operation;
    if (operation !== null && picture.plan) picture.loadCell = picture.scene.machines[picture.plan.machine[operation]].cell;
    else picture.loadCell = null;
    if (operation !== null) this.moveFocus(operation, window);
    this.gantt.repaint();
    this.gantt.focusChanged();
    if (changed) this.gantt.emit("select", { operation });
  }

  /**
   * @private
   * @param {number} operation
   * @param {"reveal"|"stay"} window
   */
  moveFocus(operation, window) {
    if (window === "reveal") this.picture.unfold(operation);
    const row = this.rowOf(operation);
    if (row < 0) return;
    this.marks.focus = { row, operation };
    this.heldTick = null;
    if (window === "reveal") this.reveal(row, operation);
  }

  /**
   * The rows or bars are others now: the focus follows its operation, or stays in the list.
   */
  settle() {
    const { focus } = this.marks;
    if (!focus) return;
    const row = focus.operation === null ? focus.row : this.rowOf(focus.operation);
    const last = this.picture.rows.rows.length - 1;
    this.marks.focus = row < 0 ? { row: Math.min(focus.row, last), operation: null } : { ...focus, row: Math.min(row, last) };
  }

  /**
   * @param {number} x
   * @param {number} y
   */
  hoverAt(x, y) {
    const hit = hitTest(this.picture, x, y);
    const { canvas } = this.gantt;
    canvas.style.cursor = hit.operation !== null || hit.kind === "group" ? "pointer" : hit.kind === "axis" ? "col-resize" : "";
    const same = hit.operation === this.marks.hover;
    if (same && this.marks.dwelling) {
      if (hit.operation !== null) this.tooltip.place(x, y);
      return;
    }
    clearTimeout(this.dwell);
    if (!same) {
      this.marks.hover = hit.operation;
      this.marks.dwelling = false;
      this.tooltip.hide();
      this.gantt.emit("hover", { operation: hit.operation });
      this.gantt.surface.request(false);
    }
    if (hit.operation !== null || hit.downtime) this.dwell = setTimeout(() => this.explain(hit, x, y), DWELL_MS);
    else this.tooltip.hide();
  }

  /**
   * @private
   * @param {import("./hit.js").Hit} hit
   * @param {number} x
   * @param {number} y
   */
  explain({ operation, downtime }, x, y) {
    const { plan, words } = this.picture;
    if (operation !== null && plan) {
      const one = describe(plan, operation);
      const title = one.product ? `${one.label} ${one.product}` : one.label;
      this.tooltip.fill(
        title,
        `${one.operation} on ${one.machine}${one.customer ? ` · ${one.customer}` : ""}`,
        this.teller.lines(one),
      );
      this.marks.dwelling = true;
      this.gantt.surface.request(false);
    } else if (downtime) {
      const length = words.duration(downtime.end - downtime.begin);
      const kind = downtime.kind.charAt(0).toUpperCase() + downtime.kind.slice(1);
      this.tooltip.fill(downtime.reason || kind, `${kind}, ${length}`, [["Down", words.span(downtime.begin, downtime.end)]]);
    }
    this.tooltip.place(x, y);
  }

  hoverNothing() {
    clearTimeout(this.dwell);
    this.tooltip.hide();
    if (this.marks.hover === null) return;
    this.marks.hover = null;
    this.marks.dwelling = false;
    this.gantt.emit("hover", { operation: null });
    this.gantt.surface.request(false);
  }

  /** @param {NonNullable<Marks["area"]>} area */
  drawArea(area) {
    this.marks.area = area;
    const { words } = this.picture;
    const sum = sumArea(this.picture, area);
    this.tooltip.fill(words.span(sum.from, sum.to), `${sum.operations} operations in ${sum.rows} rows`, [
      ["Busy", words.duration(sum.busy)],
      ["Setup", words.duration(sum.setup)],
      ["Idle", words.duration(sum.idle)],
      ["Late", sum.late === 1 ? "1 operation" : `${sum.late} operations`, sum.late > 0 ? "late" : undefined],
    ]);
    this.tooltip.place(area.x1, area.y1);
    this.gantt.surface.request(false);
    return sum;
  }

  /** @param {NonNullable<Marks["area"]>} area */
  closeArea(area) {
    this.gantt.emit("area", this.drawArea(area));
  }

  /**
   * A click or a tap.
   *
   * @param {number} x
   * @param {number} y
   */
  press(x, y) {
    this.clearDrawing();
    const hit = hitTest(this.picture, x, y);
    const row = this.picture.rows.rows[hit.row];
    if (hit.kind === "bar") this.choose(hit.operation, "stay");
    else if (hit.kind === "row") this.choose(null, "stay");
    else if (hit.kind === "group" && row) this.gantt.toggle(row.index);
    else if (hit.kind === "name") this.focusOn(hit.row, null);
  }

  /** Ends what was begun last: an area, a search, the selection. */
  escape() {
    if (this.marks.area) this.clearDrawing();
    else if (this.marks.found.size > 0) this.gantt.locate("");
    else this.choose(null, "stay");
  }

  /** @param {Marks["range"]} range */
  drawRange(range) {
    this.marks.range = range;
    this.gantt.surface.request(false);
  }

  clearDrawing() {
    this.marks.area = null;
    this.marks.range = null;
    this.tooltip.hide();
    this.gantt.surface.request(false);
  }

  destroy() {
    clearTimeout(this.dwell);
  }
}

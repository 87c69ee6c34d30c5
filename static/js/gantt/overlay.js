/** The upper canvas: hover, selection and its order's chain, focus, found bars, traces of what has moved, due line, now line. */

import { itemsOf } from "./columns.js";
import { paintDueLine, paintLink } from "./links.js";
import { paintNamesAtHand } from "./names.js";

/**
 * What is marked.
 *
 * @typedef {Object} Marks
 * @property {number|null} hover operation under the pointer
 * @property {boolean} dwelling the pointer has rested there: the others are dimmed
 * @property {number|null} selected operation
 * @property {{row: number, operation: number|null}|null} focus of the keyboard
 * @property {boolean} focusVisible
 * @property {ReadonlySet<number>} found operations
 * @property {{x0: number, y0: number, x1: number, y1: number}|null} area being drawn on the plot
 * @property {{x0: number, x1: number}|null} range being drawn on the axis
 */

export class Overlay {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    const context = canvas.getContext("2d");
    if (!context) throw new Error("This browser has no canvas");
    this.context = context;
  }

  /**
   * @param {import("./picture.js").Picture} picture
   * @param {Marks} marks
   */
  paint(picture, marks) {
    const { context } = this;
    const { viewport } = picture;
    context.setTransform(viewport.ratio, 0, 0, viewport.ratio, 0, 0);
    context.clearRect(0, 0, viewport.width, viewport.height);
    this.clipped(viewport.left, viewport.plotWidth, viewport, () => this.paintPlot(picture, marks));
    this.clipped(0, viewport.width, viewport, () => {
      paintNamesAtHand(context, picture, rowsAtHand(picture, marks));
      this.paintFocus(picture, marks);
    });
    this.paintRange(picture, marks.range);
    this.paintNow(picture);
  }

  /**
   * @private
   * @param {import("./picture.js").Picture} picture
   * @param {Marks} marks
   */
  paintPlot(picture, marks) {
    const { hover, selected } = marks;
    const dwelt = marks.dwelling ? hover : null;
    if (dwelt !== null) this.paintDim(picture, dwelt);
    this.paintTraces(picture);
    for (const operation of marks.found) this.outline(picture, operation, picture.theme.now, 2, 1);
    if (selected !== null) this.paintChain(picture, selected);
    if (dwelt !== null && dwelt !== selected) this.paintChain(picture, dwelt);
    if (hover !== null && hover !== selected) this.outline(picture, hover, picture.theme.ink, 1.5, 0);
    if (selected !== null) this.outline(picture, selected, picture.theme.accent, 2, 2);
    this.paintArea(picture, marks.area);
  }

  /**
   * @private
   * @param {number} x
   * @param {number} width
   * @param {import("./viewport.js").Viewport} viewport
   * @param {() => void} paint
   */
  clipped(x, width, viewport, paint) {
    this.context.save();
    this.context.beginPath();
    this.context.rect(x, viewport.top, width, viewport.plotHeight);
    this.context.clip();
    paint();
    this.context.restore();
  }

  /**
   * @private
   * @param {import("./picture.js").Picture} picture
   * @param {number} operation
   * @param {string} colour
   * @param {number} width of the line
   * @param {number} distance between bar and line
   */
  outline(picture, operation, colour, width, distance) {
    const { context } = this;
    for (const rect of picture.rectsOf(operation)) {
      const grow = distance + width / 2;
      context.strokeStyle = colour;
      context.lineWidth = width;
      context.beginPath();
      context.roundRect(rect.x - grow, rect.y - grow, rect.width + 2 * grow, rect.height + 2 * grow, 3 + distance);
      context.stroke();
    }
  }

  /**
   * Everything but the order of an operation steps back.
   *
   * @private
   * @param {import("./picture.js").Picture} picture
   * @param {number} operation
   */
  paintDim(picture, operation) {
    const { context } = this;
    const { viewport, scene, theme } = picture;
    context.globalAlpha = 0.5;
    context.fillStyle = theme.surface;
    context.fillRect(viewport.left, viewport.top, viewport.plotWidth, viewport.plotHeight);
    context.globalAlpha = 1;
    for (const one of itemsOf(scene.operationsByOrder, scene.order[operation])) {
      for (const { x, y, width, height } of picture.rectsOf(one)) context.clearRect(x, y, width, height);
    }
  }

  /**
   * @private
   * @param {import("./picture.js").Picture} picture
   */
  paintTraces(picture) {
    const { tween, theme } = picture;
    if (!tween || tween.still || tween.trace === 0) return;
    this.context.globalAlpha = tween.trace * 0.9;
    for (const operation of tween.traced) {
      if (!tween.sliding) this.outline(picture, operation, theme.accent, 1, 1);
    }
    this.context.globalAlpha = 1;
  }

  /**
   * @private
   * @param {import("./picture.js").Picture} picture
   * @param {number} operation
   */
  paintChain(picture, operation) {
    const { context } = this;
    const { scene, theme, viewport, plan } = picture;
    if (!plan) return;
    const order = scene.order[operation];
    for (const one of itemsOf(scene.operationsByOrder, order)) {
      this.outline(picture, one, theme.accent, 1.25, 0);
      for (const link of itemsOf(scene.linksFrom, one)) {
        const after = scene.linkAfter[link];
        const [from, to] = [picture.rectOf(one), picture.rectOf(after)];
        if (!from || !to) continue;
        const fromX = viewport.snapX(plan.runEnd[one]);
        const toX = viewport.snapX(plan.start[after]);
        paintLink(context, theme.accent, { x: fromX, y: from.y + from.height / 2 }, { x: toX, y: to.y + to.height / 2 });
      }
    }
    const { due } = scene.orders[order];
    if (due !== null) paintDueLine(context, picture, due, scene.orders[order].name);
  }

  /**
   * @private
   * @param {import("./picture.js").Picture} picture
   * @param {Marks} marks
   */
  paintFocus(picture, { focus, focusVisible, selected }) {
    if (!focus || !focusVisible) return;
    const { context } = this;
    const { viewport, theme } = picture;
    const row = picture.rows.rows[focus.row];
    if (!row) return;
    if (focus.operation !== null) {
      const rect = picture.rectIn(focus.row, focus.operation);
      if (!rect) return;
      const grow = focus.operation === selected ? 6 : 3;
      context.strokeStyle = theme.surface;
      context.lineWidth = 4;
      context.strokeRect(rect.x - grow, rect.y - grow, rect.width + 2 * grow, rect.height + 2 * grow);
      context.strokeStyle = theme.accent;
      context.lineWidth = 2;
      context.setLineDash([4, 2]);
      context.strokeRect(rect.x - grow, rect.y - grow, rect.width + 2 * grow, rect.height + 2 * grow);
      context.setLineDash([]);
      return;
    }
    context.strokeStyle = theme.accent;
    context.lineWidth = 2;
    context.strokeRect(1, viewport.y(row.y) + 1, viewport.width - 2, Math.max(2, row.height - 2));
  }

  /**
   * @private
   * @param {import("./picture.js").Picture} picture
   * @param {Marks["area"]} area
   */
  paintArea({ theme }, area) {
    if (!area) return;
    const { context } = this;
    const [x, y] = [Math.min(area.x0, area.x1), Math.min(area.y0, area.y1)];
    const [width, height] = [Math.abs(area.x1 - area.x0), Math.abs(area.y1 - area.y0)];
    context.fillStyle = theme.accent;
    context.globalAlpha = 0.1;
    context.fillRect(x, y, width, height);
    context.globalAlpha = 1;
    context.strokeStyle = theme.accent;
    context.lineWidth = 1;
    context.strokeRect(x + 0.5, y + 0.5, width, height);
  }

  /**
   * @private
   * @param {import("./picture.js").Picture} picture
   * @param {Marks["range"]} range
   */
  paintRange({ viewport, theme }, range) {
    if (!range) return;
    const x = Math.max(viewport.left, Math.min(range.x0, range.x1));
    this.context.fillStyle = theme.accent;
    this.context.globalAlpha = 0.12;
    this.context.fillRect(x, 0, Math.max(range.x0, range.x1) - x, viewport.bottom);
    this.context.globalAlpha = 1;
  }

  /**
   * @private
   * @param {import("./picture.js").Picture} picture
   */
  paintNow({ viewport, theme, now }) {
    if (now < viewport.origin || now > viewport.until) return;
    const { context } = this;
    const x = viewport.snapX(now);
    context.fillStyle = theme.now;
    context.fillRect(x - 0.5, viewport.top - 6, 1.5, viewport.plotHeight + 6 + viewport.loadHeight);
    context.beginPath();
    context.moveTo(x - 4.25, viewport.top - 10);
    context.lineTo(x + 4.75, viewport.top - 10);
    context.lineTo(x + 0.25, viewport.top - 3);
    context.fill();
  }
}

/**
 * @param {import("./picture.js").Picture} picture
 * @param {Marks} marks
 * @returns {Set<number>} the rows of what is selected, what has the focus, and what is under the pointer
 */
function rowsAtHand(picture, { selected, focus, focusVisible, hover }) {
  const rows = new Set();
  const add = (/** @type {number|null} */ operation) => {
    const subject = operation === null ? null : picture.subjectOf(operation);
    if (subject !== null) rows.add(picture.rowOfSubject(subject));
  };
  add(selected);
  if (focus && focusVisible) rows.add(focus.row);
  add(hover);
  return rows;
}

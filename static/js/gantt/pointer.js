/** Mouse, pen and touch. Handlers change the window and the marks and ask for a repaint; they never paint. */

import { horizonPart, horizonTick } from "./horizon-strip.js";

const THRESHOLD_MOUSE = 4;
const THRESHOLD_TOUCH = 8;
const WHEEL_LINE = 24;
const ZOOM_SPEED = 0.0022;

/**
 * @typedef {"press"|"pan"|"area"|"range"|"pinch"|"from"|"to"|"window"} Gesture
 * press: nothing has moved yet; from, to, window: the handle on the whole horizon
 */

/** @typedef {{x: number, y: number}} Point */

export class Pointer {
  /**
   * @param {import("./gantt.js").Gantt} gantt
   * @param {HTMLCanvasElement} canvas
   * @param {AbortSignal} signal
   */
  constructor(gantt, canvas, signal) {
    this.gantt = gantt;
    this.canvas = canvas;
    /** @private @type {Map<number, Point>} */
    this.touches = new Map();
    /** @private @type {Gesture|null} */
    this.gesture = null;
    /** @private @type {Point} */
    this.begun = { x: 0, y: 0 };
    /** @private @type {Point} */
    this.last = { x: 0, y: 0 };
    /** @private */
    this.spread = 0;
    /** The space bar is held: drags pan. */
    this.spaceHeld = false;
    canvas.addEventListener("pointerdown", (event) => this.down(event), { signal });
    canvas.addEventListener("pointermove", (event) => this.move(event), { signal });
    canvas.addEventListener("pointerup", (event) => this.up(event), { signal });
    canvas.addEventListener("pointercancel", (event) => this.cancel(event), { signal });
    canvas.addEventListener("pointerleave", () => this.gantt.attention.hoverNothing(), { signal });
    canvas.addEventListener("dblclick", (event) => this.doubleClick(event), { signal });
    canvas.addEventListener("wheel", (event) => this.wheel(event), { signal, passive: false });
  }

  /**
   * @private
   * @param {MouseEvent} event
   * @returns {Point}
   */
  at(event) {
    const { left, top } = this.canvas.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  }

  /**
   * @private
   * @param {PointerEvent} event
   */
  down(event) {
    const point = this.at(event);
    this.gantt.attention.hoverNothing();
    this.canvas.setPointerCapture(event.pointerId);
    this.begun = point;
    this.last = point;
    if (event.pointerType === "touch") {
      this.touches.set(event.pointerId, point);
      this.gesture = this.touches.size === 2 ? "pinch" : "press";
      this.spread = this.touchSpread();
      if (this.touches.size === 1) this.grabHorizon(point);
      return;
    }
    if (event.button === 1 || (event.button === 0 && this.spaceHeld)) {
      event.preventDefault();
      this.gesture = "pan";
      this.canvas.style.cursor = "grabbing";
      return;
    }
    if (event.button !== 0) return;
    this.gesture = "press";
    this.grabHorizon(point);
  }

  /**
   * @private
   * @param {Point} point
   */
  grabHorizon(point) {
    if (this.gantt.hitTest(point.x, point.y).kind !== "horizon") return;
    const { viewport } = this.gantt.picture;
    const part = horizonPart(viewport, point.x);
    if (part === "outside") {
      viewport.origin = horizonTick(viewport, point.x) - viewport.plotWidth / viewport.scale / 2;
      viewport.clamp();
      this.gantt.repaint();
    }
    this.gesture = part === "outside" ? "window" : part;
  }

  /**
   * @private
   * @param {PointerEvent} event
   */
  move(event) {
    const point = this.at(event);
    if (this.touches.has(event.pointerId)) this.touches.set(event.pointerId, point);
    if (this.gesture === null) {
      if (event.pointerType !== "touch") this.gantt.attention.hoverAt(point.x, point.y);
      return;
    }
    if (this.gesture === "press") this.leavePress(event, point);
    this.drag(point);
    this.last = point;
  }

  /**
   * @private
   * @param {PointerEvent} event
   * @param {Point} point
   */
  leavePress(event, point) {
    const touch = event.pointerType === "touch";
    const moved = Math.hypot(point.x - this.begun.x, point.y - this.begun.y);
    if (moved < (touch ? THRESHOLD_TOUCH : THRESHOLD_MOUSE)) return;
    const { kind } = this.gantt.hitTest(this.begun.x, this.begun.y);
    if (touch) this.gesture = "pan";
    else if (kind === "axis") this.gesture = "range";
    else if (kind === "row" || kind === "bar") this.gesture = "area";
  }

  /**
   * @private
   * @param {Point} point
   */
  drag(point) {
    const { gantt, last, begun } = this;
    switch (this.gesture) {
      case "pan":
        gantt.panBy(point.x - last.x, point.y - last.y);
        break;
      case "pinch":
        this.pinch();
        break;
      case "area":
        gantt.attention.drawArea({ x0: begun.x, y0: begun.y, x1: point.x, y1: point.y });
        break;
      case "range":
        gantt.attention.drawRange({ x0: begun.x, x1: point.x });
        break;
      case "from":
      case "to":
      case "window":
        this.dragWindow(this.gesture, point);
        break;
    }
  }

  /**
   * @private
   * @param {"from"|"to"|"window"} part
   * @param {Point} point
   */
  dragWindow(part, point) {
    const { viewport } = this.gantt.picture;
    const step = horizonTick(viewport, point.x) - horizonTick(viewport, this.last.x);
    if (part === "window") viewport.origin += step;
    else if (part === "from") viewport.show(Math.min(viewport.origin + step, viewport.until - 1), viewport.until);
    else viewport.show(viewport.origin, Math.max(viewport.until + step, viewport.origin + 1));
    viewport.clamp();
    this.gantt.repaint();
  }

  /** @private */
  touchSpread() {
    const [a, b] = [...this.touches.values()];
    return a && b ? Math.max(1, Math.hypot(a.x - b.x, a.y - b.y)) : 0;
  }

  /** @private */
  pinch() {
    const [a, b] = [...this.touches.values()];
    if (!a || !b) return;
    const spread = this.touchSpread();
    this.gantt.zoomAt(spread / this.spread, (a.x + b.x) / 2);
    this.spread = spread;
  }

  /**
   * @private
   * @param {PointerEvent} event
   */
  up(event) {
    const point = this.at(event);
    const { gantt, gesture } = this;
    this.touches.delete(event.pointerId);
    this.gesture = this.touches.size > 0 ? "pan" : null;
    this.last = [...this.touches.values()][0] ?? point;
    this.canvas.style.cursor = "";
    if (gesture === "press") gantt.attention.press(this.begun.x, this.begun.y);
    else if (gesture === "range") gantt.zoomToRange(this.begun.x, point.x);
    else if (gesture === "area") gantt.attention.closeArea({ x0: this.begun.x, y0: this.begun.y, x1: point.x, y1: point.y });
  }

  /**
   * @private
   * @param {PointerEvent} event
   */
  cancel(event) {
    this.touches.delete(event.pointerId);
    this.gesture = null;
    this.gantt.attention.clearDrawing();
  }

  /**
   * @private
   * @param {MouseEvent} event
   */
  doubleClick(event) {
    const { x, y } = this.at(event);
    const hit = this.gantt.hitTest(x, y);
    if (hit.kind === "axis") this.gantt.zoom("fit");
    else if (hit.operation !== null) this.gantt.activate(hit.operation);
  }

  /**
   * Wheel: rows. Shift + wheel: time. Ctrl + wheel, which is also what a pinch on a touchpad sends: zoom at the pointer.
   *
   * @private
   * @param {WheelEvent} event
   */
  wheel(event) {
    const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? WHEEL_LINE : 1;
    let [dx, dy] = [event.deltaX * unit, event.deltaY * unit];
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      const { x } = this.at(event);
      this.gantt.zoomAt(Math.exp(-dy * ZOOM_SPEED), Math.max(x, this.gantt.picture.viewport.left));
      return;
    }
    if (event.shiftKey && dx === 0) [dx, dy] = [dy, 0];
    if (this.gantt.panBy(-dx, -dy)) event.preventDefault();
  }
}

/**
 * The interactive Gantt: `const gantt = new Gantt(host, scene, {locale})`, then `gantt.setFrame(bytes)` for every new plan.
 *
 * Events (all CustomEvents, the detail in brackets):
 *   select      another operation is selected {operation: number|null}
 *   activate    Enter or a double click on an operation {operation}
 *   hover       {operation: number|null}
 *   viewchange  what is shown {view, colour, level, from, to}: the zoom or null, the first and the last tick in view
 *   plan        a plan is on the screen {seq, lateOrders}
 *   area        an area was drawn, see area.js
 *   find, help  the keys / and ? were pressed
 */

import { AccessibleGrid } from "./accessible-grid.js";
import { Arrivals } from "./arrivals.js";
import { Attention } from "./attention.js";
import { describe } from "./description.js";
import { frameLevel, frameNow, frameOperation, levelOf } from "./framing.js";
import { hitTest } from "./hit.js";
import { listenToKeys } from "./keyboard.js";
import { Legend } from "./legend.js";
import { Overlay } from "./overlay.js";
import { Painter } from "./painter.js";
import { Picture } from "./picture.js";
import { Pointer } from "./pointer.js";
import { Scene } from "./scene.js";
import { Search } from "./search.js";
import { Surface } from "./surface.js";
import { readTheme } from "./theme.js";

/**
 * @typedef {Object} Options
 * @property {string} [locale] of dates, "en-GB" by default
 * @property {HTMLElement} [legend] where the legend goes; under the plot by default
 * @property {() => number} [now] milliseconds since 1970, the clock by default
 */

const STILL = matchMedia("(prefers-reduced-motion: reduce)");

export class Gantt extends EventTarget {
  /**
   * @param {HTMLElement} host with a size of its own
   * @param {import("./scene.js").WireScene} scene
   * @param {Options} [options]
   */
  constructor(host, scene, { locale = "en-GB", legend, now = Date.now } = {}) {
    super();
    this.surface = new Surface(host, {
      resized: (width, height, ratio) => this.picture.resize(width, height, ratio),
      themeChanged: () => this.themeChanged(),
      fontsReady: () => this.fontsReady(),
      clock: () => this.tick(),
      paint: (time, layers) => this.paint(time, layers.base),
    });
    this.canvas = this.surface.overlay;
    this.picture = new Picture(new Scene(scene), readTheme(this.surface.root), locale);
    this.attention = new Attention(this, this.surface.tip);
    this.pointer = new Pointer(this, this.canvas, this.surface.stopped.signal);
    listenToKeys(this, this.canvas, this.surface.stopped.signal);
    /** @private */
    this.clock = now;
    /** @private */
    this.painter = new Painter(this.surface.base);
    /** @private */
    this.overlay = new Overlay(this.surface.overlay);
    /** @private */
    this.legend = new Legend(legend ?? this.surface.root);
    /** @private */
    this.grid = new AccessibleGrid(this.canvas, this.surface.status);
    /** @private */
    this.arrivals = new Arrivals(this.picture.scene, () => this.repaint());
    /** @private */
    this.lastView = "";
    /** @private */
    this.search = new Search(this);
    this.legend.show(this.picture.colouring.legend);
    this.tick();
    this.surface.measure();
    this.focusChanged();
  }

  /** @returns {number|null} */
  get selected() {
    return this.attention.marks.selected;
  }

  /** Number of the event that brought the plan on the screen; null without a plan. */
  get seq() {
    return this.picture.plan?.seq ?? null;
  }

  get view() {
    return this.picture.view;
  }

  get colour() {
    return this.picture.colour;
  }

  /**
   * Shows a plan. Of several that arrive between two repaints only the newest is shown.
   *
   * @param {ArrayBuffer} buffer see frames.js
   * @returns {Promise<boolean>} false when a newer one was shown instead
   * @throws {import("./frames.js").FrameError} when the bytes are not a plan for this scene
   */
  setFrame(buffer) {
    return this.arrivals.accept(buffer);
  }

  /** @param {import("./bars.js").View} view */
  setView(view) {
    if (view === this.picture.view) return;
    this.attention.hoverNothing();
    this.picture.setView(view);
    this.attention.settle();
    if (this.selected !== null) this.attention.choose(this.selected, "reveal");
    this.repaint();
    this.focusChanged();
  }

  /** @param {import("./colours.js").ColourMode} mode */
  setColour(mode) {
    this.picture.setColour(mode);
    this.legend.show(this.picture.colouring.legend);
    this.repaint();
  }

  /** @param {import("./framing.js").Zoom} level */
  zoom(level) {
    frameLevel(this.picture, level, this.selected);
    this.repaint();
  }

  /**
   * @param {number|null} operation
   */
  select(operation) {
    this.attention.choose(operation, "reveal");
  }

  /** @param {number} operation */
  activate(operation) {
    this.attention.choose(operation, "stay");
    this.emit("activate", { operation });
  }

  /**
   * Scrolls to what a text names and marks all that match; the same text again goes on to the next.
   *
   * @param {string} text order, step, product, customer, machine or operator; "" ends the search
   * @returns {import("./search.js").Located}
   */
  locate(text) {
    return this.search.locate(text);
  }

  /**
   * @param {number} operation
   * @returns {import("./description.js").Description|null} null without a plan
   */
  describe(operation) {
    return this.picture.plan ? describe(this.picture.plan, operation) : null;
  }

  /**
   * @param {number} x CSS pixels from the left edge of the Gantt
   * @param {number} y from its top edge
   */
  hitTest(x, y) {
    return hitTest(this.picture, x, y);
  }

  /**
   * @param {number} operation
   * @returns {import("./picture.js").Box|null} its bar, in CSS pixels from the corner of the Gantt; it may be out of the window
   */
  rectOf(operation) {
    return this.picture.rectOf(operation);
  }

  /**
   * Folds or unfolds the rows under a header.
   *
   * @param {number} group cell; −1 for the one header of operators and orders
   */
  toggle(group) {
    this.picture.toggle(group);
    this.attention.settle();
    this.repaint();
    this.focusChanged();
  }

  /**
   * @param {number} dx pixels that the content moves to the right
   * @param {number} dy pixels that it moves down
   * @returns {boolean} whether anything moved
   */
  panBy(dx, dy) {
    const { viewport } = this.picture;
    const { origin, scrollY } = viewport;
    viewport.panBy(dx, dy);
    if (origin === viewport.origin && scrollY === viewport.scrollY) return false;
    this.attention.hoverNothing();
    this.repaint();
    return true;
  }

  /**
   * @param {number} factor above 1 zooms in
   * @param {number} [x] stays where it is; the middle by default
   */
  zoomAt(factor, x) {
    const { viewport } = this.picture;
    viewport.zoomAt(factor, x ?? viewport.left + viewport.plotWidth / 2);
    this.attention.hoverNothing();
    this.repaint();
  }

  /**
   * @param {number} x0
   * @param {number} x1
   */
  zoomToRange(x0, x1) {
    const { viewport } = this.picture;
    this.attention.clearDrawing();
    viewport.show(viewport.tick(Math.max(viewport.left, Math.min(x0, x1))), viewport.tick(Math.max(x0, x1)));
    this.repaint();
  }

  /** Puts this moment into view. */
  showNow() {
    frameNow(this.picture);
    this.repaint();
  }

  /** Centres the operation at hand; once it is there, shows everything. */
  centreThenFit() {
    const operation = this.attention.focus.operation ?? this.selected;
    if (operation === null || !frameOperation(this.picture, operation)) frameLevel(this.picture, "fit", null);
    this.repaint();
  }

  /**
   * @param {string} type
   * @param {object} detail
   */
  emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  /**
   * Tells those who do not see the screen.
   *
   * @param {string} text
   */
  say(text) {
    this.grid.say(text);
  }

  /** The window, the rows or the look have changed. */
  repaint() {
    this.surface.request(true);
  }

  /** What the keyboard is at has changed. */
  focusChanged() {
    this.grid.show(this.picture, this.attention.marks);
    this.surface.request(false);
  }

  /** @private */
  tick() {
    const { picture } = this;
    picture.now = picture.scene.tickAt(this.clock());
    this.surface.request(false);
  }

  /** @private */
  themeChanged() {
    this.picture.setTheme(readTheme(this.surface.root));
    this.legend.show(this.picture.colouring.legend);
    this.repaint();
  }

  /** @private */
  fontsReady() {
    this.picture.widths.clear();
    this.repaint();
  }

  /**
   * @private
   * @param {number} time of the animation frame
   * @param {boolean} base the lower canvas is out of date
   * @returns {boolean} whether the picture goes on moving
   */
  paint(time, base) {
    const { picture } = this;
    if (picture.viewport.width === 0) return false;
    const arrival = this.arrivals.take();
    if (arrival) this.showPlan(arrival.plan, time);
    const sliding = picture.advance(time);
    if (base || arrival || sliding) this.painter.paint(picture);
    this.overlay.paint(picture, this.attention.marks);
    this.tellView();
    if (arrival) {
      arrival.settle(true);
      this.emit("plan", { seq: arrival.plan.seq, lateOrders: arrival.plan.lateOrders });
    }
    return picture.tween !== null;
  }

  /**
   * @private
   * @param {import("./plan.js").Plan} plan
   * @param {number} time
   */
  showPlan(plan, time) {
    this.picture.setPlan(plan, STILL.matches ? null : time);
    this.attention.settle();
    this.legend.show(this.picture.colouring.legend);
    this.grid.show(this.picture, this.attention.marks);
    this.grid.news(() => this.news());
  }

  /** @private */
  news() {
    const { plan, words } = this.picture;
    if (!plan) return "";
    const late = plan.lateOrders === 1 ? "1 late order" : `${plan.lateOrders} late orders`;
    return `New plan: ${late}, all done by ${words.moment(plan.makespan)}`;
  }

  /** @private */
  tellView() {
    const { view, colour, viewport } = this.picture;
    const detail = { view, colour, level: levelOf(this.picture), from: viewport.origin, to: viewport.until };
    const key = JSON.stringify([detail, viewport.scrollY]);
    if (key === this.lastView) return;
    this.lastView = key;
    this.emit("viewchange", detail);
  }

  destroy() {
    this.arrivals.close();
    this.attention.destroy();
    this.grid.destroy();
    this.legend.destroy();
    this.surface.destroy();
  }
}

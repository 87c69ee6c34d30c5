/** The window on the plan: which ticks and rows are where on the canvas, in CSS pixels from its top left corner. */

export const HEADER_HEIGHT = 48;
const OVERVIEW_HEIGHT = 40;
const NARROW = 600;
/** From here on names of machines have room to be read in full. */
const WIDE = 1000;

/** Widest zoom in: so many pixels for an hour. */
const MAX_PIXELS_PER_HOUR = 1200;

export class Viewport {
  constructor() {
    this.width = 0;
    this.height = 0;
    /** Device pixels in one CSS pixel. */
    this.ratio = 1;
    /** Tick at the left edge of the plot. */
    this.origin = 0;
    /** Pixels of a tick. */
    this.scale = 1;
    this.scrollY = 0;
    this.contentHeight = 0;
    /** Ticks that can be reached. */
    this.begin = 0;
    this.end = 1;
    this.ticksPerHour = 60;
  }

  get narrow() {
    return this.width < NARROW;
  }

  /** Where the plot begins: the width of the frozen column. */
  get left() {
    return this.narrow ? 92 : this.width < WIDE ? 168 : 208;
  }

  get top() {
    return HEADER_HEIGHT;
  }

  get plotWidth() {
    return Math.max(1, this.width - this.left);
  }

  get loadHeight() {
    return this.height < 360 ? 0 : this.narrow ? 48 : 68;
  }

  get overviewHeight() {
    return this.height < 240 ? 0 : OVERVIEW_HEIGHT;
  }

  /** Room for rows: what they need, at most what is left beside the strips. */
  get plotHeight() {
    const room = this.height - this.top - this.loadHeight - this.overviewHeight;
    return Math.max(0, Math.min(room, this.contentHeight));
  }

  get bottom() {
    return this.top + this.plotHeight;
  }

  /** Height that the plot, the load strip and the overview take together. */
  get usedHeight() {
    return this.bottom + this.loadHeight + this.overviewHeight;
  }

  /** @param {number} tick */
  x(tick) {
    return this.left + (tick - this.origin) * this.scale;
  }

  /** @param {number} x */
  tick(x) {
    return this.origin + (x - this.left) / this.scale;
  }

  /** Last tick in view. */
  get until() {
    return this.origin + this.plotWidth / this.scale;
  }

  /**
   * @param {number} tick
   * @returns {number} on a whole device pixel
   */
  snapX(tick) {
    return Math.round(this.x(tick) * this.ratio) / this.ratio;
  }

  /** @param {number} contentY from the top of the first row */
  y(contentY) {
    return this.top + contentY - this.scrollY;
  }

  /** Keeps the window within what there is. */
  clamp() {
    const span = this.end - this.begin;
    const least = this.plotWidth / span;
    this.scale = Math.min(Math.max(this.scale, least), Math.max(least, MAX_PIXELS_PER_HOUR / this.ticksPerHour));
    const visible = this.plotWidth / this.scale;
    this.origin = Math.max(this.begin, Math.min(this.origin, this.end - visible));
    this.scrollY = Math.round(Math.max(0, Math.min(this.scrollY, this.contentHeight - this.plotHeight)));
  }

  /**
   * The tick under x stays where it is.
   *
   * @param {number} factor above 1 zooms in
   * @param {number} x
   */
  zoomAt(factor, x) {
    const fixed = this.tick(x);
    this.scale *= factor;
    this.clamp();
    this.origin = fixed - (x - this.left) / this.scale;
    this.clamp();
  }

  /**
   * @param {number} from tick
   * @param {number} to tick
   */
  show(from, to) {
    this.scale = this.plotWidth / Math.max(1e-6, to - from);
    this.origin = from;
    this.clamp();
  }

  /**
   * @param {number} dx pixels that the content moves to the right
   * @param {number} dy pixels that it moves down
   */
  panBy(dx, dy) {
    this.origin -= dx / this.scale;
    this.scrollY -= dy;
    this.clamp();
  }

  /**
   * Scrolls as little as possible, so that a box of the content is in view with some air around it.
   *
   * @param {number} from tick
   * @param {number} to tick
   * @param {number} y from the top of the first row
   * @param {number} height
   */
  reveal(from, to, y, height) {
    const air = Math.min(48, this.plotWidth / 8) / this.scale;
    const visible = this.plotWidth / this.scale;
    if (to - from > visible - 2 * air) this.origin = from - air;
    else if (from - air < this.origin) this.origin = from - air;
    else if (to + air > this.origin + visible) this.origin = to + air - visible;
    if (y < this.scrollY) this.scrollY = y;
    else if (y + height > this.scrollY + this.plotHeight) this.scrollY = y + height - this.plotHeight;
    this.clamp();
  }
}

/** Everything at once: rows too low for shapes are written into a pixel buffer, one fill for each line of a bar. */

import { Standing } from "./plan.js";
import { laneBox, rowAt } from "./rows.js";

/** Rows lower than this are drawn by pixels. */
export const PIXEL_ROW_HEIGHT = 6;

/** Device pixels from which a bar shows its pauses. */
const PAUSE_WIDTH = 5;
const LOOP_PIXELS = 24;

export class PixelPlot {
  constructor() {
    /** @private @type {ImageData|null} */
    this.image = null;
    /** @private */
    this.pixels = new Uint32Array();
    /** @private */
    this.width = 0;
    /** @private */
    this.height = 0;
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {import("./picture.js").Picture} picture
   */
  paint(context, picture) {
    const { viewport } = picture;
    const width = Math.round(viewport.plotWidth * viewport.ratio);
    const height = Math.round(viewport.plotHeight * viewport.ratio);
    if (width < 1 || height < 1) return;
    if (this.image?.width !== width || this.image.height !== height) {
      this.image = new ImageData(width, height);
      this.width = width;
      this.height = height;
      this.pixels = new Uint32Array(this.image.data.buffer);
    }
    this.pixels.fill(picture.theme.pixel.surface);
    this.paintClosed(picture);
    this.paintBars(picture);
    context.putImageData(this.image, Math.round(viewport.left * viewport.ratio), Math.round(viewport.top * viewport.ratio));
  }

  /**
   * @private
   * @param {number} x device pixels
   * @param {number} y
   * @param {number} right
   * @param {number} bottom
   * @param {number} colour
   */
  fill(x, y, right, bottom, colour) {
    const { pixels, width, height } = this;
    const from = Math.max(0, x);
    const to = Math.min(width, right > x ? right : x + 1);
    if (from >= to) return;
    const end = Math.min(height, bottom > y ? bottom : y + 1);
    for (let line = Math.max(0, y); line < end; line++) {
      const last = line * width + to;
      // A loop is faster than fill() for the few pixels that most bars have.
      if (to - from > LOOP_PIXELS) pixels.fill(colour, line * width + from, last);
      else for (let at = line * width + from; at < last; at++) pixels[at] = colour;
    }
  }

  /**
   * @private
   * @param {import("./picture.js").Picture} picture
   */
  paintClosed({ scene, view, rows, viewport, theme }) {
    const closed = theme.pixel.closed;
    const header = theme.pixel.surface2;
    for (const row of this.rowsInView(rows, viewport)) {
      const y = Math.round((row.y - viewport.scrollY) * viewport.ratio);
      const bottom = Math.round((row.y + row.height - viewport.scrollY) * viewport.ratio);
      if (row.kind === "group") {
        this.fill(0, y, this.width, bottom, header);
        continue;
      }
      const list =
        view === "machines"
          ? scene.machines[row.index].closed
          : view === "operators"
            ? scene.operators[row.index].closed
            : scene.plantClosed;
      for (let at = 0; at < list.length; at += 2) {
        this.fill(this.deviceX(viewport, list[at]), y, this.deviceX(viewport, list[at + 1]), bottom, closed);
      }
    }
  }

  /**
   * @private
   * @param {import("./rows.js").Rows} rows
   * @param {import("./viewport.js").Viewport} viewport
   */
  rowsInView(rows, viewport) {
    const first = Math.max(0, rowAt(rows, viewport.scrollY));
    return rows.rows.slice(first, rowAt(rows, viewport.scrollY + viewport.plotHeight - 1) + 1);
  }

  /**
   * @private
   * @param {import("./viewport.js").Viewport} viewport
   * @param {number} tick
   */
  deviceX(viewport, tick) {
    return Math.round((tick - viewport.origin) * viewport.scale * viewport.ratio);
  }

  /**
   * Calm ones first, late ones last: what matters is not hidden by its neighbours.
   *
   * @private
   * @param {import("./picture.js").Picture} picture
   */
  paintBars(picture) {
    const { bars, plan, viewport, colouring, rows } = picture;
    if (!bars || !plan) return;
    const byLateness = colouring.mode === "lateness";
    const setup = picture.theme.pixel.setup;
    const visible = this.rowsInView(rows, viewport).filter((row) => row.kind === "subject");
    for (const late of byLateness ? [false, true] : [false]) {
      for (const row of visible) {
        for (let bar = bars.offsets[row.index]; bar < bars.offsets[row.index + 1]; bar++) {
          const operation = bars.operation[bar];
          const paint = colouring.classOf[operation];
          if (byLateness && (paint === Standing.LATE) !== late) continue;
          this.paintBar(picture, plan, { row, bar, operation, paint: colouring.paints[paint], setup });
        }
      }
    }
  }

  /**
   * @private
   * @param {import("./picture.js").Picture} picture
   * @param {import("./plan.js").Plan} plan
   * @param {{row: import("./rows.js").Row, bar: number, operation: number, paint: import("./colours.js").Paint, setup: number}} one
   */
  paintBar({ bars, viewport, tween }, plan, { row, bar, operation, paint, setup }) {
    if (!bars) return;
    const shift = tween?.sliding ? tween.dx[operation] * tween.remaining : 0;
    const { offset, height } = laneBox(row, bars.lane[bar], bars.lanes[row.index]);
    const y = Math.round((row.y + offset - viewport.scrollY) * viewport.ratio);
    const bottom = Math.round((row.y + offset + height - viewport.scrollY) * viewport.ratio);
    const begin = this.deviceX(viewport, bars.begin[bar] + shift);
    const run = this.deviceX(viewport, Math.max(bars.begin[bar], plan.start[operation]) + shift);
    const end = this.deviceX(viewport, bars.end[bar] + shift);
    if (run > begin) this.fill(begin, y, run, bottom, setup);
    this.fill(run, y, end, bottom, paint.pixel);
    if (end - begin < PAUSE_WIDTH) return;
    const pauses = plan.pauses(operation);
    for (let at = 0; at < pauses.length; at += 2) {
      const from = this.deviceX(viewport, pauses[at] + shift);
      const to = this.deviceX(viewport, pauses[at + 1] + shift);
      if (to - from > 1) this.fill(Math.max(begin, from), y, Math.min(end, to), bottom, paint.pausePixel);
    }
  }
}

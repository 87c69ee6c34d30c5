/** At the very bottom: the whole horizon, how busy the plant is and where orders end late, with the window that the plot shows. */

import { PLANT } from "./load.js";
import { Standing } from "./plan.js";

const BUSY_HEIGHT = 12;
const LATE_HEIGHT = 5;
const CELL_WIDTH = 6;
const HANDLE_GRIP = 6;

/**
 * @param {import("./viewport.js").Viewport} viewport
 * @param {number} tick
 * @returns {number} x on the strip
 */
export function horizonX(viewport, tick) {
  return viewport.left + ((tick - viewport.begin) / (viewport.end - viewport.begin)) * viewport.plotWidth;
}

/**
 * @param {import("./viewport.js").Viewport} viewport
 * @param {number} x
 * @returns {number} tick
 */
export function horizonTick(viewport, x) {
  return viewport.begin + ((x - viewport.left) / viewport.plotWidth) * (viewport.end - viewport.begin);
}

/**
 * @param {import("./viewport.js").Viewport} viewport
 * @param {number} x
 * @returns {"from"|"to"|"window"|"outside"} what of the window is there
 */
export function horizonPart(viewport, x) {
  const from = horizonX(viewport, viewport.origin);
  const to = horizonX(viewport, viewport.until);
  if (Math.abs(x - from) <= HANDLE_GRIP && to - from > 3 * HANDLE_GRIP) return "from";
  if (Math.abs(x - to) <= HANDLE_GRIP && to - from > 3 * HANDLE_GRIP) return "to";
  return x >= from && x <= to ? "window" : "outside";
}

/**
 * Paints the window's surroundings from a copy, which only a new plan, look or width makes again.
 */
export class HorizonStrip {
  constructor() {
    /** @private @type {OffscreenCanvas|null} */
    this.copy = null;
    /** @private @type {unknown[]} */
    this.made = [];
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {import("./picture.js").Picture} picture
   */
  paint(context, picture) {
    const { viewport, theme, widths } = picture;
    const height = viewport.overviewHeight;
    if (height === 0) return;
    const top = viewport.bottom + viewport.loadHeight;
    context.fillStyle = theme.surface;
    context.fillRect(0, top, viewport.width, height);
    context.fillStyle = theme.lineStrong;
    context.fillRect(0, top, viewport.width, 1);
    context.fillRect(0, top + height - 1, viewport.width, 1);
    context.font = `400 11px ${theme.font}`;
    context.textBaseline = "middle";
    context.fillStyle = theme.ink2;
    const x = viewport.narrow ? 6 : 14;
    context.fillText(
      widths.fit(context, viewport.narrow ? "Horizon" : "Whole horizon", viewport.left - x - 4),
      x,
      top + height / 2,
    );
    const strip = this.strip(picture);
    if (strip) context.drawImage(strip, viewport.left, top + 10, viewport.plotWidth, BUSY_HEIGHT + 2 + LATE_HEIGHT);
    this.paintWindow(context, picture, top);
  }

  /**
   * @private
   * @param {CanvasRenderingContext2D} context
   * @param {import("./picture.js").Picture} picture
   * @param {number} top
   */
  paintWindow(context, { viewport, theme }, top) {
    const from = Math.round(horizonX(viewport, viewport.origin));
    const to = Math.min(viewport.width - 1, Math.round(horizonX(viewport, viewport.until)));
    context.strokeStyle = theme.accent;
    context.lineWidth = 2;
    context.beginPath();
    context.roundRect(from + 1, top + 6, Math.max(6, to - from - 2), height(viewport), 4);
    context.stroke();
    context.globalAlpha = 0.08;
    context.fillStyle = theme.accent;
    context.fill();
    context.globalAlpha = 1;
  }

  /**
   * @private
   * @param {import("./picture.js").Picture} picture
   */
  strip(picture) {
    const { plan, load, theme, viewport } = picture;
    if (!plan || !load) return null;
    const made = [plan, theme, viewport.plotWidth, viewport.ratio, viewport.begin, viewport.end];
    if (this.copy && made.every((value, index) => value === this.made[index])) return this.copy;
    this.made = made;
    this.copy = drawStrip(picture, plan, load);
    return this.copy;
  }
}

/** @param {import("./viewport.js").Viewport} viewport */
function height(viewport) {
  return viewport.overviewHeight - 12;
}

/**
 * @param {import("./picture.js").Picture} picture
 * @param {import("./plan.js").Plan} plan
 * @param {import("./load.js").Load} load
 */
function drawStrip({ viewport, theme }, plan, load) {
  const copy = new OffscreenCanvas(
    Math.max(1, Math.round(viewport.plotWidth * viewport.ratio)),
    Math.round((BUSY_HEIGHT + 2 + LATE_HEIGHT) * viewport.ratio),
  );
  const context = copy.getContext("2d");
  if (!context) return null;
  context.scale(viewport.ratio, viewport.ratio);
  const cells = Math.max(1, Math.floor(viewport.plotWidth / CELL_WIDTH));
  const { shares, late } = survey(viewport, plan, load, cells);
  const width = viewport.plotWidth / cells;
  for (let cell = 0; cell < cells; cell++) {
    const x = Math.round(cell * width);
    const w = Math.max(1, Math.round((cell + 1) * width) - x - 1);
    context.globalAlpha = 1;
    context.fillStyle = theme.closed;
    context.fillRect(x, 0, w, BUSY_HEIGHT);
    context.fillStyle = theme.onTime;
    context.globalAlpha = Math.min(1, shares[cell]);
    context.fillRect(x, 0, w, BUSY_HEIGHT);
    context.globalAlpha = 1;
    context.fillStyle = theme.late;
    if (late[cell] > 0) context.fillRect(x, BUSY_HEIGHT + 2, w, LATE_HEIGHT);
  }
  return copy;
}

/**
 * @param {import("./viewport.js").Viewport} viewport
 * @param {import("./plan.js").Plan} plan
 * @param {import("./load.js").Load} load
 * @param {number} cells
 * @returns {{shares: Float64Array, late: Uint16Array}} by cell of the strip: busy share of the plant, late orders that end there
 */
function survey(viewport, plan, load, cells) {
  const span = (viewport.end - viewport.begin) / cells;
  const shares = Float64Array.from({ length: cells }, (_, cell) => {
    const from = viewport.begin + cell * span;
    const { busy, open } = load.part(PLANT, from, from + span);
    return open > 0 ? busy / open : 0;
  });
  const late = new Uint16Array(cells);
  plan.orderStanding.forEach((standing, order) => {
    if (standing !== Standing.LATE) return;
    const cell = Math.floor((plan.finish[order] - viewport.begin) / span);
    late[Math.max(0, Math.min(cells - 1, cell))]++;
  });
  return { shares, late };
}

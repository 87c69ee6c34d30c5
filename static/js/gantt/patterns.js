/** Hatches. A hatch holds on to time and rows: it moves with what it is drawn on. */

/**
 * @typedef {Object} Patterns
 * @property {CanvasPattern} setup
 * @property {CanvasPattern} down
 * @property {CanvasPattern} late
 * @property {CanvasPattern} pause
 */

const TILE = 6;

/**
 * @param {number} ratio device pixels in a CSS pixel
 * @param {string} colour
 * @param {number} width of a line in CSS pixels
 * @param {"rising"|"crossed"} lines
 * @returns {CanvasPattern}
 */
function hatch(ratio, colour, width, lines) {
  const side = Math.round(TILE * ratio);
  const tile = new OffscreenCanvas(side, side);
  const context = tile.getContext("2d");
  if (!context) throw new Error("This browser has no canvas");
  context.strokeStyle = colour;
  context.lineWidth = width * ratio;
  context.beginPath();
  for (const shift of [-side, 0, side]) {
    context.moveTo(shift - 1, side + 1);
    context.lineTo(shift + side + 1, -1);
    if (lines === "rising") continue;
    context.moveTo(shift - 1, -1);
    context.lineTo(shift + side + 1, side + 1);
  }
  context.stroke();
  const pattern = context.createPattern(tile, "repeat");
  if (!pattern) throw new Error("This browser has no canvas patterns");
  return pattern;
}

/**
 * @param {import("./theme.js").Theme} theme
 * @param {number} ratio
 * @returns {Patterns}
 */
export function makePatterns(theme, ratio) {
  return {
    setup: hatch(ratio, theme.setup, 1.2, "rising"),
    down: hatch(ratio, theme.down, 0.9, "crossed"),
    late: hatch(ratio, theme.dark ? "rgb(255 255 255 / 0.16)" : "rgb(255 255 255 / 0.26)", 1.5, "rising"),
    pause: hatch(ratio, theme.dark ? "rgb(255 255 255 / 0.28)" : "rgb(0 0 0 / 0.22)", 1, "rising"),
  };
}

/**
 * @param {Patterns} patterns
 * @param {import("./viewport.js").Viewport} viewport
 */
export function anchorPatterns(patterns, viewport) {
  const period = Math.round(TILE * viewport.ratio);
  const x = Math.round(viewport.x(0) * viewport.ratio) % period;
  const y = Math.round(viewport.y(0) * viewport.ratio) % period;
  const matrix = new DOMMatrix().scale(1 / viewport.ratio).translate(x, y);
  for (const pattern of Object.values(patterns)) pattern.setTransform(matrix);
}

/** Curves from one operation of an order to the next, and the line of its due date. */

/** @typedef {{x: number, y: number}} Point */

const STUB = 4;
const ARROW = 4;

/**
 * @param {CanvasRenderingContext2D} context
 * @param {string} colour
 * @param {Point} from end of the run before
 * @param {Point} to start of the run after
 */
export function paintLink(context, colour, from, to) {
  const reach = Math.max(16, Math.min(90, Math.abs(to.x - from.x) / 2, Math.abs(to.y - from.y) + 12));
  context.strokeStyle = colour;
  context.lineWidth = 1.6;
  context.beginPath();
  context.moveTo(from.x, from.y);
  context.bezierCurveTo(from.x + reach, from.y, to.x - STUB - reach, to.y, to.x - STUB, to.y);
  context.stroke();
  context.fillStyle = colour;
  context.beginPath();
  context.moveTo(to.x, to.y);
  context.lineTo(to.x - ARROW - 2, to.y - ARROW);
  context.lineTo(to.x - ARROW - 2, to.y + ARROW);
  context.fill();
}

/**
 * @param {CanvasRenderingContext2D} context clipped to the plot
 * @param {import("./picture.js").Picture} picture
 * @param {number} due tick
 * @param {string} name of the order
 */
export function paintDueLine(context, { viewport, theme, widths }, due, name) {
  if (due < viewport.origin || due > viewport.until) return;
  const x = viewport.snapX(due);
  context.strokeStyle = theme.accent;
  context.lineWidth = 1;
  context.setLineDash([4, 3]);
  context.beginPath();
  context.moveTo(x + 0.5, viewport.top);
  context.lineTo(x + 0.5, viewport.bottom);
  context.stroke();
  context.setLineDash([]);
  context.font = `600 11px ${theme.font}`;
  context.textBaseline = "middle";
  const text = `${name} due`;
  const width = widths.width(context, text) + 10;
  const left = Math.min(x, viewport.width - width);
  context.fillStyle = theme.accent;
  context.beginPath();
  context.roundRect(left, viewport.bottom - 18, width, 18, 3);
  context.fill();
  context.fillStyle = theme.accentInk;
  context.fillText(text, left + 5, viewport.bottom - 8.5);
}

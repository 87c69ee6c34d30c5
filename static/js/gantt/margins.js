/** Above the plot: the time axis, and when orders are due. */

import { drawDueFlag } from "./glyphs.js";
import { visibleRows } from "./ground.js";
import { Standing } from "./plan.js";

const UPPER_BASELINE = 14;
const LOWER_BASELINE = 31;
const DUE_HEIGHT = 7;
/** Pixels that a flag needs; when there are more they become thin lines. */
const DUE_ROOM = 7;

/**
 * @param {CanvasRenderingContext2D} context
 * @param {import("./picture.js").Picture} picture
 * @param {import("./time-axis.js").Axis} axis
 */
export function paintAxis(context, picture, axis) {
  const { viewport, theme, widths } = picture;
  context.fillStyle = theme.surface;
  context.fillRect(0, 0, viewport.width, viewport.top);
  context.save();
  context.beginPath();
  context.rect(viewport.left, 0, viewport.plotWidth, viewport.top);
  context.clip();
  context.textBaseline = "middle";
  context.font = `400 11px ${theme.font}`;
  context.fillStyle = theme.ink2;
  for (const { tick, label } of axis.lower) {
    const x = viewport.snapX(tick) + 5;
    if (x >= viewport.left) context.fillText(label, x, LOWER_BASELINE);
  }
  context.font = `600 11.5px ${theme.font}`;
  for (const { from, to, label } of axis.upper) {
    const x = Math.max(viewport.snapX(from), viewport.left);
    context.fillStyle = theme.lineStrong;
    context.fillRect(viewport.snapX(from), 0, 1, viewport.top);
    context.fillStyle = theme.ink;
    const room = Math.min(viewport.snapX(to), viewport.width) - x - 10;
    context.fillText(
      shortened(label, (text) => widths.width(context, text) <= room),
      x + 6,
      UPPER_BASELINE,
    );
  }
  context.fillStyle = theme.lineStrong;
  for (const { tick } of axis.lower) context.fillRect(viewport.snapX(tick), viewport.top - 6, 1, 6);
  paintDueMarks(context, picture);
  context.restore();
  context.fillStyle = theme.lineStrong;
  context.fillRect(0, viewport.top - 1, viewport.width, 1);
  context.fillRect(viewport.left - 1, 0, 1, viewport.top);
}

/**
 * "Sat 21 Nov", "Sat 21", "Sat" or nothing: half a date would be read as another one.
 *
 * @param {string} label
 * @param {(text: string) => boolean} fits
 */
function shortened(label, fits) {
  const words = label.split(" ");
  while (words.length > 0 && !fits(words.join(" "))) words.pop();
  return words.join(" ");
}

/**
 * When orders are due: small flags along the axis, red ones of late orders on top.
 *
 * @param {CanvasRenderingContext2D} context clipped to the axis
 * @param {import("./picture.js").Picture} picture
 */
function paintDueMarks(context, { scene, plan, viewport, theme }) {
  /** @type {Map<number, boolean>} */
  const marks = new Map();
  scene.orders.forEach((order, index) => {
    if (order.due === null || order.due < viewport.origin || order.due > viewport.until) return;
    const x = viewport.snapX(order.due);
    marks.set(x, marks.get(x) || plan?.orderStanding[index] === Standing.LATE);
  });
  const dense = marks.size > viewport.plotWidth / DUE_ROOM;
  for (const late of [false, true]) {
    context.fillStyle = late ? theme.late : theme.ink3;
    for (const [x, isLate] of marks) {
      if (isLate !== late) continue;
      if (dense) {
        context.fillRect(x, viewport.top - DUE_HEIGHT + 1, 1, DUE_HEIGHT - 2);
        continue;
      }
      context.beginPath();
      context.moveTo(x - 3.5, viewport.top - DUE_HEIGHT - 1);
      context.lineTo(x + 3.5, viewport.top - DUE_HEIGHT - 1);
      context.lineTo(x, viewport.top - 1);
      context.fill();
    }
  }
}

/**
 * Due dates and deadlines in the rows of the orders.
 *
 * @param {CanvasRenderingContext2D} context clipped to the plot
 * @param {import("./picture.js").Picture} picture
 */
export function paintDueInRows(context, picture) {
  if (picture.view !== "orders") return;
  const { viewport, theme, scene, plan } = picture;
  for (const row of visibleRows(picture)) {
    if (row.kind === "group" || row.height < 6) continue;
    const { due, deadline } = scene.orders[row.index];
    const y = viewport.y(row.y) + 1;
    const late = plan?.orderStanding[row.index] === Standing.LATE;
    if (due !== null) drawDueFlag(context, viewport.snapX(due), y, row.height - 3, late ? theme.late : theme.ink2);
    if (deadline === null) continue;
    context.fillStyle = theme.late;
    context.fillRect(viewport.snapX(deadline), y, 1.5, row.height - 3);
    context.fillRect(viewport.snapX(deadline) - 3, y + row.height - 5, 7.5, 2);
  }
}

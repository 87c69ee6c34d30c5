/** Around the plot: the time axis above it and the names of the rows beside it. */

import { drawDueFlag } from "./glyphs.js";
import { visibleRows } from "./ground.js";
import { Standing } from "./plan.js";

const UPPER_BASELINE = 14;
const LOWER_BASELINE = 31;
const DUE_HEIGHT = 7;
/** Pixels that a flag needs; when there are more they become thin lines. */
const DUE_ROOM = 7;
/** Pixels between two names where rows are too low for theirs. */
const NAME_ROOM = 14;
/** Header rows lower than this cannot hold their name. */
const GROUP_NAME_HEIGHT = 8;

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

/**
 * @param {CanvasRenderingContext2D} context
 * @param {import("./picture.js").Picture} picture
 */
export function paintNames(context, picture) {
  const { viewport, theme } = picture;
  context.save();
  context.beginPath();
  context.rect(0, viewport.top, viewport.left, viewport.plotHeight);
  context.clip();
  context.fillStyle = theme.surface;
  context.fillRect(0, viewport.top, viewport.left, viewport.plotHeight);
  context.textBaseline = "middle";
  for (const row of visibleRows(picture)) {
    if (row.kind === "group") paintGroupName(context, picture, row);
    else paintSubjectName(context, picture, row);
  }
  if (picture.rows.unit < GROUP_NAME_HEIGHT) paintSparseNames(context, picture);
  context.fillStyle = theme.lineStrong;
  context.fillRect(viewport.left - 1, viewport.top, 1, viewport.plotHeight);
  context.restore();
}

/**
 * Names of the groups beside their rows, as many as find room.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {import("./picture.js").Picture} picture
 */
function paintSparseNames(context, { rows, viewport, theme, widths }) {
  context.font = `500 11px ${theme.font}`;
  context.fillStyle = theme.ink2;
  const x = viewport.narrow ? 6 : 14;
  let free = Number.NEGATIVE_INFINITY;
  for (const row of rows.rows) {
    const y = Math.max(viewport.y(row.y), viewport.top) + NAME_ROOM / 2;
    if (row.kind !== "group" || y < free) continue;
    context.fillText(widths.fit(context, row.label, viewport.left - x - 6), x, y);
    free = y + NAME_ROOM;
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {import("./picture.js").Picture} picture
 * @param {import("./rows.js").Row} row
 */
function paintGroupName(context, { viewport, theme, widths }, row) {
  const y = viewport.y(row.y);
  context.fillStyle = theme.surface2;
  context.fillRect(0, y, viewport.left, row.height);
  if (row.height >= GROUP_NAME_HEIGHT) {
    context.fillStyle = theme.line;
    context.fillRect(0, y + row.height - 1, viewport.left, 1);
  }
  const middle = y + Math.round(row.height / 2);
  const small = row.height < 14;
  if (row.height < GROUP_NAME_HEIGHT) return;
  const x = viewport.narrow ? 6 : 14;
  context.fillStyle = theme.ink2;
  context.beginPath();
  if (row.folded) {
    context.moveTo(x + 1.5, middle - 4);
    context.lineTo(x + 6.5, middle);
    context.lineTo(x + 1.5, middle + 4);
  } else {
    context.moveTo(x, middle - 2.5);
    context.lineTo(x + 8, middle - 2.5);
    context.lineTo(x + 4, middle + 3);
  }
  context.fill();
  context.font = `600 ${small ? 9 : 11.5}px ${theme.font}`;
  context.fillStyle = theme.ink;
  const textX = x + 14;
  const label = widths.fit(context, row.label, viewport.left - textX - (viewport.narrow ? 4 : 28));
  context.fillText(label, textX, middle + 0.5);
  if (viewport.narrow || small) return;
  context.font = `400 11px ${theme.font}`;
  context.fillStyle = theme.ink3;
  context.textAlign = "right";
  context.fillText(row.note, viewport.left - 10, middle + 0.5);
  context.textAlign = "left";
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {import("./picture.js").Picture} picture
 * @param {import("./rows.js").Row} row
 */
function paintSubjectName(context, { viewport, theme, widths, view, plan }, row) {
  const y = viewport.y(row.y);
  if (row.height >= 8) {
    context.fillStyle = theme.line;
    context.fillRect(0, y + row.height - 1, viewport.left, 1);
  }
  if (row.height < 11) return;
  const middle = y + Math.round(row.height / 2);
  const x = viewport.narrow ? 8 : 28;
  const late = view === "orders" && plan?.orderStanding[row.index] === Standing.LATE;
  if (late) {
    context.fillStyle = theme.late;
    context.fillRect(0, y, 3, row.height - 1);
  }
  context.font = `500 ${row.height < 14 ? 9.5 : 12}px ${theme.font}`;
  context.fillStyle = late ? theme.late : theme.ink;
  const room = viewport.left - x - 8;
  const label = widths.fit(context, row.label, room);
  context.fillText(label, x, middle + 0.5);
  const used = widths.width(context, label) + 8;
  if (!row.note || room - used < 24 || viewport.narrow) return;
  context.font = `400 11px ${theme.font}`;
  context.fillStyle = theme.ink3;
  context.fillText(widths.fit(context, row.note, room - used), x + used, middle + 0.5);
}

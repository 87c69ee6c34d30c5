/** What lies under the bars: closed time, downtime, lines of rows and hours. */

import { firstAbove } from "./columns.js";
import { rowAt } from "./rows.js";

const NEVER = new Int32Array();

/**
 * @param {import("./picture.js").Picture} picture
 * @param {import("./rows.js").Row} row
 * @returns {Int32Array} closed time of a row
 */
function closedOf({ scene, view }, row) {
  if (row.kind === "group") return NEVER;
  if (view === "machines") return scene.machines[row.index].closed;
  return view === "operators" ? scene.operators[row.index].closed : scene.plantClosed;
}

/**
 * @param {import("./picture.js").Picture} picture
 * @returns {import("./rows.js").Row[]} in view
 */
export function visibleRows({ rows, viewport }) {
  if (viewport.plotHeight <= 0) return [];
  const first = Math.max(0, rowAt(rows, viewport.scrollY));
  return rows.rows.slice(first, rowAt(rows, viewport.scrollY + viewport.plotHeight - 1) + 1);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {import("./picture.js").Picture} picture
 */
function paintClosed(context, picture) {
  const { viewport, theme } = picture;
  context.fillStyle = theme.closed;
  for (const row of visibleRows(picture)) {
    const closed = closedOf(picture, row);
    const y = viewport.y(row.y);
    const first = firstAbove(closed, viewport.origin, 0, closed.length) & ~1;
    for (let at = first; at < closed.length && closed[at] < viewport.until; at += 2) {
      const x = viewport.snapX(Math.max(closed[at], viewport.origin));
      context.fillRect(x, y, viewport.snapX(Math.min(closed[at + 1], viewport.until)) - x, row.height);
    }
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {import("./picture.js").Picture} picture
 * @param {import("./time-axis.js").Axis} axis
 */
function paintLines(context, picture, axis) {
  const { viewport, theme } = picture;
  const line = 1;
  context.fillStyle = theme.surface2;
  const rows = visibleRows(picture);
  for (const row of rows) {
    if (row.kind === "group") context.fillRect(viewport.left, viewport.y(row.y), viewport.plotWidth, row.height);
  }
  context.fillStyle = theme.line;
  for (const tick of axis.weak) context.fillRect(viewport.snapX(tick), viewport.top, line, viewport.plotHeight);
  for (const row of rows) {
    if (row.height >= 8) context.fillRect(viewport.left, viewport.y(row.y) + row.height - line, viewport.plotWidth, line);
  }
  context.fillStyle = theme.lineStrong;
  for (const tick of axis.strong) context.fillRect(viewport.snapX(tick), viewport.top, line, viewport.plotHeight);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {import("./picture.js").Picture} picture
 */
function paintDowntime(context, picture) {
  if (picture.view !== "machines") return;
  for (const row of visibleRows(picture)) {
    if (row.kind === "group") continue;
    for (const downtime of picture.scene.machines[row.index].downtime) paintDown(context, picture, row, downtime);
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {import("./picture.js").Picture} picture
 * @param {import("./rows.js").Row} row
 * @param {import("./scene.js").Downtime} downtime
 */
function paintDown(context, { viewport, theme, patterns }, row, { begin, end }) {
  if (end <= viewport.origin || begin >= viewport.until) return;
  const inset = row.height >= 14 ? 2 : 0;
  const x = viewport.snapX(begin);
  const width = Math.max(1, viewport.snapX(end) - x);
  const y = viewport.y(row.y) + inset;
  const height = row.height - 2 * inset - 1;
  context.fillStyle = theme.surface;
  context.fillRect(x, y, width, height);
  context.fillStyle = patterns.down;
  context.fillRect(x, y, width, height);
  if (width < 4 || height < 6) return;
  context.strokeStyle = theme.down;
  context.lineWidth = 1;
  context.strokeRect(x + 0.5, y + 0.5, width - 1, height - 1);
}

/**
 * @param {CanvasRenderingContext2D} context clipped to the plot
 * @param {import("./picture.js").Picture} picture
 * @param {import("./time-axis.js").Axis} axis
 */
export function paintGround(context, picture, axis) {
  paintClosed(context, picture);
  paintLines(context, picture, axis);
  paintDowntime(context, picture);
}

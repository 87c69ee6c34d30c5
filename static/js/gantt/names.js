/** The names of the rows beside the plot: all of them, or as many as find room, and those of the rows at hand. */

import { visibleRows } from "./ground.js";
import { Standing } from "./plan.js";

/** @typedef {import("./picture.js").Picture} Picture */
/** @typedef {import("./rows.js").Row} Row */

/** Pixels from one name to the next where rows are too low for theirs. */
const NAME_ROOM = 14;
/** Rows lower than this cannot hold their name, be they headers or others. */
const GROUP_NAME_HEIGHT = 8;
const SUBJECT_NAME_HEIGHT = 11;

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Picture} picture
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
  if (picture.rows.unit < SUBJECT_NAME_HEIGHT) paintSparseNames(context, picture);
  context.fillStyle = theme.lineStrong;
  context.fillRect(viewport.left - 1, viewport.top, 1, viewport.plotHeight);
  context.restore();
}

/**
 * Whether a row is high enough for its own name.
 *
 * @param {Row} row
 */
const isNamed = ({ kind, height }) => height >= (kind === "group" ? GROUP_NAME_HEIGHT : SUBJECT_NAME_HEIGHT);

/**
 * @param {Picture} picture
 * @param {Row} row
 * @returns {number} where the name of a row goes that is too low for it: at its middle, and all of it within the plot
 */
function nameY({ viewport }, row) {
  const middle = viewport.y(row.y) + row.height / 2;
  return Math.max(viewport.top + NAME_ROOM / 2, Math.min(middle, viewport.bottom - NAME_ROOM / 2));
}

/**
 * Of rows that are too low for their names, as many as find room: headers first.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {Picture} picture
 */
function paintSparseNames(context, picture) {
  const rows = visibleRows(picture);
  const taken = rows.filter(isNamed).map((row) => nameY(picture, row));
  const low = rows.filter((row) => !isNamed(row));
  const headers = low.filter(({ kind }) => kind === "group");
  for (const row of [...headers, ...low.filter(({ kind }) => kind === "subject")]) {
    const y = nameY(picture, row);
    if (taken.some((other) => Math.abs(other - y) < NAME_ROOM)) continue;
    taken.push(y);
    paintLowName(context, picture, row);
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Picture} picture
 * @param {Row} row that is too low for its name
 */
function paintLowName(context, picture, row) {
  const { viewport, theme, widths } = picture;
  const header = row.kind === "group";
  const x = viewport.narrow ? (header ? 6 : 8) : header ? 14 : 28;
  context.font = `500 11px ${theme.font}`;
  context.fillStyle = header ? theme.ink2 : isLate(picture, row) ? theme.late : theme.ink;
  context.fillText(widths.fit(context, row.label, viewport.left - x - 8), x, nameY(picture, row));
}

/**
 * The names of rows that are too low for theirs, over whatever stands there.
 *
 * @param {CanvasRenderingContext2D} context of the overlay, clipped to the rows
 * @param {Picture} picture
 * @param {Iterable<number>} numbers of rows, the one on top last
 */
export function paintNamesAtHand(context, picture, numbers) {
  const { viewport, theme } = picture;
  context.textBaseline = "middle";
  for (const number of numbers) {
    const row = picture.rows.rows[number];
    if (!row || isNamed(row)) continue;
    const y = nameY(picture, row);
    context.fillStyle = theme.surface;
    context.fillRect(0, y - NAME_ROOM / 2, viewport.left - 1, NAME_ROOM);
    context.fillStyle = theme.accent;
    context.fillRect(viewport.left - 4, viewport.y(row.y), 3, row.height);
    paintLowName(context, picture, row);
  }
}

/**
 * Whether it is the row of a late order.
 *
 * @param {Picture} picture
 * @param {Row} row
 */
const isLate = ({ view, plan }, row) => view === "orders" && plan?.orderStanding[row.index] === Standing.LATE;

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Picture} picture
 * @param {Row} row
 */
function paintGroupName(context, { viewport, theme, widths }, row) {
  const y = viewport.y(row.y);
  context.fillStyle = theme.surface2;
  context.fillRect(0, y, viewport.left, row.height);
  if (!isNamed(row)) return;
  context.fillStyle = theme.line;
  context.fillRect(0, y + row.height - 1, viewport.left, 1);
  const middle = y + Math.round(row.height / 2);
  const small = row.height < 14;
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
 * @param {Picture} picture
 * @param {Row} row
 */
function paintSubjectName(context, picture, row) {
  const { viewport, theme, widths } = picture;
  const y = viewport.y(row.y);
  if (row.height >= 8) {
    context.fillStyle = theme.line;
    context.fillRect(0, y + row.height - 1, viewport.left, 1);
  }
  if (!isNamed(row)) return;
  const middle = y + Math.round(row.height / 2);
  const x = viewport.narrow ? 8 : 28;
  const late = isLate(picture, row);
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

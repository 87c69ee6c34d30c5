/** Under the plot: how busy a cell is, in slots of the time axis, what is over its capacity in red. */

import { firstAbove } from "./columns.js";
import { OPERATORS } from "./load.js";

const BUCKET_PIXELS = 14;
const BUCKETS_HOURS = [0.5, 1, 2, 4, 8, 12, 24, 48, 168];
/** The strip ends at this much of the capacity. */
const CEILING = 1.25;
/** Rounding to slots may push a full bucket a little over its capacity. */
const OVER = 1.01;

/**
 * @param {import("./picture.js").Picture} picture
 * @returns {{cell: number, title: string}} what the strip shows: the people in their view, else the cell of the selection or the bottleneck
 */
export function loadSubject({ view, scene, bottleneck, loadCell }) {
  if (view === "operators") return { cell: OPERATORS, title: "Operators" };
  const cell = loadCell ?? bottleneck;
  return { cell, title: scene.cells[cell]?.name ?? "" };
}

/**
 * @param {import("./picture.js").Picture} picture
 * @returns {number} ticks of a bucket
 */
function bucketTicks({ viewport, scene }) {
  const hour = scene.hours(1) * viewport.scale;
  const hours = BUCKETS_HOURS.find((count) => count * hour >= BUCKET_PIXELS);
  return scene.hours(hours ?? BUCKETS_HOURS[BUCKETS_HOURS.length - 1]);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {import("./picture.js").Picture} picture
 */
export function paintLoadStrip(context, picture) {
  const { viewport, theme, load, plan } = picture;
  const { bottom: top, loadHeight: height } = viewport;
  context.fillStyle = theme.surface;
  context.fillRect(0, top, viewport.width, height);
  context.fillStyle = theme.lineStrong;
  context.fillRect(0, top, viewport.width, 1);
  if (height === 0) return;
  const { cell, title } = loadSubject(picture);
  const whole = load && plan ? load.part(cell, 0, Math.max(1, plan.makespan)) : { busy: 0, open: 0 };
  const share = whole.open > 0 ? Math.round((100 * whole.busy) / whole.open) : 0;
  paintTitle(context, picture, viewport.narrow ? title : `Load, ${title}`, `${share} % of open time`);
  if (load) paintBuckets(context, picture, load, cell);
}

/**
 * Buckets begin at midnight.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {import("./picture.js").Picture} picture
 * @param {import("./load.js").Load} load
 * @param {number} cell
 */
function paintBuckets(context, picture, load, cell) {
  const { viewport, theme, scene } = picture;
  const height = viewport.loadHeight;
  const base = viewport.bottom + height - 1;
  const full = Math.round((height - 6) / CEILING);
  const bucket = bucketTicks(picture);
  const midnights = scene.days.map((day) => day.tick);
  const anchor = midnights[firstAbove(midnights, viewport.origin, 0, midnights.length) - 1] ?? 0;
  context.save();
  context.beginPath();
  context.rect(viewport.left, viewport.bottom, viewport.plotWidth, height);
  context.clip();
  const first = anchor + Math.floor((viewport.origin - anchor) / bucket) * bucket;
  for (let from = first; from < viewport.until; from += bucket) {
    const x = viewport.snapX(from) + 1;
    const width = Math.max(1, viewport.snapX(from + bucket) - x);
    const { calm, over } = columnOf(load.part(cell, from, from + bucket), full);
    context.fillStyle = theme.onTime;
    context.fillRect(x, base - calm, width, calm);
    context.fillStyle = theme.late;
    if (over > 0) context.fillRect(x, base - calm - over, width, over);
  }
  context.strokeStyle = theme.ink3;
  context.lineWidth = 1;
  context.setLineDash([3, 3]);
  context.beginPath();
  context.moveTo(viewport.left, base - full - 0.5);
  context.lineTo(viewport.width, base - full - 0.5);
  context.stroke();
  context.restore();
}

/**
 * @param {import("./load.js").LoadPart} part
 * @param {number} full pixels of the capacity
 * @returns {{calm: number, over: number}} pixels within and above the capacity; work in closed time is all above it
 */
function columnOf({ busy, open }, full) {
  if (busy <= 0.5) return { calm: 0, over: 0 };
  const level = open > 0.5 ? busy / open : 0;
  const calm = Math.round(Math.min(1, level) * full);
  if (open > 0.5 && level <= OVER) return { calm, over: 0 };
  return { calm, over: Math.max(2, Math.round((Math.min(CEILING, level) - 1) * full)) };
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {import("./picture.js").Picture} picture
 * @param {string} title
 * @param {string} note
 */
function paintTitle(context, { viewport, theme, widths }, title, note) {
  const x = viewport.narrow ? 6 : 14;
  const room = viewport.left - x - 6;
  context.textBaseline = "middle";
  context.font = `600 11.5px ${theme.font}`;
  context.fillStyle = theme.ink;
  context.fillText(widths.fit(context, title, room), x, viewport.bottom + 18);
  context.font = `400 11px ${theme.font}`;
  context.fillStyle = theme.ink2;
  context.fillText(widths.fit(context, note, room), x, viewport.bottom + 34);
  context.fillStyle = theme.lineStrong;
  context.fillRect(viewport.left - 1, viewport.bottom, 1, viewport.loadHeight);
}

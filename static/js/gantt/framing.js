/** Brings something into the window: a shift, a week, this moment, one operation, everything. */

import { firstAbove } from "./columns.js";
import { layRows } from "./rows.js";

/** @typedef {"shift"|"day"|"week"|"fit"} Zoom */
/** @typedef {import("./picture.js").Picture} Picture */

/** Hours in the window: on a wide screen, on a phone. */
const HOURS = Object.freeze({ shift: [12, 6], day: [36, 14], week: [180, 72] });

/** Two widths are the same zoom when they differ by no more than this share. */
const SAME = 0.01;

/** Lowest rows when everything is to be seen, in CSS pixels. */
const ROW_HEIGHT_LEAST = 1;
/** Share of the window that lies before this moment. */
const PAST_SHARE = 1 / 12;
/** Share of the first window that may be closed time before it opens at the next shift instead of at this moment. */
const LONG_CLOSED_SHARE = 1 / 3;

/** @param {Picture} picture that has just got its size */
export function frameFirst(picture) {
  const { viewport, scene, now } = picture;
  const span = scene.hours(HOURS.day[viewport.narrow ? 1 : 0]);
  const begin = Math.max(viewport.begin, firstWork(scene, now, span) - span * PAST_SHARE);
  viewport.show(begin, begin + span);
}

/**
 * @param {import("./scene.js").Scene} scene
 * @param {number} now tick of this moment
 * @param {number} span ticks in the window
 * @returns {number} this moment, or the one at which half of the machines work again, when most of the window would be closed time
 */
function firstWork({ machines }, now, span) {
  const enough = machines.length / 2;
  const isOpen = (/** @type {number} */ tick) =>
    machines.filter(({ closed }) => firstAbove(closed, tick, 0, closed.length) % 2 === 0).length >= enough;
  if (isOpen(now)) return now;
  const openings = machines.flatMap(({ closed }) => [...closed].filter((tick, at) => at % 2 === 1 && tick > now));
  const next = openings.sort((a, b) => a - b).find(isOpen);
  return next !== undefined && next - now > span * LONG_CLOSED_SHARE ? next : now;
}

/**
 * Scrolls to this moment.
 *
 * @param {Picture} picture
 */
export function frameNow({ viewport, now }) {
  viewport.origin = now - (viewport.plotWidth / viewport.scale) * PAST_SHARE;
  viewport.clamp();
}

/**
 * The operation at hand stays where it is on the screen, else this moment, else the left edge.
 *
 * @param {Picture} picture
 * @param {Zoom} level
 * @param {number|null} operation at hand
 */
export function frameLevel(picture, level, operation) {
  if (level === "fit") {
    frameAll(picture);
    return;
  }
  const { viewport, plan, now, scene } = picture;
  picture.unit = null;
  picture.layOut();
  const wanted = viewport.plotWidth / scene.hours(HOURS[level][viewport.narrow ? 1 : 0]);
  const held = plan && operation !== null ? [plan.start[operation], now] : [now];
  const anchor = held.find((tick) => tick >= viewport.origin && tick <= viewport.until) ?? viewport.origin;
  viewport.zoomAt(wanted / viewport.scale, viewport.x(anchor));
}

/**
 * @param {Picture} picture
 * @returns {Zoom|null} the level that the window is at, whoever brought it there
 */
export function levelOf({ viewport, scene, unit, plan }) {
  const shown = viewport.plotWidth / viewport.scale;
  const is = (/** @type {number} */ wanted) => Math.abs(shown / Math.min(wanted, viewport.end - viewport.begin) - 1) < SAME;
  const { from, to } = whole(viewport, plan);
  if (unit !== null && is(to - from)) return "fit";
  const levels = /** @type {const} */ (["shift", "day", "week"]);
  return levels.find((level) => is(scene.hours(HOURS[level][viewport.narrow ? 1 : 0]))) ?? null;
}

/**
 * @param {Picture} picture
 * @param {number} operation
 * @returns {boolean} false when it is in the middle already
 */
export function frameOperation(picture, operation) {
  const { viewport, plan } = picture;
  const rect = picture.rectOf(operation);
  if (!plan || !rect) return false;
  const { origin, scrollY } = viewport;
  viewport.origin = (plan.setupStart[operation] + plan.end[operation]) / 2 - viewport.plotWidth / viewport.scale / 2;
  viewport.scrollY += rect.y - viewport.top - viewport.plotHeight / 2;
  viewport.clamp();
  return Math.abs(origin - viewport.origin) * viewport.scale > 1 || scrollY !== viewport.scrollY;
}

/**
 * @param {import("./viewport.js").Viewport} viewport
 * @param {import("./plan.js").Plan|null} plan
 * @returns {{from: number, to: number}} ticks: from the first bar to the last, and some air
 */
function whole(viewport, plan) {
  const from = plan ? plan.begin : viewport.begin;
  const to = plan && plan.makespan > 0 ? plan.makespan : viewport.end;
  const air = (to - from) * 0.01;
  return { from: from - air, to: to + air };
}

/**
 * The whole plan, and all rows, if need be a pixel high.
 *
 * @param {Picture} picture
 */
function frameAll(picture) {
  const { viewport, plan, scene, view, folded } = picture;
  const { from, to } = whole(viewport, plan);
  viewport.show(from, to);
  const room = viewport.height - viewport.top - viewport.loadHeight - viewport.overviewHeight;
  let unit = picture.usualUnit;
  while (unit > ROW_HEIGHT_LEAST && layRows(scene, view, folded[view], unit).height > room) unit--;
  picture.unit = unit;
  picture.layOut();
}

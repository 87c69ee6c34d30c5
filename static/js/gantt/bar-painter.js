/** Bars: setup hatched ahead of the run, pauses hatched within, late ones hatched over, labels, padlocks and snowflakes. */

import { Flag } from "./frames.js";
import { drawPadlock, drawSnowflake, drawStarted } from "./glyphs.js";
import { Standing } from "./plan.js";

/** Levels of detail, in CSS pixels. */
const ROUND_FROM = 7;
const LABEL_WIDTH = 34;
const LABEL_HEIGHT = 12;
const HATCH_HEIGHT = 6;
const HATCH_WIDTH = 4;
const GLYPH_HEIGHT = 11;
const GLYPH_WIDTH = 40;
const GLYPH_STEP = 13;
const RADIUS = 3;
const TRACE_ALPHA = 0.4;
/** How much closed time covers a bar that stands still; less where the label on it would be lost. */
const PAUSE_ALPHA = 0.72;
const PAUSE_ALPHA_UNDER_INK = 0.35;
/** Room for a label at least, and for the item behind the order. */
const LABEL_ROOM = 20;
const ITEM_ROOM = 36;

/** @type {readonly [number, (context: CanvasRenderingContext2D, x: number, y: number, ink: string) => void][]} */
const GLYPHS = [
  [Flag.PINNED, drawPadlock],
  [Flag.FROZEN, drawSnowflake],
  [Flag.STARTED, drawStarted],
];

/** @typedef {import("./boxes.js").BarBox} BarBox */

/**
 * @param {CanvasRenderingContext2D} context
 * @param {import("./picture.js").Picture} picture
 * @param {import("./boxes.js").Boxes} boxes
 */
function paintSetups(context, picture, boxes) {
  /** @type {BarBox[]} */
  const hatched = [];
  context.fillStyle = picture.theme.setup;
  boxes.each((box) => {
    const width = box.runX - box.setupX;
    if (width <= 0 || box.thin) return;
    if (width < HATCH_WIDTH || box.height < HATCH_HEIGHT) context.fillRect(box.setupX, box.y, width, box.height);
    else hatched.push(box);
  });
  context.fillStyle = picture.theme.surface;
  for (const box of hatched) context.fillRect(box.setupX, box.y, box.runX - box.setupX, box.height);
  context.fillStyle = picture.patterns.setup;
  for (const box of hatched) context.fillRect(box.setupX, box.y, box.runX - box.setupX, box.height);
  context.strokeStyle = picture.theme.setup;
  context.lineWidth = 1;
  for (const box of hatched) context.strokeRect(box.setupX + 0.5, box.y + 0.5, box.runX - box.setupX - 1, box.height - 1);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {import("./picture.js").Picture} picture
 * @param {import("./boxes.js").Boxes} boxes
 */
function paintRuns(context, picture, boxes) {
  context.lineWidth = 1;
  boxes.byPaint.forEach((bucket, index) => {
    /** @type {Record<"round"|"square"|"thin", BarBox[]>} */
    const shapes = { round: [], square: [], thin: [] };
    for (const box of bucket) if (box.endX > box.runX) shapes[shapeOf(box)].push(box);
    const { fill, edge } = picture.colouring.paints[index];
    paintThin(context, shapes.thin, fill);
    paintRound(context, shapes.round, fill, edge);
    paintSquare(context, shapes.square, fill, edge);
  });
}

/** @param {BarBox} box */
function shapeOf({ runX, endX, height, thin }) {
  if (thin) return "thin";
  return endX - runX >= ROUND_FROM && height >= ROUND_FROM ? "round" : "square";
}

/**
 * Where a row is folded, traces of its bars add up: the darker, the more machines are at work.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {BarBox[]} boxes
 * @param {string} fill
 */
function paintThin(context, boxes, fill) {
  context.fillStyle = fill;
  context.globalAlpha = TRACE_ALPHA;
  for (const box of boxes) context.fillRect(box.runX, box.y, box.endX - box.runX, box.height);
  context.globalAlpha = 1;
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {BarBox[]} boxes
 * @param {string} fill
 * @param {string} edge
 */
function paintRound(context, boxes, fill, edge) {
  context.fillStyle = fill;
  context.strokeStyle = edge;
  for (const box of boxes) {
    context.beginPath();
    context.roundRect(box.runX + 0.5, box.y + 0.5, box.endX - box.runX - 1, box.height - 1, RADIUS);
    context.fill();
    context.stroke();
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {BarBox[]} boxes
 * @param {string} fill
 * @param {string} edge
 */
function paintSquare(context, boxes, fill, edge) {
  context.fillStyle = edge;
  for (const box of boxes) context.fillRect(box.runX, box.y, box.endX - box.runX, box.height);
  context.fillStyle = fill;
  for (const box of boxes) {
    if (box.endX - box.runX > 2 && box.height > 2)
      context.fillRect(box.runX + 1, box.y + 1, box.endX - box.runX - 2, box.height - 2);
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {import("./picture.js").Picture} picture
 * @param {import("./boxes.js").Boxes} boxes
 * @param {import("./plan.js").Plan} plan
 */
function paintTextures(context, picture, boxes, plan) {
  const { viewport, patterns, tween } = picture;
  boxes.each((box) => {
    const width = box.endX - box.runX;
    if (box.thin || box.height < HATCH_HEIGHT || box.endX - box.setupX < HATCH_WIDTH) return;
    if (width >= HATCH_WIDTH && picture.colour === "lateness" && box.paint === Standing.LATE) {
      context.fillStyle = patterns.late;
      context.fillRect(box.runX + 1, box.y + 1, width - 2, box.height - 2);
    }
    if (box.endX - box.tailX >= HATCH_WIDTH) {
      context.fillStyle = patterns.setup;
      context.fillRect(box.tailX, box.y + 1, box.endX - box.tailX - 1, box.height - 2);
    }
    const shift = tween?.sliding ? tween.dx[box.operation] * tween.remaining : 0;
    const pauses = plan.pauses(box.operation);
    for (let at = 0; at < pauses.length; at += 2) {
      const from = Math.max(box.setupX, viewport.snapX(pauses[at] + shift)) + 1;
      const to = Math.min(box.endX, viewport.snapX(pauses[at + 1] + shift)) - 1;
      if (to - from >= 2) paintPause(context, picture, box, from, to);
    }
  });
}

/**
 * Work stands still: the bar is only a pale band there.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {import("./picture.js").Picture} picture
 * @param {BarBox} box
 * @param {number} from
 * @param {number} to
 */
function paintPause(context, { theme, patterns, colouring }, box, from, to) {
  context.globalAlpha = (colouring.paints[box.paint].ink === "#ffffff") === theme.dark ? PAUSE_ALPHA : PAUSE_ALPHA_UNDER_INK;
  context.fillStyle = theme.closed;
  context.fillRect(from, box.y + 1, to - from, box.height - 2);
  context.globalAlpha = 1;
  context.fillStyle = patterns.pause;
  context.fillRect(from, box.y + 1, to - from, box.height - 2);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {BarBox} box
 * @param {number} flags
 * @param {string} ink
 * @returns {number} pixels that the signs take at the right end of the bar
 */
function paintGlyphs(context, box, flags, ink) {
  if (!(flags & (Flag.PINNED | Flag.FROZEN | Flag.STARTED)) || box.height < GLYPH_HEIGHT) return 0;
  if (flags & Flag.DONE || box.tailX - box.runX < GLYPH_WIDTH) return 0;
  let x = box.tailX;
  const y = box.y + Math.round((box.height - 10) / 2);
  for (const [flag, draw] of GLYPHS) {
    if (!(flags & flag)) continue;
    x -= GLYPH_STEP;
    draw(context, x, y, ink);
  }
  return box.tailX - x;
}

/**
 * @param {CanvasRenderingContext2D} context with font and ink set
 * @param {import("./picture.js").Picture} picture
 * @param {BarBox} box
 * @param {number} signs pixels that are taken at its right end
 */
function paintLabel(context, picture, box, signs) {
  const { viewport, widths } = picture;
  const x = Math.max(box.runX, viewport.left) + 5;
  const room = Math.min(box.tailX, viewport.width) - x - 3 - signs;
  if (room < LABEL_ROOM) return;
  const [full, short, least] = picture.barText(box.operation);
  let label = widths.width(context, short) + ITEM_ROOM <= room ? widths.fit(context, full, room) : short;
  if (widths.width(context, label) > room) label = least;
  if (widths.width(context, label) > room) return;
  context.fillText(label, x, box.y + Math.round(box.height / 2) + 0.5);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {import("./picture.js").Picture} picture
 * @param {import("./boxes.js").Boxes} boxes
 * @param {import("./plan.js").Plan} plan
 */
function paintLabels(context, picture, boxes, plan) {
  context.font = `500 11px ${picture.theme.font}`;
  context.textBaseline = "middle";
  boxes.byPaint.forEach((bucket, index) => {
    const { ink } = picture.colouring.paints[index];
    for (const box of bucket) {
      if (box.thin || box.height < GLYPH_HEIGHT || box.tailX - box.runX < LABEL_WIDTH) continue;
      const signs = paintGlyphs(context, box, plan.flags[box.operation], ink);
      context.fillStyle = ink;
      if (box.height >= LABEL_HEIGHT) paintLabel(context, picture, box, signs);
    }
  });
}

/**
 * @param {CanvasRenderingContext2D} context clipped to the plot
 * @param {import("./picture.js").Picture} picture
 * @param {import("./boxes.js").Boxes} boxes
 */
export function paintBars(context, picture, boxes) {
  if (!picture.plan) return;
  paintSetups(context, picture, boxes);
  paintRuns(context, picture, boxes);
  paintTextures(context, picture, boxes, picture.plan);
  paintLabels(context, picture, boxes, picture.plan);
}

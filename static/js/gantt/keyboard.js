/** Keys: everything that a pointer can read, the keyboard reads too. */

import { predecessorOf, successorOf } from "./description.js";
import { Standing } from "./plan.js";

const ZOOM_STEP = 1.4;
const PAGE_ROWS = 8;

/** @typedef {(gantt: import("./gantt.js").Gantt) => void} Command */

/** @type {Record<string, Command>} */
const COMMANDS = {
  ArrowLeft: (gantt) => stepBar(gantt, -1),
  ArrowRight: (gantt) => stepBar(gantt, 1),
  ArrowUp: (gantt) => stepRow(gantt, -1),
  ArrowDown: (gantt) => stepRow(gantt, 1),
  Home: (gantt) => edgeBar(gantt, "first"),
  End: (gantt) => edgeBar(gantt, "last"),
  PageUp: (gantt) => stepRow(gantt, -PAGE_ROWS),
  PageDown: (gantt) => stepRow(gantt, PAGE_ROWS),
  Enter: (gantt) => enter(gantt),
  Escape: (gantt) => gantt.attention.escape(),
  t: (gantt) => gantt.showNow(),
  f: (gantt) => gantt.centreThenFit(),
  "+": (gantt) => gantt.zoomAt(ZOOM_STEP),
  "=": (gantt) => gantt.zoomAt(ZOOM_STEP),
  "-": (gantt) => gantt.zoomAt(1 / ZOOM_STEP),
  ".": (gantt) => stepLate(gantt, 1),
  ",": (gantt) => stepLate(gantt, -1),
  "[": (gantt) => follow(gantt, predecessorOf),
  "]": (gantt) => follow(gantt, successorOf),
  "/": (gantt) => gantt.emit("find", {}),
  "?": (gantt) => gantt.emit("help", {}),
};

/** @type {Record<string, Command>} */
const SHIFTED = {
  ArrowLeft: (gantt) => gantt.panBy(gantt.picture.viewport.plotWidth / 4, 0),
  ArrowRight: (gantt) => gantt.panBy(-gantt.picture.viewport.plotWidth / 4, 0),
};

/**
 * @param {import("./gantt.js").Gantt} gantt
 * @param {HTMLCanvasElement} canvas
 * @param {AbortSignal} signal
 */
export function listenToKeys(gantt, canvas, signal) {
  canvas.addEventListener(
    "keydown",
    (event) => {
      if (event.ctrlKey || event.altKey || event.metaKey) return;
      if (event.key === " ") {
        gantt.pointer.spaceHeld = true;
        event.preventDefault();
        return;
      }
      const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
      const command = (event.shiftKey && SHIFTED[key]) || COMMANDS[key];
      if (!command) return;
      event.preventDefault();
      command(gantt);
    },
    { signal },
  );
  canvas.addEventListener(
    "keyup",
    (event) => {
      if (event.key === " ") gantt.pointer.spaceHeld = false;
    },
    { signal },
  );
  canvas.addEventListener("focus", () => gantt.attention.focusGained(canvas.matches(":focus-visible")), { signal });
  canvas.addEventListener("blur", () => gantt.attention.focusLost(), { signal });
}

/**
 * @param {import("./gantt.js").Gantt} gantt
 * @param {number} step
 */
function stepBar(gantt, step) {
  const { picture } = gantt;
  const { focus } = gantt.attention;
  const row = picture.rows.rows[focus.row];
  if (row?.kind === "group") {
    if (row.folded === step > 0) gantt.toggle(row.index);
    return;
  }
  const operations = row ? picture.operationsIn(row.index) : new Int32Array();
  const at = focus.operation === null ? (step > 0 ? -1 : 0) : operations.indexOf(focus.operation);
  const next = operations[at + step];
  if (next !== undefined) gantt.attention.focusOn(focus.row, next);
  else if (at + step < 0) gantt.attention.focusOn(focus.row, null);
}

/**
 * To another row, to the bar there that is nearest in time.
 *
 * @param {import("./gantt.js").Gantt} gantt
 * @param {number} step rows
 */
function stepRow(gantt, step) {
  const { picture } = gantt;
  const { focus } = gantt.attention;
  const { rows } = picture.rows;
  const target = Math.max(0, Math.min(rows.length - 1, focus.row + step));
  const row = rows[target];
  if (target === focus.row || !row) return;
  const tick = gantt.attention.focusTick();
  gantt.attention.focusOn(target, row.kind === "subject" ? nearest(picture, row.index, tick) : null, tick);
}

/**
 * @param {import("./picture.js").Picture} picture
 * @param {number} subject
 * @param {number} tick
 * @returns {number|null}
 */
function nearest({ bars }, subject, tick) {
  if (!bars) return null;
  let best = null;
  let distance = Number.POSITIVE_INFINITY;
  for (let bar = bars.offsets[subject]; bar < bars.offsets[subject + 1]; bar++) {
    const away = Math.max(0, bars.begin[bar] - tick, tick - bars.end[bar]);
    if (away >= distance) continue;
    best = bars.operation[bar];
    distance = away;
  }
  return best;
}

/**
 * @param {import("./gantt.js").Gantt} gantt
 * @param {"first"|"last"} edge
 */
function edgeBar(gantt, edge) {
  const row = gantt.picture.rows.rows[gantt.attention.focus.row];
  if (row?.kind !== "subject") return;
  const operations = gantt.picture.operationsIn(row.index);
  const operation = operations[edge === "first" ? 0 : operations.length - 1];
  if (operation !== undefined) gantt.attention.focusOn(gantt.attention.focus.row, operation);
}

/** @param {import("./gantt.js").Gantt} gantt */
function enter(gantt) {
  const row = gantt.picture.rows.rows[gantt.attention.focus.row];
  if (row?.kind === "group") gantt.toggle(row.index);
  else if (gantt.attention.focus.operation !== null) gantt.activate(gantt.attention.focus.operation);
}

/**
 * To the next operation in time of an order that is late.
 *
 * @param {import("./gantt.js").Gantt} gantt
 * @param {1|-1} step
 */
function stepLate(gantt, step) {
  const { plan, scene } = gantt.picture;
  if (!plan) return;
  const late = [...scene.order.keys()].filter((operation) => plan.standing(operation) === Standing.LATE);
  late.sort((a, b) => plan.start[a] - plan.start[b] || a - b);
  if (late.length === 0) return;
  const held = gantt.attention.focus.operation ?? gantt.selected;
  const at = held === null ? -1 : late.indexOf(held);
  const tick = gantt.attention.focusTick();
  let next = at + step;
  if (at < 0) {
    const after = late.findIndex((operation) => plan.start[operation] > tick);
    next = step > 0 ? after : (after < 0 ? late.length : after) - 1;
  }
  gantt.select(late[(next + late.length) % late.length]);
}

/**
 * @param {import("./gantt.js").Gantt} gantt
 * @param {(plan: import("./plan.js").Plan, operation: number) => number|null} neighbour
 */
function follow(gantt, neighbour) {
  const { plan } = gantt.picture;
  const held = gantt.attention.focus.operation ?? gantt.selected;
  const next = plan && held !== null ? neighbour(plan, held) : null;
  if (next !== null) gantt.select(next);
}

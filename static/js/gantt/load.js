/** How busy cells and people are: working time over open time, in slots of a quarter of an hour or more. */

import { covered, within } from "./intervals.js";

const SLOT_HOURS = 0.25;
const MAX_SLOTS = 40_000;
/** A cell becomes the bottleneck when it is busier than the last one by this much: it does not change with every plan. */
const HYSTERESIS = 0.03;

/** Subjects of a curve that are no cells. */
export const OPERATORS = -1;
export const PLANT = -2;

/**
 * @typedef {Object} LoadCurve
 * @property {Float64Array} busy ticks up to the end of every slot, over all machines
 * @property {Float64Array} open
 */

/**
 * @typedef {{busy: number, open: number}} LoadPart
 */

/** Adds up weighted intervals by slot, each in constant time. */
class Slots {
  /**
   * @param {number} begin tick
   * @param {number} width ticks
   * @param {number} count
   */
  constructor(begin, width, count) {
    this.begin = begin;
    this.width = width;
    /** Ticks of single slots. @private */
    this.single = new Float64Array(count);
    /** Changes in the ticks of all slots from here on. @private */
    this.change = new Float64Array(count + 1);
  }

  /**
   * @param {number} from tick
   * @param {number} to tick
   * @param {number} weight
   */
  add(from, to, weight) {
    const { begin, width, single, change } = this;
    const end = begin + single.length * width;
    const first = Math.max(from, begin) - begin;
    const last = Math.min(to, end) - begin;
    if (first >= last) return;
    const low = Math.floor(first / width);
    const high = Math.floor(last / width);
    if (low === high) {
      single[low] += (last - first) * weight;
      return;
    }
    single[low] += ((low + 1) * width - first) * weight;
    change[low + 1] += width * weight;
    change[high] -= width * weight;
    if (high < single.length) single[high] += (last - high * width) * weight;
  }

  /**
   * @param {ArrayLike<number>} list flat intervals
   * @param {number} weight
   */
  addAll(list, weight) {
    for (let at = 0; at < list.length; at += 2) this.add(list[at], list[at + 1], weight);
  }

  /** @returns {Float64Array} ticks up to the end of every slot */
  totals() {
    const totals = new Float64Array(this.single.length);
    let level = 0;
    let total = 0;
    for (let slot = 0; slot < totals.length; slot++) {
      level += this.change[slot];
      total += level + this.single[slot];
      totals[slot] = total;
    }
    return totals;
  }
}

export class Load {
  /**
   * @param {import("./scene.js").Scene} scene
   * @param {import("./plan.js").Plan} plan
   */
  constructor(scene, plan) {
    this.scene = scene;
    this.plan = plan;
    this.begin = Math.min(scene.begin, plan.begin);
    this.end = Math.max(scene.horizon, plan.makespan, this.begin + 1);
    this.slot = Math.max(1, scene.hours(SLOT_HOURS), Math.ceil((this.end - this.begin) / MAX_SLOTS));
    this.slots = Math.ceil((this.end - this.begin) / this.slot);
    /** @private @type {Map<number, LoadCurve>} */
    this.curves = new Map();
  }

  /**
   * @param {number} subject a cell, OPERATORS or PLANT
   * @returns {LoadCurve}
   */
  curve(subject) {
    const known = this.curves.get(subject);
    if (known) return known;
    const busy = new Slots(this.begin, this.slot, this.slots);
    const open = new Slots(this.begin, this.slot, this.slots);
    if (subject === OPERATORS) this.fillOperators(busy, open);
    else this.fillMachines(subject, busy, open);
    const curve = { busy: busy.totals(), open: open.totals() };
    this.curves.set(subject, curve);
    return curve;
  }

  /**
   * @private
   * @param {Slots} busy
   * @param {Slots} open
   */
  fillOperators(busy, open) {
    const { plan, scene } = this;
    for (const { closed } of scene.operators) {
      open.add(this.begin, this.end, 1);
      open.addAll(closed, -1);
    }
    for (let row = 0; row < plan.engagedOperation.length; row++) {
      const [begin, end] = [plan.engagedBegin[row], plan.engagedEnd[row]];
      busy.add(begin, end, 1);
      busy.addAll(within(scene.operators[plan.engagedOperator[row]].closed, begin, end), -1);
    }
  }

  /**
   * @private
   * @param {number} subject
   * @param {Slots} busy
   * @param {Slots} open
   */
  fillMachines(subject, busy, open) {
    const { plan, scene } = this;
    for (const { cell, capacity, idle } of scene.machines) {
      if (subject !== PLANT && cell !== subject) continue;
      open.add(this.begin, this.end, capacity);
      open.addAll(idle, -capacity);
    }
    for (let operation = 0; operation < scene.operationCount; operation++) {
      if (subject !== PLANT && scene.machines[plan.machine[operation]].cell !== subject) continue;
      busy.add(plan.setupStart[operation], plan.end[operation], 1);
      busy.addAll(plan.pauses(operation), -1);
    }
  }

  /**
   * @param {number} subject a cell, OPERATORS or PLANT
   * @param {number} from tick
   * @param {number} to tick
   * @returns {LoadPart} ticks, to the nearest slots
   */
  part(subject, from, to) {
    const { busy, open } = this.curve(subject);
    const last = this.slots - 1;
    const high = Math.min(last, Math.max(-1, Math.round((to - this.begin) / this.slot) - 1));
    const low = Math.min(last, Math.max(-1, Math.round((from - this.begin) / this.slot) - 1));
    return { busy: (busy[high] ?? 0) - (busy[low] ?? 0), open: (open[high] ?? 0) - (open[low] ?? 0) };
  }

  /**
   * @param {number} held the bottleneck so far, −1 for none
   * @returns {number} the cell with the highest load from now to the end of the plan; 0 when nothing is planned
   */
  bottleneck(held) {
    const { scene, plan } = this;
    const until = Math.max(1, plan.makespan);
    const busy = new Float64Array(scene.cells.length);
    const open = new Float64Array(scene.cells.length);
    for (const { cell, capacity, idle } of scene.machines) open[cell] += capacity * (until - covered(within(idle, 0, until)));
    for (let operation = 0; operation < scene.operationCount; operation++) {
      const work = plan.end[operation] - Math.max(0, plan.setupStart[operation]);
      if (work > 0) busy[scene.machines[plan.machine[operation]].cell] += work;
    }
    const loads = Array.from(busy, (ticks, cell) => ticks / Math.max(1, open[cell]));
    const busiest = loads.indexOf(Math.max(...loads, 0));
    if (held >= 0 && loads[held] >= loads[busiest] - HYSTERESIS) return held;
    return Math.max(0, busiest);
  }
}

/** How busy cells and people are: working time over open time, in slots of a quarter of an hour or more. */

import { covered, within } from "./intervals.js";

const SLOT_HOURS = 0.25;
const MAX_SLOTS = 40_000;
/** A cell becomes the bottleneck when it is busier than the last one by this much: it does not change with every plan. */
const HYSTERESIS = 0.03;

/**
 * @typedef {Object} LoadCurve
 * @property {Float64Array} busy ticks up to the end of every slot, over all machines
 * @property {Float64Array} open
 */

/**
 * @typedef {{busy: number, open: number}} LoadPart
 */

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
   * @private
   * @param {Float64Array} slots
   * @param {number} from
   * @param {number} to
   * @param {number} weight
   */
  add(slots, from, to, weight) {
    const begin = Math.max(from, this.begin) - this.begin;
    const end = Math.min(to, this.end) - this.begin;
    for (let slot = Math.floor(begin / this.slot); slot * this.slot < end; slot++) {
      const inside = Math.min(end, (slot + 1) * this.slot) - Math.max(begin, slot * this.slot);
      slots[slot] += inside * weight;
    }
  }

  /**
   * @param {number} cell −1: the operators
   * @returns {LoadCurve}
   */
  curve(cell) {
    const known = this.curves.get(cell);
    if (known) return known;
    const busy = new Float64Array(this.slots);
    const open = new Float64Array(this.slots);
    if (cell < 0) this.fillOperators(busy, open);
    else this.fillCell(cell, busy, open);
    for (let slot = 1; slot < this.slots; slot++) {
      busy[slot] += busy[slot - 1];
      open[slot] += open[slot - 1];
    }
    const curve = { busy, open };
    this.curves.set(cell, curve);
    return curve;
  }

  /**
   * @private
   * @param {Float64Array} busy
   * @param {Float64Array} open
   */
  fillOperators(busy, open) {
    const { plan, scene } = this;
    for (const { closed } of scene.operators) {
      this.add(open, this.begin, this.end, 1);
      for (let at = 0; at < closed.length; at += 2) this.add(open, closed[at], closed[at + 1], -1);
    }
    for (let row = 0; row < plan.engagedOperation.length; row++) {
      const { closed } = scene.operators[plan.engagedOperator[row]];
      this.addWork(
        busy,
        plan.engagedBegin[row],
        plan.engagedEnd[row],
        within(closed, plan.engagedBegin[row], plan.engagedEnd[row]),
      );
    }
  }

  /**
   * @private
   * @param {number} cell
   * @param {Float64Array} busy
   * @param {Float64Array} open
   */
  fillCell(cell, busy, open) {
    const { plan, scene } = this;
    for (const machine of scene.machines) {
      if (machine.cell !== cell) continue;
      this.add(open, this.begin, this.end, machine.capacity);
      for (let at = 0; at < machine.idle.length; at += 2)
        this.add(open, machine.idle[at], machine.idle[at + 1], -machine.capacity);
    }
    for (let operation = 0; operation < scene.operationCount; operation++) {
      if (scene.machines[plan.machine[operation]].cell !== cell) continue;
      this.addWork(busy, plan.setupStart[operation], plan.end[operation], plan.pauses(operation));
    }
  }

  /**
   * @private
   * @param {Float64Array} slots
   * @param {number} begin
   * @param {number} end
   * @param {number[]} pauses
   */
  addWork(slots, begin, end, pauses) {
    this.add(slots, begin, end, 1);
    for (let at = 0; at < pauses.length; at += 2) this.add(slots, pauses[at], pauses[at + 1], -1);
  }

  /**
   * @param {number} cell −1: the operators
   * @param {number} from tick
   * @param {number} to tick
   * @returns {LoadPart} ticks, to the nearest slots
   */
  part(cell, from, to) {
    const { busy, open } = this.curve(cell);
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

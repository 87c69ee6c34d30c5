/** One schedule on a scene: the columns of a frame, and what follows from them. Immutable. */

import { groupBy, itemsOf } from "./columns.js";
import { Flag, FrameError } from "./frames.js";
import { union, within } from "./intervals.js";

/** How an order stands; the value of `Plan.standing`. */
export const Standing = Object.freeze({ ON_TIME: 0, AT_RISK: 1, LATE: 2, DONE: 3 });

/** An order that finishes within so many hours of its due date is at risk. */
export const RISK_HOURS = 4;

export class Plan {
  /**
   * @param {import("./scene.js").Scene} scene
   * @param {import("./frames.js").Frame} frame
   * @throws {FrameError} when the frame belongs to another scene
   */
  constructor(scene, frame) {
    if (frame.count !== scene.operationCount) {
      throw new FrameError(`A plan of ${frame.count} operations for a scene of ${scene.operationCount}`);
    }
    this.scene = scene;
    this.seq = frame.seq;
    this.setupStart = frame.setupStart;
    this.start = frame.start;
    this.runEnd = frame.runEnd;
    this.end = frame.end;
    this.machine = frame.machine;
    this.flags = frame.flags;
    this.engagedOperation = frame.engagedOperation;
    this.engagedBegin = frame.engagedBegin;
    this.engagedEnd = frame.engagedEnd;
    this.engagedOperator = frame.engagedOperator;
    this.engagements = groupBy(frame.count, frame.engagedOperation);
    /** Found when they are asked for. @private @type {(number[]|undefined)[]} */
    this.pausesOf = new Array(frame.count);
    /** Completion of every order: its latest run_end; NaN without operations. */
    this.finish = new Float64Array(scene.orders.length).fill(Number.NaN);
    this.begin = 0;
    this.makespan = 0;
    this.longestSetup = 0;
    for (let operation = 0; operation < frame.count; operation++) {
      const order = scene.order[operation];
      if (!(this.finish[order] >= this.runEnd[operation])) this.finish[order] = this.runEnd[operation];
      this.begin = Math.min(this.begin, this.setupStart[operation]);
      this.longestSetup = Math.max(this.longestSetup, this.start[operation] - this.setupStart[operation]);
      this.makespan = Math.max(this.makespan, this.end[operation]);
    }
    /** See `Standing`, by order. */
    this.orderStanding = this.judgeOrders();
    this.lateOrders = this.orderStanding.reduce((sum, standing) => sum + Number(standing === Standing.LATE), 0);
  }

  /**
   * @private
   * @returns {Uint8Array}
   */
  judgeOrders() {
    const risk = this.scene.hours(RISK_HOURS);
    return Uint8Array.from(this.scene.orders, (order, index) => {
      if (order.due === null || Number.isNaN(this.finish[index])) return Standing.ON_TIME;
      const slack = order.due - this.finish[index];
      if (slack < 0) return Standing.LATE;
      return slack < risk ? Standing.AT_RISK : Standing.ON_TIME;
    });
  }

  /**
   * @param {number} operation
   * @returns {number} see `Standing`
   */
  standing(operation) {
    if (this.flags[operation] & Flag.DONE) return Standing.DONE;
    return this.orderStanding[this.scene.order[operation]];
  }

  /**
   * @param {number} order
   * @returns {number|null} finish − due in ticks, positive when late; null without a due date
   */
  lateness(order) {
    const { due } = this.scene.orders[order];
    return due === null || Number.isNaN(this.finish[order]) ? null : this.finish[order] - due;
  }

  /**
   * @param {number} operation
   * @returns {number[]} the people at work on it, each once
   */
  operatorsOf(operation) {
    const people = new Set(Array.from(itemsOf(this.engagements, operation), (row) => this.engagedOperator[row]));
    return [...people];
  }

  /**
   * Where work stands still between setup_start and end: the machine is closed or down, or somebody who is needed is off shift.
   * Of what has begun nobody knows but the former; plans/tables.py says it alike.
   *
   * @param {number} operation
   * @returns {number[]} flat intervals
   */
  pauses(operation) {
    let pauses = this.pausesOf[operation];
    if (!pauses) {
      pauses = this.findPauses(operation);
      this.pausesOf[operation] = pauses;
    }
    return pauses;
  }

  /**
   * @private
   * @param {number} operation
   * @returns {number[]}
   */
  findPauses(operation) {
    const { idle } = this.scene.machines[this.machine[operation]];
    const standing = within(idle, this.setupStart[operation], this.end[operation]);
    if (!(this.flags[operation] & Flag.MAY_PAUSE) || this.flags[operation] & (Flag.DONE | Flag.STARTED)) return standing;
    const absent = [];
    for (const row of itemsOf(this.engagements, operation)) {
      const { closed } = this.scene.operators[this.engagedOperator[row]];
      absent.push(Int32Array.from(within(closed, this.engagedBegin[row], this.engagedEnd[row])));
    }
    if (absent.every((list) => list.length === 0)) return standing;
    return Array.from(union([Int32Array.from(standing), ...absent]));
  }
}

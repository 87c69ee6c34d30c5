/**
 * What a plan is drawn on: machines, people, orders and operations of one frozen problem. It comes once as JSON and never changes;
 * plans come as frames. An operation, a machine, an operator, an order is the number of its place in the scene.
 */

import { groupBy } from "./columns.js";
import { flatten, intersection, union } from "./intervals.js";

/**
 * @typedef {Object} WireOperations
 * @property {string[]} id
 * @property {string[]} name
 * @property {number[]} number
 * @property {number[]} order
 * @property {number[]} cell
 * @property {number[]} family −1 for none
 * @property {number[]} may_pause
 */

/**
 * @typedef {{tick: number, label: string, weekend: boolean}} Day
 * @typedef {{id: string, name: string}} Cell
 * @typedef {{id: string, name: string, cell: number, capacity: number, closed: [number, number][], downtime: [number, number, string, string][]}} WireMachine
 * @typedef {{id: string, name: string, closed: [number, number][]}} WireOperator
 * @typedef {{id: string, name: string, product: string, customer: string, release: number, due: number|null, deadline: number|null, weight: number}} Order
 * @typedef {{begin: number, end: number, kind: string, reason: string}} Downtime
 * @typedef {{id: string, name: string, cell: number, capacity: number, closed: Int32Array, downtime: Downtime[], idle: Int32Array}} Machine
 * @typedef {{id: string, name: string, closed: Int32Array}} Operator
 */

/**
 * @typedef {Object} WireScene
 * @property {number} version
 * @property {string} name
 * @property {string} time_zone IANA name; everything is shown in it
 * @property {string} epoch ISO 8601 instant of tick 0
 * @property {number} tick_seconds
 * @property {number} horizon
 * @property {Day[]} days local midnights; a day may have 23 or 25 hours
 * @property {Cell[]} cells
 * @property {WireMachine[]} machines
 * @property {WireOperator[]} operators
 * @property {string[]} families
 * @property {Order[]} orders
 * @property {WireOperations} operations
 * @property {[number, number][]} links before, after
 */

/**
 * @param {WireMachine} wire
 * @returns {Machine}
 */
function readMachine(wire) {
  const { id, name, cell, capacity } = wire;
  const downtime = wire.downtime.map(([begin, end, kind, reason]) => ({ begin, end, kind, reason }));
  const closed = flatten(wire.closed);
  const down = downtime.map(({ begin, end }) => [begin, end]);
  return { id, name, cell, capacity, closed, downtime, idle: down.length > 0 ? union([closed, flatten(down)]) : closed };
}

export class Scene {
  /** @param {WireScene} wire */
  constructor(wire) {
    if (wire.version !== 1) throw new TypeError(`Scene version ${wire.version} is unknown`);
    this.name = wire.name;
    this.timeZone = wire.time_zone;
    this.epoch = Date.parse(wire.epoch);
    this.tickSeconds = wire.tick_seconds;
    this.horizon = wire.horizon;
    this.days = wire.days;
    this.cells = wire.cells;
    this.families = wire.families;
    this.orders = wire.orders;
    this.machines = wire.machines.map(readMachine);
    /** @type {Operator[]} */
    this.operators = wire.operators.map(({ id, name, closed }) => ({ id, name, closed: flatten(closed) }));
    /** When no machine works at all. */
    this.plantClosed = this.machines
      .map((machine) => machine.closed)
      .reduce(intersection, this.machines[0]?.closed ?? new Int32Array());
    this.begin = Math.min(0, wire.days.length > 0 ? wire.days[0].tick : 0);
    const { operations, links } = wire;
    this.operationCount = operations.id.length;
    this.operationId = operations.id;
    this.operationName = operations.name;
    this.number = Int32Array.from(operations.number);
    this.order = Int32Array.from(operations.order);
    this.cell = Int32Array.from(operations.cell);
    this.family = Int32Array.from(operations.family);
    this.operationsByOrder = groupBy(this.orders.length, this.order);
    this.machinesByCell = groupBy(
      this.cells.length,
      this.machines.map((machine) => machine.cell),
    );
    this.linkBefore = Int32Array.from(links, ([before]) => before);
    this.linkAfter = Int32Array.from(links, ([, after]) => after);
    this.linksFrom = groupBy(this.operationCount, this.linkBefore);
    this.linksInto = groupBy(this.operationCount, this.linkAfter);
  }

  /**
   * @param {number} operation
   * @returns {Order}
   */
  orderOf(operation) {
    return this.orders[this.order[operation]];
  }

  /**
   * @param {number} operation
   * @returns {string} order and step, as people say it: "4711·4"
   */
  label(operation) {
    return `${this.orderOf(operation).name}·${this.number[operation]}`;
  }

  /**
   * @param {number} tick
   * @returns {number} milliseconds since 1970
   */
  instant(tick) {
    return this.epoch + tick * this.tickSeconds * 1000;
  }

  /**
   * @param {number} instant milliseconds since 1970
   * @returns {number} tick, with a fraction
   */
  tickAt(instant) {
    return (instant - this.epoch) / (this.tickSeconds * 1000);
  }

  /**
   * @param {number} hours
   * @returns {number} ticks
   */
  hours(hours) {
    return (hours * 3600) / this.tickSeconds;
  }
}

/** One operation in a plan as plain data, for inspectors and tooltips. */

import { itemsOf } from "./columns.js";
import { Flag } from "./frames.js";

/**
 * @typedef {Object} Neighbour
 * @property {number} number of the operation, for `Gantt.select`
 * @property {string} label "4711·4"
 * @property {string} name
 * @property {string} machine
 * @property {Date} start
 * @property {Date} runEnd
 */

/**
 * @typedef {Object} Description
 * @property {string} timeZone in which the dates are to be shown
 * @property {number} number of the operation
 * @property {string} id of the operation
 * @property {string} label "4711·4"
 * @property {string} operation name of the step
 * @property {number} step
 * @property {number} steps of the order
 * @property {string} order its name
 * @property {string} orderId
 * @property {string} product
 * @property {string} customer
 * @property {number} weight of the order
 * @property {string} machine
 * @property {string} cell of the machine
 * @property {string|null} family
 * @property {Date} setupStart
 * @property {Date} start
 * @property {Date} runEnd
 * @property {Date} end
 * @property {number} setupMinutes working time
 * @property {number} runMinutes working time
 * @property {number} pauseMinutes
 * @property {{from: Date, to: Date}[]} pauses
 * @property {string[]} crew
 * @property {Date|null} due
 * @property {Date|null} deadline
 * @property {Date|null} projected when the order is finished
 * @property {number|null} latenessMinutes of the order: positive when late; null without a due date
 * @property {"on time"|"at risk"|"late"|"done"} standing
 * @property {string[]} flags "Done", "Started", "Pinned", "Frozen", "May pause"
 * @property {Neighbour|null} predecessor of the operations that it waits for, the one that ends last
 * @property {Neighbour|null} successor of the operations that wait for it, the one that starts first
 * @property {Neighbour|null} before it on the same machine
 * @property {Neighbour|null} after it on the same machine
 */

/** @type {readonly Description["standing"][]} */
const STANDINGS = ["on time", "at risk", "late", "done"];

/** @type {readonly [number, string][]} */
const FLAG_WORDS = [
  [Flag.DONE, "Done"],
  [Flag.STARTED, "Started"],
  [Flag.PINNED, "Pinned"],
  [Flag.FROZEN, "Frozen"],
  [Flag.MAY_PAUSE, "May pause"],
];

/**
 * @param {import("./plan.js").Plan} plan
 * @param {number} operation
 * @returns {Description}
 */
export function describe(plan, operation) {
  const { scene } = plan;
  const order = scene.order[operation];
  const machine = scene.machines[plan.machine[operation]];
  const family = scene.family[operation];
  const lateness = plan.lateness(order);
  return {
    timeZone: scene.timeZone,
    number: operation,
    id: scene.operationId[operation],
    label: scene.label(operation),
    operation: scene.operationName[operation],
    step: scene.number[operation],
    steps: itemsOf(scene.operationsByOrder, order).length,
    machine: machine.name,
    cell: scene.cells[machine.cell].name,
    family: family < 0 ? null : scene.families[family],
    crew: plan.operatorsOf(operation).map((person) => scene.operators[person].name),
    latenessMinutes: lateness === null ? null : minutes(scene, lateness),
    standing: STANDINGS[plan.standing(operation)],
    flags: FLAG_WORDS.filter(([flag]) => plan.flags[operation] & flag).map(([, word]) => word),
    ...describeOrder(plan, order),
    ...describeTimes(plan, operation),
    ...describeNeighbours(plan, operation),
  };
}

/**
 * @param {import("./scene.js").Scene} scene
 * @param {number} ticks
 */
function minutes(scene, ticks) {
  return (ticks * scene.tickSeconds) / 60;
}

/**
 * @param {import("./scene.js").Scene} scene
 * @param {number} tick
 */
function date(scene, tick) {
  return new Date(scene.instant(tick));
}

/**
 * @param {import("./plan.js").Plan} plan
 * @param {number} order
 */
function describeOrder({ scene, finish }, order) {
  const { id, name, product, customer, weight, due, deadline } = scene.orders[order];
  return {
    order: name,
    orderId: id,
    product,
    customer,
    weight,
    due: due === null ? null : date(scene, due),
    deadline: deadline === null ? null : date(scene, deadline),
    projected: Number.isNaN(finish[order]) ? null : date(scene, finish[order]),
  };
}

/**
 * @param {import("./plan.js").Plan} plan
 * @param {number} operation
 */
function describeTimes(plan, operation) {
  const { scene } = plan;
  const [setupStart, start, runEnd] = [plan.setupStart[operation], plan.start[operation], plan.runEnd[operation]];
  const flat = plan.pauses(operation);
  /** @type {Description["pauses"]} */
  const pauses = [];
  let [setup, run, paused] = [start - setupStart, runEnd - start, 0];
  for (let at = 0; at < flat.length; at += 2) {
    const [from, to] = [flat[at], flat[at + 1]];
    pauses.push({ from: date(scene, from), to: date(scene, to) });
    setup -= Math.max(0, Math.min(to, start) - Math.max(from, setupStart));
    run -= Math.max(0, Math.min(to, runEnd) - Math.max(from, start));
    paused += to - from;
  }
  return {
    setupStart: date(scene, setupStart),
    start: date(scene, start),
    runEnd: date(scene, runEnd),
    end: date(scene, plan.end[operation]),
    setupMinutes: minutes(scene, setup),
    runMinutes: minutes(scene, run),
    pauseMinutes: minutes(scene, paused),
    pauses,
  };
}

/**
 * @param {import("./plan.js").Plan} plan
 * @param {number} operation
 */
function describeNeighbours(plan, operation) {
  const [before, after] = besides(plan, operation);
  return {
    predecessor: describeNeighbour(plan, predecessorOf(plan, operation)),
    successor: describeNeighbour(plan, successorOf(plan, operation)),
    before: describeNeighbour(plan, before),
    after: describeNeighbour(plan, after),
  };
}

/**
 * @param {import("./plan.js").Plan} plan
 * @param {number|null} operation
 * @returns {Neighbour|null}
 */
function describeNeighbour(plan, operation) {
  if (operation === null) return null;
  const { scene } = plan;
  return {
    number: operation,
    label: scene.label(operation),
    name: scene.operationName[operation],
    machine: scene.machines[plan.machine[operation]].name,
    start: date(scene, plan.start[operation]),
    runEnd: date(scene, plan.runEnd[operation]),
  };
}

/**
 * @param {import("./plan.js").Plan} plan
 * @param {number} operation
 * @returns {number|null} of the operations that it waits for, the one that ends last
 */
export function predecessorOf(plan, operation) {
  const { scene } = plan;
  const before = Array.from(itemsOf(scene.linksInto, operation), (link) => scene.linkBefore[link]);
  return before.length === 0 ? null : before.reduce((a, b) => (plan.runEnd[b] > plan.runEnd[a] ? b : a));
}

/**
 * @param {import("./plan.js").Plan} plan
 * @param {number} operation
 * @returns {number|null} of the operations that wait for it, the one that starts first
 */
export function successorOf(plan, operation) {
  const { scene } = plan;
  const after = Array.from(itemsOf(scene.linksFrom, operation), (link) => scene.linkAfter[link]);
  return after.length === 0 ? null : after.reduce((a, b) => (plan.start[b] < plan.start[a] ? b : a));
}

/**
 * @param {import("./plan.js").Plan} plan
 * @param {number} operation
 * @returns {[number|null, number|null]} the ones just before and after it on its machine
 */
function besides(plan, operation) {
  const key = (/** @type {number} */ other) => plan.setupStart[other];
  const others = [...plan.machine.keys()].filter(
    (other) => other !== operation && plan.machine[other] === plan.machine[operation],
  );
  const earlier = others.filter((other) => key(other) < key(operation));
  const later = others.filter((other) => key(other) >= key(operation));
  return [
    earlier.length === 0 ? null : earlier.reduce((a, b) => (key(b) > key(a) ? b : a)),
    later.length === 0 ? null : later.reduce((a, b) => (key(b) < key(a) ? b : a)),
  ];
}

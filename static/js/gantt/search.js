/** Finds what a planner types: order, step, product, customer, machine, person. */

/**
 * @typedef {Object} Finding
 * @property {number[]} operations that match, by start
 * @property {number|null} subject machine or operator of the view whose name matches
 */

/**
 * @param {import("./picture.js").Picture} picture
 * @param {string} text
 * @returns {Finding}
 */
function find({ scene, plan, view }, text) {
  const wanted = text.trim().toLocaleLowerCase();
  if (!wanted) return { operations: [], subject: null };
  const named = view === "operators" ? scene.operators : view === "machines" ? scene.machines : [];
  const subject = named.findIndex(({ name }) => name.toLocaleLowerCase().includes(wanted));
  const orders = scene.orders.map(({ name, product, customer }) =>
    [name, `order ${name}`, product, customer].some((field) => field.toLocaleLowerCase().includes(wanted)),
  );
  /** @type {number[]} */
  const operations = [];
  for (let operation = 0; operation < scene.operationCount; operation++) {
    const own = [scene.operationName[operation], scene.label(operation)];
    if (orders[scene.order[operation]] || own.some((field) => field.toLocaleLowerCase().includes(wanted)))
      operations.push(operation);
  }
  if (plan) operations.sort((a, b) => plan.start[a] - plan.start[b]);
  return { operations, subject: subject < 0 ? null : subject };
}

/**
 * @typedef {Object} Located
 * @property {number} count operations that match
 * @property {number} index of the one that is shown, from 0; −1 when there is none
 * @property {number|null} operation
 * @property {number|null} subject machine or operator that was gone to instead
 */

/** Goes from match to match: the same text again goes on to the next. */
export class Search {
  /** @param {import("./gantt.js").Gantt} gantt */
  constructor(gantt) {
    this.gantt = gantt;
    /** @private */
    this.text = "";
    /** @private */
    this.index = -1;
  }

  /**
   * @param {string} text
   * @returns {Located}
   */
  locate(text) {
    const { gantt } = this;
    const { operations, subject } = find(gantt.picture, text);
    const count = operations.length;
    gantt.attention.marks.found = new Set(operations);
    this.index = text === this.text && count > 0 ? (this.index + 1) % count : 0;
    this.text = text;
    if (subject !== null) gantt.attention.focusOn(gantt.picture.rowOfSubject(subject), null);
    else if (count > 0) gantt.select(operations[this.index]);
    gantt.repaint();
    if (count > 0) gantt.say(`${this.index + 1} of ${count} operations that match ${text}`);
    else if (text.trim() && subject === null) gantt.say(`Nothing matches ${text}`);
    if (count === 0) return { count, index: -1, operation: null, subject };
    return { count, index: this.index, operation: operations[this.index], subject };
  }
}

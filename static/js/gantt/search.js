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
export function find({ scene, plan, view }, text) {
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

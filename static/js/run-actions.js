// Which buttons of a run are there depends on its state, and changes while one looks; runs/actions.py says the same.

/** @typedef {import("./live.js").RunState} RunState */

/**
 * Shows what the state allows. `data-when` lists situations: "running", "queued+plan" (with a plan found before), "queued-plan".
 *
 * @param {ParentNode} root
 * @param {RunState} run
 */
export function showActions(root, run) {
  const plan = run.incumbent_seq === null ? "-plan" : "+plan";
  for (const element of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll("[data-when]"))) {
    const when = (element.dataset.when ?? "").split(" ");
    element.hidden = !when.includes(run.state) && !when.includes(run.state + plan);
  }
}

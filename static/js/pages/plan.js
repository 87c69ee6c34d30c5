// The plan page and the board: one stored plan on the Gantt.
import { Plot } from "taktline/plot.js";

const root = /** @type {HTMLElement|null} */ (document.querySelector("[data-plot]"));
if (root) new Plot(root).load();

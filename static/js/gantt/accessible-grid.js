/**
 * The Gantt for those who do not see it: the canvas is one grid with one tab stop, and its content is the row of the focus with
 * the operations around it. News of plans go to a live region, one in ten seconds at most.
 */

import { describe } from "./description.js";
import { element } from "./surface.js";
import { Teller } from "./tooltip.js";

const AROUND = 3;
const NEWS_MS = 10_000;
let grids = 0;

export class AccessibleGrid {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {HTMLElement} status
   */
  constructor(canvas, status) {
    this.canvas = canvas;
    this.status = status;
    this.prefix = `gantt-${++grids}`;
    /** @private */
    this.lastNews = Number.NEGATIVE_INFINITY;
    /** @private @type {ReturnType<typeof setTimeout>|undefined} */
    this.waiting = undefined;
  }

  /**
   * @param {import("./picture.js").Picture} picture
   * @param {import("./overlay.js").Marks} marks
   */
  show(picture, marks) {
    const { canvas } = this;
    const { rows } = picture.rows;
    canvas.setAttribute("aria-label", `Plan by ${picture.view}, ${picture.scene.name}`);
    canvas.setAttribute("aria-rowcount", String(rows.length));
    const focus = marks.focus ?? { row: 0, operation: null };
    const row = rows[focus.row];
    if (!row) {
      canvas.removeAttribute("aria-activedescendant");
      canvas.replaceChildren();
      return;
    }
    const line = element("div", "", { role: "row", "aria-rowindex": String(focus.row + 1) });
    const header = element("div", "", { role: "rowheader", id: `${this.prefix}-row` });
    line.append(header);
    if (row.kind === "group") {
      header.setAttribute("aria-expanded", String(!row.folded));
      header.textContent = `${row.label}, ${row.note} rows`;
    } else {
      const operations = picture.operationsIn(row.index);
      header.textContent = `${row.label}${row.note ? ` ${row.note}` : ""}, ${operations.length} operations`;
      if (focus.operation !== null) line.append(...this.cells(picture, operations, focus.operation, marks.selected));
    }
    canvas.replaceChildren(line);
    const active = focus.operation === null || !picture.plan ? `${this.prefix}-row` : `${this.prefix}-${focus.operation}`;
    canvas.setAttribute("aria-activedescendant", active);
  }

  /**
   * @private
   * @param {import("./picture.js").Picture} picture
   * @param {Int32Array} operations of the row
   * @param {number} focused
   * @param {number|null} selected
   */
  cells(picture, operations, focused, selected) {
    const { plan } = picture;
    if (!plan) return [];
    const teller = new Teller(picture.words);
    const place = operations.indexOf(focused);
    const first = Math.max(0, place - AROUND);
    return Array.from(operations.subarray(first, place + AROUND + 1), (operation, index) => {
      const cell = element("div", "", {
        role: "gridcell",
        id: `${this.prefix}-${operation}`,
        "aria-colindex": String(first + index + 2),
        "aria-selected": String(operation === selected),
      });
      cell.textContent = teller.sentence(describe(plan, operation));
      return cell;
    });
  }

  /**
   * Said at once.
   *
   * @param {string} text
   */
  say(text) {
    this.status.textContent = text;
  }

  /**
   * Said when the last news is ten seconds old; the newest wins.
   *
   * @param {() => string} text
   */
  news(text) {
    clearTimeout(this.waiting);
    const speak = () => {
      this.lastNews = performance.now();
      this.say(text());
    };
    const wait = this.lastNews + NEWS_MS - performance.now();
    if (wait <= 0) speak();
    else this.waiting = setTimeout(speak, wait);
  }

  destroy() {
    clearTimeout(this.waiting);
  }
}

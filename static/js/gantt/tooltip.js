/** What is under the pointer, in words. */

import { element } from "./surface.js";

/** @typedef {[label: string, text: string, tone?: "late"|"risk"]} Line */

const OFFSET = 14;

/** Says a description in the plant's words. */
export class Teller {
  /** @param {import("./words.js").Words} words */
  constructor(words) {
    this.words = words;
  }

  /**
   * @private
   * @param {Date} date
   */
  at(date) {
    return this.words.moment(this.words.scene.tickAt(date.getTime()));
  }

  /**
   * @private
   * @param {number} minutes
   */
  length(minutes) {
    return this.words.duration((minutes * 60) / this.words.scene.tickSeconds);
  }

  /**
   * @param {number|null} minutes
   * @returns {string}
   */
  lateness(minutes) {
    return this.words.lateness(minutes === null ? null : (minutes * 60) / this.words.scene.tickSeconds);
  }

  /**
   * @param {import("./description.js").Description} one
   * @returns {Line[]} for the tooltip
   */
  lines(one) {
    /** @type {Line[]} */
    const lines = [];
    if (one.setupMinutes > 0) lines.push(["Setup", `${this.length(one.setupMinutes)}, from ${this.at(one.setupStart)}`]);
    lines.push(["Start", this.at(one.start)], ["Finish", this.at(one.runEnd)], ["Run", this.length(one.runMinutes)]);
    if (one.pauseMinutes > 0) lines.push(["Pauses", this.pauses(one)]);
    if (one.crew.length > 0) lines.push(["Crew", one.crew.join(", ")]);
    if (one.family) lines.push(["Family", one.family]);
    if (one.due) lines.push(["Need-by", this.at(one.due)]);
    if (one.projected && one.due)
      lines.push(["Projected", this.at(one.projected)], ["", this.lateness(one.latenessMinutes), toneOf(one)]);
    const signs = one.flags.filter((word) => word !== "May pause");
    if (signs.length > 0) lines.push(["State", signs.join(", ")]);
    return lines;
  }

  /**
   * @private
   * @param {import("./description.js").Description} one
   */
  pauses({ pauses, pauseMinutes }) {
    const [first] = pauses;
    if (pauses.length > 1) return `${this.length(pauseMinutes)} in ${pauses.length} pauses`;
    return `${this.length(pauseMinutes)}, from ${this.at(first.from)}`;
  }

  /**
   * @param {import("./description.js").Description} one
   * @returns {string} for people who do not see the bar
   */
  sentence(one) {
    const late = (one.latenessMinutes ?? 0) > 0 && one.standing !== "done";
    const parts = [
      `Order ${one.order} step ${one.step}, ${one.operation}`,
      `on ${one.machine}`,
      `${this.at(one.start)} to ${this.at(one.runEnd)}`,
      late ? this.lateness(one.latenessMinutes) : one.standing,
      ...one.flags.filter((word) => word === "Pinned" || word === "Frozen").map((word) => word.toLowerCase()),
    ];
    return parts.join(", ");
  }
}

/**
 * @param {import("./description.js").Description} one
 * @returns {"late"|"risk"|undefined}
 */
function toneOf(one) {
  if ((one.latenessMinutes ?? 0) > 0) return "late";
  return one.standing === "at risk" ? "risk" : undefined;
}

export class Tooltip {
  /** @param {HTMLElement} tip */
  constructor(tip) {
    this.tip = tip;
  }

  /**
   * @param {string} title
   * @param {string} subtitle
   * @param {Line[]} lines
   */
  fill(title, subtitle, lines) {
    const head = element("div", "gantt-tip-title");
    head.textContent = title;
    const sub = element("div", "gantt-tip-subtitle");
    sub.textContent = subtitle;
    const list = element("dl", "gantt-tip-lines");
    for (const [label, text, tone] of lines) {
      const term = element("dt", "");
      const value = element("dd", tone ? `gantt-${tone}` : "");
      term.textContent = label;
      value.textContent = text;
      list.append(term, value);
    }
    this.tip.replaceChildren(head, sub, list);
  }

  /**
   * @param {number} x of the pointer, from the corner of the Gantt
   * @param {number} y
   */
  place(x, y) {
    this.tip.hidden = false;
    const { offsetWidth: width, offsetHeight: height, parentElement } = this.tip;
    const room = { width: parentElement?.clientWidth ?? 0, height: parentElement?.clientHeight ?? 0 };
    const left = x + OFFSET + width > room.width ? Math.max(4, x - OFFSET - width) : x + OFFSET;
    const top = y + OFFSET + height > room.height ? Math.max(4, y - OFFSET - height) : y + OFFSET;
    this.tip.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
  }

  hide() {
    this.tip.hidden = true;
  }
}

/**
 * Two rows of time: days over hours, or months over days when hours are too narrow. Midnights come from the server, the hours
 * between them from the plant's wall clock: a day of 23 hours has one label less.
 */

/**
 * @typedef {Object} AxisSpan
 * @property {number} from tick
 * @property {number} to tick
 * @property {string} label
 */

/**
 * @typedef {Object} AxisMark
 * @property {number} tick
 * @property {string} label "" for a line without text
 */

/**
 * @typedef {Object} Axis
 * @property {AxisSpan[]} upper
 * @property {AxisMark[]} lower
 * @property {number[]} strong ticks of strong lines
 * @property {number[]} weak ticks of weak lines
 */

/** Pixels that a label of the lower row needs. */
const LABEL_ROOM = 48;
const STEPS_HOURS = [0.25, 0.5, 1, 2, 4, 6, 12];

export class TimeAxis {
  /**
   * @param {import("./scene.js").Scene} scene
   * @param {import("./words.js").Words} words
   */
  constructor(scene, words) {
    this.scene = scene;
    this.words = words;
    /**
     * Wall clock hours of the days that were shown.
     *
     * @private @type {Map<number, {tick: number, hour: number}[]>}
     */
    this.hoursByDay = new Map();
  }

  /**
   * @param {import("./viewport.js").Viewport} viewport
   * @returns {Axis}
   */
  read(viewport) {
    const hour = this.scene.hours(1) * viewport.scale;
    const step = STEPS_HOURS.find((hours) => hours * hour >= LABEL_ROOM);
    return step === undefined ? this.readDays(viewport) : this.readHours(viewport, step);
  }

  /**
   * @private
   * @param {number} day
   * @returns {number} tick of the midnight after it
   */
  endOfDay(day) {
    const { days } = this.scene;
    return day + 1 < days.length ? days[day + 1].tick : days[day].tick + this.scene.hours(24);
  }

  /**
   * @private
   * @param {number} day
   */
  hoursOf(day) {
    const known = this.hoursByDay.get(day);
    if (known) return known;
    const begin = this.scene.days[day].tick;
    const hour = this.scene.hours(1);
    const length = Math.round((this.endOfDay(day) - begin) / hour);
    const hours = Array.from({ length }, (_, index) => ({
      tick: begin + index * hour,
      hour: length === 24 ? index : this.words.hour(begin + index * hour),
    }));
    this.hoursByDay.set(day, hours);
    return hours;
  }

  /**
   * Days of the scene that are in view.
   *
   * @private
   * @param {import("./viewport.js").Viewport} viewport
   */
  visibleDays(viewport) {
    const all = [...this.scene.days.keys()];
    return all.filter((day) => this.scene.days[day].tick < viewport.until && this.endOfDay(day) > viewport.origin);
  }

  /**
   * @private
   * @param {import("./viewport.js").Viewport} viewport
   * @param {number} step hours between two labels
   * @returns {Axis}
   */
  readHours(viewport, step) {
    /** @type {Axis} */
    const axis = { upper: [], lower: [], strong: [], weak: [] };
    for (const day of this.visibleDays(viewport)) {
      const { tick, label } = this.scene.days[day];
      axis.upper.push({ from: tick, to: this.endOfDay(day), label });
      axis.strong.push(tick);
      for (const { tick: at, hour } of this.hoursOf(day)) {
        if (step >= 1 && hour % step !== 0) continue;
        for (let minutes = 0; minutes < 60; minutes += step * 60) {
          const mark = at + this.scene.hours(minutes / 60);
          axis.lower.push({ tick: mark, label: `${String(hour).padStart(2, "0")}:${String(minutes).padStart(2, "0")}` });
          if (mark !== tick) axis.weak.push(mark);
        }
      }
    }
    return axis;
  }

  /**
   * @private
   * @param {number} day
   * @param {number} every days between two labels
   * @returns {boolean} whether it gets one: the day after a weekend, as long as every week can have one
   */
  beginsWeeks(day, every) {
    const { days } = this.scene;
    return every === 7 ? day > 0 && days[day - 1].weekend && !days[day].weekend : day % every === 0;
  }

  /**
   * @private
   * @param {import("./viewport.js").Viewport} viewport
   * @returns {Axis}
   */
  readDays(viewport) {
    /** @type {Axis} */
    const axis = { upper: [], lower: [], strong: [], weak: [] };
    const width = this.scene.hours(24) * viewport.scale;
    const every = width >= 20 ? 1 : width >= 20 / 7 ? 7 : 28;
    const days = this.visibleDays(viewport);
    for (const day of days) {
      const { tick } = this.scene.days[day];
      const month = this.words.month(tick);
      const last = axis.upper[axis.upper.length - 1];
      if (last && last.label === month) last.to = this.endOfDay(day);
      else axis.upper.push({ from: tick, to: this.endOfDay(day), label: month });
      if (every > 1 && !this.beginsWeeks(day, every)) continue;
      const label = width >= LABEL_ROOM ? this.words.shortDay(tick) : this.words.date(tick);
      axis.lower.push({ tick, label });
      axis.weak.push(tick);
    }
    axis.strong = axis.upper.map((span) => span.from);
    return axis;
  }
}

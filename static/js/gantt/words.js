/** Times and durations as planners say them, in the plant's time zone. */

export class Words {
  /**
   * @param {import("./scene.js").Scene} scene
   * @param {string} locale BCP 47
   */
  constructor(scene, locale) {
    this.scene = scene;
    const zone = { timeZone: scene.timeZone };
    /** @private */
    this.dayFormat = new Intl.DateTimeFormat(locale, { ...zone, weekday: "short", day: "numeric", month: "short" });
    /** @private */
    this.timeFormat = new Intl.DateTimeFormat(locale, { ...zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    /** @private */
    this.monthFormat = new Intl.DateTimeFormat(locale, { ...zone, month: "long", year: "numeric" });
    /** @private */
    this.hourFormat = new Intl.DateTimeFormat("en-GB", { ...zone, hour: "2-digit", hourCycle: "h23" });
    /** @private */
    this.shortDayFormat = new Intl.DateTimeFormat(locale, { ...zone, weekday: "short", day: "numeric" });
    /** @private */
    this.dateFormat = new Intl.DateTimeFormat(locale, { ...zone, day: "numeric" });
  }

  /** @param {number} tick */
  day(tick) {
    return this.dayFormat.format(this.scene.instant(tick)).replace(",", "");
  }

  /** @param {number} tick "Mon 23" */
  shortDay(tick) {
    return this.shortDayFormat.format(this.scene.instant(tick)).replace(",", "");
  }

  /** @param {number} tick day of the month */
  date(tick) {
    return this.dateFormat.format(this.scene.instant(tick));
  }

  /** @param {number} tick "November 2026" */
  month(tick) {
    return this.monthFormat.format(this.scene.instant(tick));
  }

  /** @param {number} tick "10:40" */
  time(tick) {
    return this.timeFormat.format(this.scene.instant(tick));
  }

  /** @param {number} tick hour on the plant's wall clock */
  hour(tick) {
    return Number.parseInt(this.hourFormat.format(this.scene.instant(tick)), 10);
  }

  /** @param {number} tick "Tue 24 Nov, 10:40" */
  moment(tick) {
    return `${this.day(tick)}, ${this.time(tick)}`;
  }

  /**
   * @param {number} from
   * @param {number} to
   * @returns {string} the day is said twice only when it changes
   */
  span(from, to) {
    const [first, last] = [this.day(from), this.day(to)];
    return `${first}, ${this.time(from)} – ${last === first ? "" : `${last}, `}${this.time(to)}`;
  }

  /**
   * @param {number} ticks
   * @returns {string} "3 h 20", "45 min", "2 d 4 h"
   */
  duration(ticks) {
    const minutes = Math.round((Math.abs(ticks) * this.scene.tickSeconds) / 60);
    if (minutes < 60) return `${minutes} min`;
    const hours = Math.floor(minutes / 60);
    if (hours >= 48) {
      const rest = hours % 24;
      return `${Math.floor(hours / 24)} d${rest > 0 ? ` ${rest} h` : ""}`;
    }
    return minutes % 60 > 0 ? `${hours} h ${String(minutes % 60).padStart(2, "0")}` : `${hours} h`;
  }

  /**
   * @param {number|null} lateness signed ticks
   * @returns {string}
   */
  lateness(lateness) {
    if (lateness === null) return "No due date";
    if (lateness === 0) return "Just on time";
    return `${this.duration(lateness)} ${lateness > 0 ? "late" : "early"}`;
  }
}

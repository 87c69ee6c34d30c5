// Numbers and states in a planner's words.

const whole = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 0 });
const tenth = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 1 });

/**
 * "45 min", "3 h 20", "2 d 4 h".
 * @param {number} minutes
 */
export function duration(minutes) {
  const total = Math.round(Math.abs(minutes));
  if (total < 60) return `${total} min`;
  if (total < 48 * 60) return `${Math.floor(total / 60)} h ${String(total % 60).padStart(2, "0")}`;
  return `${Math.floor(total / 1440)} d ${Math.round((total % 1440) / 60)} h`;
}

/**
 * "3 h 20 late", "2 h 00 early", "on time".
 * @param {number} minutes lateness, signed
 */
export function lateness(minutes) {
  if (Math.round(minutes) === 0) return "on time";
  return `${duration(minutes)} ${minutes > 0 ? "late" : "early"}`;
}

/** @param {number} value */
export const integer = (value) => whole.format(value);

/** @param {number} minutes */
export const hours = (minutes) => `${tenth.format(minutes / 60)} h`;

/** @param {number} seconds */
export function clock(seconds) {
  const total = Math.max(0, Math.floor(seconds));
  return `${Math.floor(total / 60)}:${String(total % 60).padStart(2, "0")}`;
}

/**
 * What the gap means to somebody who has to decide whether to wait.
 * @param {number|null} gap 0 … 1
 */
export function gapWords(gap) {
  if (gap === null) return "No bound yet: how much better is possible is not known";
  if (gap <= 0) return "Proven best: nothing better is possible";
  if (gap >= 0.995) return "No useful bound yet";
  return `At most ${tenth.format(gap * 100)} % better is possible`;
}

/** @type {Record<string, string>} */
const OUTCOMES = {
  optimal: "Proven best",
  feasible: "Best found",
  infeasible: "No schedule exists",
  unknown: "Nothing found in time",
};

/** @type {Record<string, string>} */
const STATES = {
  queued: "Queued",
  running: "Running",
  stopping: "Stopping",
  finished: "Finished",
  failed: "Failed",
  cancelled: "Cancelled",
};

/** @param {{state: string, outcome: string|null}} run */
export function verdict(run) {
  return (run.state === "finished" && run.outcome && OUTCOMES[run.outcome]) || STATES[run.state] || run.state;
}

/** @type {Record<string, string>} */
export const STAGES = {
  checking: "Checking data",
  first_plan: "First plan",
  building: "Building",
  improving: "Improving",
  proving: "Proving",
};

/**
 * One line of the run's log.
 * @param {import("./live.js").RunEvent} event
 */
export function eventLine(event) {
  const data = event.data;
  switch (event.kind) {
    case "queued":
      return "Queued";
    case "started":
      return event.attempt > 1 ? `Attempt ${event.attempt} started` : "Started";
    case "stage":
      return STAGES[data.name] ?? data.name;
    case "improved":
      return `Better plan: ${integer(data.objective)}${data.source ? ` (${data.source})` : ""}`;
    case "bound":
      return `Nothing below ${integer(data.bound)} is possible`;
    case "stopping":
      return "Stop asked for";
    case "requeued":
      return "Interrupted, queued again";
    case "finished":
      return data.outcome ? (OUTCOMES[data.outcome] ?? "Finished") : "Finished";
    case "failed":
      return data.text ?? data.code ?? "Failed";
    case "cancelled":
      return "Cancelled";
    default:
      return event.kind;
  }
}

/**
 * "Tue 24 Nov, 10:40" in the plant's zone.
 * @param {string} timeZone
 */
export function momentFormat(timeZone) {
  return new Intl.DateTimeFormat("en-GB", {
    timeZone,
    weekday: "short",
    day: "numeric",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
  });
}

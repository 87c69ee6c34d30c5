// Numbers and states in a planner's words.

const whole = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 0 });
const tenth = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 1 });

/**
 * "45 min", "3 h", "3 h 20", "2 d 4 h"; plans/words.py says it alike.
 * @param {number} minutes
 */
export function duration(minutes) {
  const total = Math.round(Math.abs(minutes));
  if (total < 60) return `${total} min`;
  const [hours, rest] = [Math.floor(total / 60), total % 60];
  if (hours < 48) return rest > 0 ? `${hours} h ${String(rest).padStart(2, "0")}` : `${hours} h`;
  return hours % 24 > 0 ? `${Math.floor(hours / 24)} d ${hours % 24} h` : `${hours / 24} d`;
}

/**
 * "3 h 20 late", "2 h early", "on time".
 * @param {number} minutes lateness, signed
 */
export function lateness(minutes) {
  if (Math.round(minutes) === 0) return "on time";
  return `${duration(minutes)} ${minutes > 0 ? "late" : "early"}`;
}

/** @param {number} value */
export const integer = (value) => whole.format(value);

/** @param {number} share 0 … 1 */
export const percent = (share) => `${tenth.format(100 * share)} %`;

/** @param {number} minutes */
export const hours = (minutes) => `${tenth.format(minutes / 60)} h`;

/** @param {number} seconds */
export function clock(seconds) {
  const total = Math.max(0, Math.floor(seconds));
  return `${Math.floor(total / 60)}:${String(total % 60).padStart(2, "0")}`;
}

/**
 * What the gap (0 … 1) means to somebody who has to decide whether to wait.
 * @param {{gap: number|null, in_turn: boolean, outcome: string|null}} run
 */
export function gapWords({ gap, in_turn, outcome }) {
  if (gap === null || gap >= 0.995) return "How much better is possible is not known";
  const first = in_turn ? " in what counts first" : "";
  if (gap > 0) return `At most ${percent(gap)} better is possible${first}`;
  return outcome === "optimal" ? "Nothing better is possible" : `Nothing better is possible${first}`;
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

const MORE_TIME =
  "No plan was found before its time was over. “Solve again” with a longer time limit, or plan fewer days at a time.";

/**
 * What to do about a run that has ended without an answer of any kind; "" for others.
 * @param {{outcome: string|null}} run
 */
export const wayOn = (run) => (run.outcome === "unknown" ? MORE_TIME : "");

/** @type {Record<string, string>} */
const TONES = { finished: "good", failed: "bad", running: "accent", stopping: "warn" };

/**
 * CSS class of the pill that says the verdict.
 * @param {{state: string, outcome: string|null}} run
 */
export const tone = (run) => (run.outcome === "infeasible" ? "bad" : (TONES[run.state] ?? ""));

/** @type {Record<string, string>} */
export const STAGES = {
  checking: "Checking data",
  first_plan: "First plan",
  building: "Building",
  improving: "Improving",
  proving: "Proving",
};

/**
 * Who wanted it and why, for the end of a line; nothing where nobody did.
 * @param {Record<string, any>} data of an event
 */
function asAskedBy(data) {
  const who = data.by ? `, asked by ${data.by}` : "";
  return data.reason ? `${who}: “${data.reason}”` : who;
}

/** @param {Record<string, any>} data of an event */
const becauseOf = (data) => (data.reason ? asAskedBy(data) : "");

/** @param {Record<string, any>} data of an event */
function requeued(data) {
  return data.reason === "shutdown" ? "Given back, queued again" : `${data.text ?? "Interrupted."} Queued again`;
}

/** @param {Record<string, any>} data of an event */
function stopping(data) {
  return (data.kind === "cancel" ? "Cancelling" : "Stopping") + asAskedBy(data);
}

/**
 * A tier: the terms that are added up, and what one tick or piece of each costs.
 * @typedef {{key: keyof import("./live.js").Measures, words: string, unit: "hours"|"moment"|"number", weight: number}[]} Tier
 */

/**
 * What a better plan is worth: "120", or "120, then 45" where tiers come one after the other.
 * @param {Record<string, any>} data of an event
 * @param {Tier[]} tiers none where everything is added up
 */
function worth(data, tiers) {
  if (tiers.length === 0 || !data.measures) return integer(data.objective);
  const values = tiers.map((tier) => tier.reduce((sum, { key, weight }) => sum + weight * data.measures[key], 0));
  return values.map(integer).join(", then ");
}

/**
 * One line of the run's log.
 * @param {import("./live.js").RunEvent} event
 * @param {Tier[]} tiers
 */
export function eventLine(event, tiers) {
  const data = event.data;
  switch (event.kind) {
    case "queued":
      return `Queued${becauseOf(data)}`;
    case "promoted":
      return `Made ${data.priority}${asAskedBy(data)}`;
    case "started":
      return event.attempt > 1 ? `Attempt ${event.attempt} started` : "Started";
    case "stage":
      return STAGES[data.name] ?? data.name;
    case "improved":
      return `Better plan: ${worth(data, tiers)}${data.source ? ` (${data.source})` : ""}`;
    case "bound":
      return `Nothing below ${integer(data.bound)} is possible`;
    case "stopping":
      return stopping(data);
    case "requeued":
      return requeued(data);
    case "finished":
      return data.outcome ? (OUTCOMES[data.outcome] ?? "Finished") : "Finished";
    case "failed":
      return data.text ? `${data.text} Not tried again` : "Failed";
    case "cancelled":
      return `Cancelled${asAskedBy(data)}`;
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

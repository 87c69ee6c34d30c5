// The run page: follows one run and shows what it finds.
import "taktline/ask.js";
import { Curve } from "taktline/curve.js";
import { isFinal, RunFeed } from "taktline/live.js";
import { Plot } from "taktline/plot.js";
import { showActions } from "taktline/run-actions.js";
import {
  clock,
  duration,
  eventLine,
  gapWords,
  hours,
  integer,
  momentFormat,
  percent,
  STAGES,
  tone,
  verdict,
  wayOn,
} from "taktline/words.js";

/** @typedef {import("../live.js").RunState} RunState */
/** @typedef {import("../live.js").RunEvent} RunEvent */

const STAGE_ORDER = ["checking", "first_plan", "building", "improving", "proving"];
const CONNECTION_WORDS = {
  connecting: "Connecting",
  live: "Live",
  polling: "Polling every 1.5 s",
  lost: "No connection",
  closed: "Complete",
};
const LOG_LINES = 200;
const PARTS_RETRY_MS = 3000;
/** After these, what the server says about decisions and attempts is another thing. */
const PARTS_CHANGE = new Set(["promoted", "stopping", "cancelled", "started", "requeued", "failed", "finished"]);

const page = JSON.parse(/** @type {HTMLElement} */ (document.getElementById("page-data")).textContent ?? "{}");
const plot = new Plot(/** @type {HTMLElement} */ (document.querySelector("[data-plot]")));
const curve = new Curve(/** @type {HTMLElement} */ (document.querySelector("[data-curve]")));
const connection = /** @type {HTMLElement} */ (document.querySelector("[data-connection]"));
const feed = new RunFeed(page.urls);
/** @type {RunState} */
let run = page.run;
let shownAt = performance.now();
/** How far this computer's clock is ahead of the server's, in milliseconds. */
let clockAhead = Date.now() - Date.parse(run.server_time);
/** @type {Set<string>} stages that the search came to */
const reached = new Set();

/** @param {string} name */
const field = (name) => /** @type {HTMLElement} */ (document.querySelector(`[data-run="${name}"]`));

/**
 * @param {string} name
 * @param {string} text
 */
function kpi(name, text) {
  const element = document.querySelector(`[data-kpi="${name}"]`);
  if (element) element.textContent = text;
}

function elapsed() {
  const running = run.state === "running" || run.state === "stopping";
  return run.elapsed_seconds + (running ? (performance.now() - shownAt) / 1000 : 0);
}

function showTime() {
  const share = run.limit_seconds > 0 ? Math.min(1, elapsed() / run.limit_seconds) : 0;
  field("bar").setAttribute("width", String(share * 100));
  field("detail").textContent = detail();
  showRetry();
  curve.setTime(elapsed());
}

function detail() {
  if (run.state === "queued") return run.waits_for || "Waits for a solve process";
  if (run.state === "failed") return run.failure_text;
  if (isFinal(run)) return `${clock(run.elapsed_seconds)} of ${clock(run.limit_seconds)} used. ${wayOn(run)}`.trimEnd();
  return `${clock(elapsed())} of ${clock(run.limit_seconds)}`;
}

function headline() {
  if (run.state === "running" && run.stage) return STAGES[run.stage] ?? "Running";
  return verdict(run);
}

function showStages() {
  const now = STAGE_ORDER.indexOf(run.stage);
  for (const element of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-stage]"))) {
    const stage = element.dataset.stage ?? "";
    const index = STAGE_ORDER.indexOf(stage);
    const passed = isFinal(run) ? run.outcome === "optimal" || reached.has(stage) : index < now;
    element.dataset.state = passed ? "done" : index === now && !isFinal(run) ? "now" : "ahead";
  }
}

function showButtons() {
  showActions(document, run);
  const keep = /** @type {HTMLElement|null} */ (document.querySelector("[data-keep]"));
  if (keep && run.plan_id !== null) keep.hidden = true;
  const link = /** @type {HTMLAnchorElement|null} */ (document.querySelector("[data-plan-link]"));
  if (link && run.plan_id) {
    link.href = (link.dataset.pattern ?? "").replace("/0/", `/${run.plan_id}/`);
    link.hidden = false;
  }
}

/** Whether it will be tried again, and when. */
function showRetry() {
  const seconds = run.retry_at === null ? 0 : (Date.parse(run.retry_at) + clockAhead - Date.now()) / 1000;
  const waits = run.state === "queued" && run.retry_text !== "";
  field("retry").hidden = !waits;
  if (!waits) return;
  const when = seconds > 1 ? `in ${Math.ceil(seconds)} s` : "in a moment";
  const text = run.retry_text.replace("{when}", when);
  if (field("retry").textContent !== text) field("retry").textContent = text;
}

function showKpis() {
  const measures = run.measures;
  if (!measures || !plot.scene) return;
  const minutes = plot.scene.tick_seconds / 60;
  const withDue = plot.scene.orders.filter((/** @type {{due: number|null}} */ order) => order.due !== null).length;
  const end = new Date(Date.parse(plot.scene.epoch) + measures.makespan * plot.scene.tick_seconds * 1000);
  /** @type {Record<string, (value: number) => string>} */
  const told = {
    hours: (value) => hours(value * minutes),
    moment: () => (withDue ? momentFormat(plot.scene.time_zone).format(end) : duration(measures.makespan * minutes)),
    number: integer,
  };
  for (const { key, unit } of page.tiers.flat()) {
    const amount = document.querySelector(`[data-term="${key}"]`);
    if (amount) amount.textContent = told[unit]?.(measures[/** @type {keyof typeof measures} */ (key)]) ?? "";
  }
  kpi("late_orders", integer(measures.late_orders));
  kpi("on_time", withDue ? percent((withDue - measures.late_orders) / withDue) : "–");
  kpi("weighted_tardiness", hours(measures.weighted_tardiness * minutes));
  kpi("setup", hours(measures.setup * minutes));
  kpi("makespan", told.moment(measures.makespan));
  kpi("objective", run.best_objective === null ? "–" : integer(run.best_objective));
}

function showRun() {
  field("verdict").textContent = verdict(run);
  field("verdict").className = `pill ${tone(run)}`;
  const text = headline();
  if (field("headline").textContent !== text) field("headline").textContent = text;
  field("gap").textContent = run.best_objective === null ? "No plan yet" : gapWords(run);
  // Nothing to say yet, or any more.
  field("quality").hidden = (isFinal(run) || run.state === "queued") && run.best_objective === null;
  showTime();
  showStages();
  showButtons();
  showRetry();
  showKpis();
  field("fallback").hidden = field("fallback-help").hidden = !run.fallback;
  if (plot.note && run.incumbent_seq === null) plot.note.textContent = isFinal(run) ? verdict(run) : detail();
}

/**
 * When something happened, in seconds of the search; "" before it began.
 * @param {RunEvent} event
 */
function secondsInto(event) {
  const since = run.started_at === null ? Number.NaN : (Date.parse(event.at) - Date.parse(run.started_at)) / 1000;
  // Later attempts are told by the clock, as the pauses between them are: what the search counts would seem to go back.
  const searched = event.attempt === 1 ? event.data.elapsed : undefined;
  const seconds = event.kind === "started" && event.attempt === 1 ? 0 : (searched ?? since);
  return seconds >= 0 ? `${seconds.toFixed(1)} s` : "";
}

/** @param {RunEvent[]} events */
function showEvents(events) {
  const log = /** @type {HTMLElement} */ (document.querySelector("[data-log]"));
  for (const event of events) {
    const item = document.createElement("li");
    const time = document.createElement("time");
    time.dateTime = event.at;
    time.textContent = secondsInto(event);
    if (event.kind === "stage") reached.add(event.data.name);
    item.append(time, eventLine(event, page.tiers));
    item.dataset.seq = String(event.seq);
    log.prepend(item);
  }
  if (events.some((event) => event.seq > page.run.last_seq && PARTS_CHANGE.has(event.kind))) refreshParts();
  showStages();
  while (log.childElementCount > LOG_LINES) log.lastElementChild?.remove();
  curve.add(events);
}

/** Decisions and attempts are written by the server: takes them from a fresh copy of this page. */
async function refreshParts() {
  const response = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => null);
  if (!response?.ok) {
    setTimeout(refreshParts, PARTS_RETRY_MS); // the web process is away for a moment
    return;
  }
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  for (const part of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-part]"))) {
    const other = fresh.querySelector(`[data-part="${part.dataset.part}"]`);
    if (!other) continue;
    const open = part.querySelector("details")?.open;
    part.replaceChildren(...document.importNode(other, true).childNodes);
    const details = part.querySelector("details");
    if (details && open) details.open = true;
    part.hidden = other.hasAttribute("hidden");
  }
}

/** The time in the plant, as the clock at the top shows it. */
function plantTime() {
  return document.querySelector("[data-clock]")?.textContent ?? "";
}

/** @param {import("../live.js").Connection} state */
function showConnection(state) {
  const stale = state === "lost" ? ` since ${plantTime()}` : "";
  if (connection.dataset.state === state) return;
  connection.dataset.state = state;
  /** @type {HTMLElement} */ (connection.querySelector("[data-connection-text]")).textContent = CONNECTION_WORDS[state] + stale;
}

feed.addEventListener("run", (event) => {
  const before = run;
  run = /** @type {CustomEvent<RunState>} */ (event).detail;
  if (isFinal(run) && !isFinal(before)) document.querySelector(".messages")?.remove(); // “The run is stopping.”: not any more
  shownAt = performance.now();
  clockAhead = Date.now() - Date.parse(run.server_time);
  showRun();
});
feed.addEventListener("events", (event) => showEvents(/** @type {CustomEvent<RunEvent[]>} */ (event).detail));
feed.addEventListener("frame", (event) => plot.setFrame(/** @type {CustomEvent<ArrayBuffer>} */ (event).detail));
feed.addEventListener("connection", (event) =>
  showConnection(/** @type {CustomEvent<import("../live.js").Connection>} */ (event).detail),
);

showRun();
feed.start();
plot.load().then(showRun);
setInterval(() => {
  // Without a connection nobody knows whether it still runs.
  if (!isFinal(run) && !document.hidden && connection.dataset.state !== "lost") showTime();
}, 250);

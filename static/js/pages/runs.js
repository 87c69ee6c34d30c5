// The list of runs: rows change by themselves while runs go on.
import "taktline/ask.js";
import { isFinal } from "taktline/live.js";
import { Pulse } from "taktline/pulse.js";
import { showActions } from "taktline/run-actions.js";
import { clock, gapWords, integer, tone, verdict } from "taktline/words.js";

/** @typedef {import("../live.js").RunState} RunState */

const MAX_BACKOFF_MS = 15_000;
const PING_MS = 10_000;
let failures = 0;

/**
 * @param {Element} row
 * @param {string} name
 * @param {string} text
 */
function cell(row, name, text) {
  const element = row.querySelector(`[data-cell="${name}"]`);
  if (element && element.textContent !== text) element.textContent = text;
}

/**
 * Whether the unfiltered list would show the run first.
 * @param {RunState} run
 */
function isNew(run) {
  const newest = /** @type {HTMLElement|null} */ (document.querySelector("[data-run-row]"))?.dataset.runRow;
  return location.search === "" && run.id > Number(newest ?? 0);
}

/** @param {RunState} run */
function show(run) {
  const row = document.querySelector(`[data-run-row="${run.id}"]`);
  if (!row) {
    if (isNew(run)) location.reload();
    return;
  }
  cell(row, "verdict", verdict(run));
  const pill = row.querySelector('[data-cell="verdict"]');
  if (pill) pill.className = `pill ${tone(run)}`;
  const link = /** @type {HTMLAnchorElement|null} */ (row.querySelector("[data-plan-link]"));
  if (link && run.plan_id) {
    link.href = (link.dataset.pattern ?? "").replace("/0/", `/${run.plan_id}/`);
    link.hidden = false;
  }
  cell(row, "objective", run.best_objective === null ? "–" : integer(run.best_objective));
  cell(row, "late", run.measures ? integer(run.measures.late_orders) : "–");
  cell(row, "elapsed", `${clock(run.elapsed_seconds)} of ${clock(run.limit_seconds)}`);
  cell(row, "gap", run.best_objective === null ? "–" : gapWords(run));
  const fallback = /** @type {HTMLElement|null} */ (row.querySelector('[data-cell="fallback"]'));
  if (fallback) fallback.hidden = !run.fallback;
  showActions(row, run);
  row.setAttribute("data-live", String(!isFinal(run)));
}

function connect() {
  const url = new URL("/ws/runs/", location.href);
  url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  const socket = new WebSocket(url);
  const line = new AbortController();
  const over = () => {
    line.abort();
    pulse.stop();
    socket.close();
    failures += 1;
    setTimeout(connect, Math.min(MAX_BACKOFF_MS, 500 * 2 ** failures) * (0.5 + Math.random() / 2));
  };
  const ping = () => {
    if (socket.readyState === WebSocket.OPEN) socket.send('{"type":"ping"}'); // the server sends only so much to who is silent
  };
  const pulse = new Pulse(PING_MS, ping, over);
  const hear = (/** @type {MessageEvent<string>} */ message) => {
    failures = 0;
    pulse.heard();
    const said = JSON.parse(message.data);
    if (said.type === "runs") show(said.run);
  };
  socket.addEventListener("message", hear, { signal: line.signal });
  socket.addEventListener("close", over, { signal: line.signal });
}

connect();

// Follows one run: by websocket, by polling where sockets are blocked. Every event once and in order, whatever happens to the line.
import { Pulse } from "taktline/pulse.js";

/**
 * @typedef {{seq: number, kind: string, at: string, attempt: number, data: Record<string, any>}} RunEvent
 * @typedef {{weighted_tardiness: number, late_orders: number, makespan: number, setup: number, mode_cost: number, flow_time: number, churn: number}} Measures
 * @typedef {{
 *   id: number, state: string, outcome: string|null, failure_code: string, failure_text: string, stage: string,
 *   queue_position: number|null, waits_for: string, requested_at: string, requested_by: string,
 *   started_at: string|null, finished_at: string|null, elapsed_seconds: number, limit_seconds: number,
 *   best_objective: number|null, best_bound: number|null, gap: number|null, in_turn: boolean, measures: Measures|null,
 *   incumbent_seq: number|null, last_seq: number, plan_id: number|null, server_time: string,
 *   priority: number, fallback: boolean, retry_at: string|null, retry_text: string,
 *   thinned: boolean,
 * }} RunState
 * @typedef {{type: "catchup"|"events", run: RunState, events: RunEvent[]}} RunMessage
 * @typedef {"connecting"|"live"|"polling"|"lost"|"closed"} Connection
 */

const FINAL = new Set(["finished", "failed", "cancelled"]);
const REFUSED = new Set([4401, 4403, 4404]);
const REFUSED_PAGES = new Set([401, 403, 404]); // a socket that was never opened has no code to tell
const NO_CODE = 1006; // the line broke, nobody said why
const POLL_MS = 1500;
const ANSWER_MS = 10_000; // a frozen server never answers: the network is as good as down
const POLL_AFTER_FAILURES = 2;
const MAX_BACKOFF_MS = 15_000;
const SILENCE_MS = 4000; // a proxy that swallows sockets never answers: after this we ask in the other way
const PING_MS = 5000; // keeps proxies from closing a silent line, tells the server how far we are, and us that it is there
const ANSWER_BYTES = 2 ** 20; // after so much at the latest, too: the server stops before four times as much is on its way

/** @param {RunState} run */
export const isFinal = (run) => FINAL.has(run.state);

/** Dispatches "run" (RunState), "events" (RunEvent[]), "frame" (ArrayBuffer) and "connection" (Connection) as CustomEvents. */
export class RunFeed extends EventTarget {
  /** @param {{socket: string, feed: string, frame: string, after?: number}} options URLs of the run */
  constructor({ socket, feed, frame, after = 0 }) {
    super();
    this.urls = { socket, feed, frame };
    this.seq = after;
    this.frameSeq = 0;
    this.failures = 0;
    this.unanswered = 0;
    this.ended = false;
    /** @type {WebSocket|null} */
    this.socket = null;
    /** Aborted when nothing more is to be heard of the socket. */
    this.line = new AbortController();
    /** While we poll; aborted when we need not any more. @type {AbortController|null} */
    this.polling = null;
    /** @type {Pulse|null} */
    this.pulse = null;
    /** @type {ReturnType<typeof setTimeout>|undefined} */
    this.timer = undefined;
    /** @type {ReturnType<typeof setTimeout>|undefined} */
    this.silenceTimer = undefined;
  }

  start() {
    this.#connection("connecting");
    this.#connect();
  }

  stop() {
    this.ended = true;
    clearTimeout(this.timer);
    this.#stopPolling();
    this.#hangUp();
  }

  #connect() {
    const url = new URL(this.urls.socket, location.href);
    url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    url.searchParams.set("after", String(this.seq));
    const socket = new WebSocket(url);
    socket.binaryType = "arraybuffer";
    this.line = new AbortController();
    const { signal } = this.line;
    socket.addEventListener("message", (message) => this.#receive(message.data), { signal });
    socket.addEventListener("close", (event) => this.#closed(event.code), { signal });
    this.socket = socket;
    this.silenceTimer = setTimeout(() => this.#giveUp(), SILENCE_MS);
    this.pulse = new Pulse(
      PING_MS,
      () => this.#ping(),
      () => {
        this.#connection("lost");
        this.#giveUp();
      },
    );
  }

  /** Of an open socket the browser would tell the end only when the server has confirmed it. */
  #giveUp() {
    this.failures = Math.max(this.failures, POLL_AFTER_FAILURES);
    this.#closed(NO_CODE);
  }

  #hangUp() {
    clearTimeout(this.silenceTimer);
    this.pulse?.stop();
    this.line.abort();
    this.socket?.close();
  }

  /** @param {string|ArrayBuffer} data */
  #receive(data) {
    this.pulse?.heard();
    if (data instanceof ArrayBuffer) this.#frame(data);
    else this.#hear(JSON.parse(data));
    this.unanswered += data instanceof ArrayBuffer ? data.byteLength : data.length;
    if (this.unanswered > ANSWER_BYTES) this.#ping();
  }

  /** @param {RunMessage|{type: "pong"}} said */
  #hear(said) {
    if (said.type === "pong") return;
    clearTimeout(this.silenceTimer);
    this.failures = 0;
    this.#stopPolling();
    this.#connection("live");
    this.#message(said);
  }

  #ping() {
    this.unanswered = 0;
    this.#say({ type: "ping", seq: this.seq });
  }

  /** @param {RunMessage} message */
  #message(message) {
    const fresh = message.events.filter((event) => event.seq > this.seq);
    if (fresh.length > 0 && fresh[0].seq > this.seq + 1 && !message.run.thinned) {
      this.#say({ type: "since", seq: this.seq });
      return;
    }
    if (fresh.length > 0) {
      this.seq = fresh[fresh.length - 1].seq;
      this.#tell("events", fresh);
    }
    this.#tell("run", message.run);
    if (isFinal(message.run) && this.seq >= message.run.last_seq) this.#finish(message.run);
  }

  /**
   * Nothing more will happen; what is still missing is the last frame.
   * @param {RunState} run
   */
  async #finish(run) {
    this.stop();
    try {
      await this.#fetchFrame(run);
      this.#connection("closed");
    } catch {
      this.#connection("lost");
      this.timer = setTimeout(() => this.#finish(run), POLL_MS);
    }
  }

  /** @param {{type: "ping"|"since", seq: number}} message */
  #say(message) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  /** @param {number} code */
  #closed(code) {
    this.#hangUp();
    if (REFUSED.has(code)) {
      this.#refused();
      return;
    }
    this.failures += 1;
    if (this.failures >= POLL_AFTER_FAILURES) this.#startPolling();
    else if (!this.polling) this.#connection("connecting");
    const backoff = Math.min(MAX_BACKOFF_MS, 500 * 2 ** this.failures);
    this.timer = setTimeout(() => this.#connect(), backoff * (0.5 + Math.random() / 2));
  }

  #refused() {
    this.stop();
    this.#connection("lost");
  }

  #startPolling() {
    if (this.polling) return;
    this.polling = new AbortController();
    this.#poll(this.polling.signal);
  }

  #stopPolling() {
    this.polling?.abort();
    this.polling = null;
  }

  /** @param {AbortSignal} over */
  async #poll(over) {
    try {
      const response = await fetch(`${this.urls.feed}?after=${this.seq}`, {
        headers: { Accept: "application/json" },
        signal: AbortSignal.any([over, AbortSignal.timeout(ANSWER_MS)]),
      });
      if (REFUSED_PAGES.has(response.status)) {
        this.#refused();
        return;
      }
      if (!response.ok) throw new Error(`feed answered ${response.status}`);
      const message = /** @type {RunMessage} */ (await response.json());
      this.#connection("polling");
      this.#message(message);
      if (!over.aborted) await this.#fetchFrame(message.run);
    } catch {
      if (!over.aborted) this.#connection("lost"); // the network is down: say so, the next round tries again
    }
    if (over.aborted) return;
    setTimeout(() => {
      if (!over.aborted) this.#poll(over);
    }, POLL_MS);
  }

  /**
   * The newest frame, if we have not got it.
   * @param {RunState} run
   */
  async #fetchFrame(run) {
    if ((run.incumbent_seq ?? 0) <= this.frameSeq) return;
    const response = await fetch(this.urls.frame, { signal: AbortSignal.timeout(ANSWER_MS) });
    if (response.ok) this.#frame(await response.arrayBuffer());
  }

  /** @param {ArrayBuffer} frame */
  #frame(frame) {
    const seq = new DataView(frame).getUint32(4, true);
    if (seq < this.frameSeq) return;
    this.frameSeq = seq;
    this.#tell("frame", frame);
  }

  /** @param {Connection} state */
  #connection(state) {
    this.#tell("connection", state);
  }

  /**
   * @param {string} name
   * @param {unknown} detail
   */
  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

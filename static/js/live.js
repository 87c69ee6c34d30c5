// Follows one run: by websocket, by polling where sockets are blocked. Every event once and in order, whatever happens to the line.

/**
 * @typedef {{seq: number, kind: string, at: string, attempt: number, data: Record<string, any>}} RunEvent
 * @typedef {{weighted_tardiness: number, late_orders: number, makespan: number, setup: number, mode_cost: number, flow_time: number, churn: number}} Measures
 * @typedef {{
 *   id: number, state: string, outcome: string|null, failure_code: string, failure_text: string, stage: string,
 *   queue_position: number|null, waits_for: string, requested_at: string, requested_by: string,
 *   started_at: string|null, finished_at: string|null, elapsed_seconds: number, limit_seconds: number,
 *   best_objective: number|null, best_bound: number|null, gap: number|null, measures: Measures|null,
 *   incumbent_seq: number|null, last_seq: number, plan_id: number|null, server_time: string,
 * }} RunState
 * @typedef {{type: "catchup"|"events", run: RunState, events: RunEvent[]}} RunMessage
 * @typedef {"connecting"|"live"|"polling"|"lost"|"closed"} Connection
 */

const FINAL = new Set(["finished", "failed", "cancelled"]);
const REFUSED = new Set([4401, 4403, 4404]);
const POLL_MS = 1500;
const POLL_AFTER_FAILURES = 2;
const MAX_BACKOFF_MS = 15_000;
const SILENCE_MS = 4000; // a proxy that swallows sockets never answers: after this we ask in the other way
const PING_MS = 5000; // keeps proxies from closing a silent line, and tells the server how far we are

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
    this.ended = false;
    /** @type {WebSocket|null} */
    this.socket = null;
    /** @type {ReturnType<typeof setTimeout>|undefined} */
    this.timer = undefined;
    /** @type {ReturnType<typeof setTimeout>|undefined} */
    this.pollTimer = undefined;
    /** @type {ReturnType<typeof setInterval>|undefined} */
    this.pingTimer = undefined;
    /** @type {ReturnType<typeof setTimeout>|undefined} */
    this.silenceTimer = undefined;
  }

  start() {
    this.pingTimer = setInterval(() => this.#say({ type: "ping", seq: this.seq }), PING_MS);
    this.#connection("connecting");
    this.#connect();
  }

  stop() {
    this.ended = true;
    clearTimeout(this.silenceTimer);
    clearTimeout(this.timer);
    clearTimeout(this.pollTimer);
    clearInterval(this.pingTimer);
    this.socket?.close();
  }

  #connect() {
    const url = new URL(this.urls.socket, location.href);
    url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    url.searchParams.set("after", String(this.seq));
    const socket = new WebSocket(url);
    socket.binaryType = "arraybuffer";
    socket.addEventListener("message", (message) => this.#receive(message.data));
    socket.addEventListener("close", (event) => this.#closed(event.code));
    this.socket = socket;
    this.silenceTimer = setTimeout(() => {
      this.failures = Math.max(this.failures, POLL_AFTER_FAILURES);
      socket.close();
    }, SILENCE_MS);
  }

  /** @param {string|ArrayBuffer} data */
  #receive(data) {
    clearTimeout(this.silenceTimer);
    if (data instanceof ArrayBuffer) {
      this.#frame(data);
      return;
    }
    this.failures = 0;
    clearTimeout(this.pollTimer);
    this.pollTimer = undefined;
    this.#connection("live");
    this.#message(JSON.parse(data));
  }

  /** @param {RunMessage} message */
  #message(message) {
    const fresh = message.events.filter((event) => event.seq > this.seq);
    if (fresh.length > 0 && fresh[0].seq > this.seq + 1) {
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

  /** @param {RunState} run */
  async #finish(run) {
    this.ended = true;
    clearTimeout(this.pollTimer);
    clearInterval(this.pingTimer);
    if ((run.incumbent_seq ?? 0) > this.frameSeq) await this.#fetchFrame();
    this.#connection("closed");
    this.socket?.close();
  }

  /** @param {{type: "ping"|"since", seq: number}} message */
  #say(message) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  /** @param {number} code */
  #closed(code) {
    clearTimeout(this.silenceTimer);
    if (this.ended) return;
    if (REFUSED.has(code)) {
      this.ended = true;
      this.#connection("lost");
      return;
    }
    this.failures += 1;
    if (this.failures >= POLL_AFTER_FAILURES && this.pollTimer === undefined) this.#poll();
    else if (this.pollTimer === undefined) this.#connection("connecting");
    const backoff = Math.min(MAX_BACKOFF_MS, 500 * 2 ** this.failures);
    this.timer = setTimeout(() => this.#connect(), backoff * (0.5 + Math.random() / 2));
  }

  async #poll() {
    try {
      const response = await fetch(`${this.urls.feed}?after=${this.seq}`, { headers: { Accept: "application/json" } });
      if (!response.ok) throw new Error(`feed answered ${response.status}`);
      const message = /** @type {RunMessage} */ (await response.json());
      this.#connection("polling");
      this.#message(message);
      if ((message.run.incumbent_seq ?? 0) > this.frameSeq) await this.#fetchFrame();
    } catch {
      this.#connection("lost"); // the network is down: say so, the next round tries again
    }
    if (!this.ended) this.pollTimer = setTimeout(() => this.#poll(), POLL_MS);
  }

  async #fetchFrame() {
    const response = await fetch(this.urls.frame);
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

// The convergence curve: best objective and bound over the seconds of the search.

/** @typedef {{elapsed: number, value: number}} Point */

/** @param {string} token */
const colour = (token) => getComputedStyle(document.documentElement).getPropertyValue(token).trim();

export class Curve {
  /** @param {HTMLElement} host */
  constructor(host) {
    this.host = host;
    /** @type {Point[]} */
    this.best = [];
    /** @type {Point[]} */
    this.bound = [];
    this.elapsed = 0;
    /** @type {import("./types").Plot|null} */
    this.plot = null;
    this.pending = false;
    new ResizeObserver(() => this.plot?.setSize(this.#size())).observe(host);
    addEventListener("taktline:theme", () => this.#rebuild());
  }

  /** @param {import("./live.js").RunEvent[]} events */
  add(events) {
    for (const { kind, data } of events) {
      if (kind === "improved") this.best.push({ elapsed: data.elapsed, value: data.objective });
      if (kind === "bound") this.bound.push({ elapsed: data.elapsed, value: data.bound });
    }
    this.#later();
  }

  /** @param {number} elapsed seconds of the search so far: the curve reaches to now */
  setTime(elapsed) {
    if (elapsed === this.elapsed) return;
    this.elapsed = elapsed;
    this.#later();
  }

  #later() {
    if (this.pending) return;
    this.pending = true;
    requestAnimationFrame(() => {
      this.pending = false;
      this.#draw();
    });
  }

  /** Steps: a value holds until the next one is found, the last one until now. */
  #columns() {
    const last = Math.max(this.elapsed, ...this.best.map((point) => point.elapsed), ...this.bound.map((point) => point.elapsed));
    const times = [...new Set([...this.best, ...this.bound].map((point) => point.elapsed).concat(last))].sort((a, b) => a - b);
    /** @param {Point[]} points */
    const column = (points) => times.map((time) => points.findLast((point) => point.elapsed <= time)?.value ?? null);
    return [times, column(this.best), column(this.bound)];
  }

  #draw() {
    const columns = this.#columns();
    if (this.best.length + this.bound.length === 0) return;
    if (this.plot) this.plot.setData(columns);
    else this.plot = new uPlot(this.#options(), columns, this.host);
  }

  #rebuild() {
    this.plot?.destroy();
    this.plot = null;
    this.#later();
  }

  #size() {
    return { width: this.host.clientWidth, height: this.host.clientHeight };
  }

  #options() {
    const stepped = uPlot.paths.stepped({ align: 1 });
    const axis = {
      stroke: colour("--ink-2"),
      grid: { stroke: colour("--line"), width: 1 },
      ticks: { show: false },
      font: "11px system-ui",
    };
    /** @type {(plot: unknown, values: number[]) => string[]} */
    const compact = (_plot, values) => values.map((value) => Intl.NumberFormat("en-GB", { notation: "compact" }).format(value));
    /** @type {(plot: unknown, values: number[]) => string[]} */
    const seconds = (_plot, values) => values.map((value) => `${value} s`);
    return {
      ...this.#size(),
      legend: { show: false },
      cursor: { y: false },
      scales: { x: { time: false, range: () => [0, Math.max(this.elapsed, 1)] } },
      axes: [
        { ...axis, values: seconds, size: 24 },
        { ...axis, values: compact, size: 46 },
      ],
      series: [
        {},
        { label: "Best plan", stroke: colour("--accent"), width: 2, paths: stepped, points: { show: false } },
        { label: "Bound", stroke: colour("--ink-3"), width: 1.5, dash: [4, 4], paths: stepped, points: { show: false } },
      ],
    };
  }
}

/** The DOM of the Gantt: two canvases on top of each other, a tooltip, a live region; and when to paint them. */

const BEATS_MS = 20_000;

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {string} className
 * @param {Record<string, string>} [attributes]
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(tag, className, attributes = {}) {
  const made = document.createElement(tag);
  made.className = className;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

/**
 * @typedef {Object} SurfaceListener
 * @property {(width: number, height: number, ratio: number) => void} resized
 * @property {() => void} themeChanged
 * @property {() => void} fontsReady
 * @property {() => void} clock time has passed
 * @property {(time: number, layers: {base: boolean}) => boolean} paint true: paint again in the next frame
 */

export class Surface {
  /**
   * @param {HTMLElement} host
   * @param {SurfaceListener} listener
   */
  constructor(host, listener) {
    this.host = host;
    this.listener = listener;
    this.stopped = new AbortController();
    this.root = element("div", "gantt");
    this.base = element("canvas", "gantt-base", { "aria-hidden": "true" });
    this.overlay = element("canvas", "gantt-overlay", { tabindex: "0", role: "grid" });
    this.tip = element("div", "gantt-tip", { "aria-hidden": "true" });
    this.tip.hidden = true;
    this.status = element("div", "gantt-status", { role: "status" });
    this.stage = element("div", "gantt-stage");
    this.stage.append(this.base, this.overlay, this.tip);
    this.root.append(this.stage, this.status);
    host.append(this.root);
    /** @private */
    this.requested = 0;
    /** @private */
    this.baseDirty = true;
    /** @private */
    this.observer = new ResizeObserver(() => this.measure());
    this.observer.observe(this.stage);
    this.watch();
  }

  /** @private */
  watch() {
    const { signal } = this.stopped;
    const dark = matchMedia("(prefers-color-scheme: dark)");
    dark.addEventListener("change", () => this.listener.themeChanged(), { signal });
    matchMedia("print").addEventListener("change", () => this.paintAtOnce(), { signal });
    /** @private */
    this.themes = new MutationObserver(() => this.listener.themeChanged());
    this.themes.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme", "class", "style"] });
    this.watchRatio();
    void document.fonts.ready.then(() => {
      if (!signal.aborted) this.listener.fontsReady();
    });
    /** @private */
    this.beat = setInterval(() => this.listener.clock(), BEATS_MS);
  }

  /**
   * Device pixels change when the page is zoomed or dragged to another screen.
   *
   * @private
   */
  watchRatio() {
    const { signal } = this.stopped;
    const query = matchMedia(`(resolution: ${devicePixelRatio}dppx)`);
    const changed = () => {
      this.measure();
      this.watchRatio();
    };
    query.addEventListener("change", changed, { signal, once: true });
  }

  /** Takes over the size of the host. */
  measure() {
    const { clientWidth: width, clientHeight: height } = this.stage;
    const ratio = devicePixelRatio || 1;
    if (width === 0 || height === 0) return;
    for (const canvas of [this.base, this.overlay]) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
      canvas.style.width = `${width}px`;
      canvas.style.height = `${height}px`;
    }
    this.listener.resized(width, height, ratio);
    this.request(true);
  }

  /**
   * Paints in the next animation frame, however often it is asked.
   *
   * @param {boolean} base the lower canvas too
   */
  request(base) {
    this.baseDirty ||= base;
    if (this.requested !== 0 || this.stopped.signal.aborted) return;
    this.requested = requestAnimationFrame((time) => {
      this.requested = 0;
      const layers = { base: this.baseDirty };
      this.baseDirty = false;
      if (this.listener.paint(time, layers)) this.request(false);
    });
  }

  /**
   * Paper is light whatever the screen is, and is printed before the next animation frame.
   *
   * @private
   */
  paintAtOnce() {
    this.listener.themeChanged();
    this.baseDirty = false;
    this.listener.paint(performance.now(), { base: true });
  }

  destroy() {
    this.stopped.abort();
    this.observer.disconnect();
    this.themes?.disconnect();
    clearInterval(this.beat);
    cancelAnimationFrame(this.requested);
    this.root.remove();
  }
}

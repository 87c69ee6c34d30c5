// The plot of a page: the Gantt with its tool bar and the inspector beside it.
import { Gantt } from "taktline/gantt/gantt.js";
import { Inspector } from "taktline/inspector.js";

/** @param {string} url */
async function getJson(url) {
  const response = await fetch(url, { headers: { Accept: "application/json" } });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return response.json();
}

/**
 * @template {HTMLElement} T
 * @param {ParentNode} root
 * @param {string} selector
 * @returns {T[]}
 */
const all = (root, selector) => /** @type {T[]} */ ([...root.querySelectorAll(selector)]);

export class Plot {
  /** @param {HTMLElement} root the element with data-plot */
  constructor(root) {
    this.root = root;
    /** @type {Gantt|null} */
    this.gantt = null;
    /** @type {any} */
    this.scene = null;
    /** @type {ArrayBuffer|null} */
    this.waiting = null;
    this.host = /** @type {HTMLElement} */ (root.querySelector("[data-gantt]"));
    this.note = /** @type {HTMLElement|null} */ (root.querySelector("[data-note]"));
    const panel = /** @type {HTMLElement|null} */ (document.querySelector("[data-inspector]"));
    this.inspector = panel ? new Inspector(panel, () => this.gantt?.select(null)) : null;
  }

  /** Loads the scene and, when the page has one, the plan. */
  async load() {
    this.scene = await getJson(/** @type {string} */ (this.root.dataset.scene));
    this.gantt = new Gantt(this.host, this.scene, { locale: "en-GB" });
    this.gantt.addEventListener("select", (event) => this.#selected(/** @type {CustomEvent} */ (event).detail.operation));
    this.gantt.addEventListener("plan", () => this.gantt && this.inspector?.refresh(this.gantt));
    this.gantt.addEventListener("help", () => this.#toggleKeys());
    this.#wireTools(this.gantt);
    if (this.waiting) this.setFrame(this.waiting);
    else if (this.root.dataset.frame) await this.#fetchFrame(this.root.dataset.frame);
  }

  /** @param {ArrayBuffer} frame */
  setFrame(frame) {
    if (!this.gantt) {
      this.waiting = frame;
      return;
    }
    if (this.note) this.note.hidden = true;
    this.gantt.setFrame(frame);
    this.root.dataset.frames = String(Number(this.root.dataset.frames ?? 0) + 1);
  }

  /** @param {string} url */
  async #fetchFrame(url) {
    const response = await fetch(url);
    if (response.ok && response.status !== 204) this.setFrame(await response.arrayBuffer());
  }

  #toggleKeys() {
    const keys = /** @type {HTMLDetailsElement|null} */ (document.querySelector("[data-keys]"));
    if (!keys) return;
    keys.open = !keys.open;
    keys.scrollIntoView({ block: "nearest" });
  }

  /** @param {number|null} operation */
  #selected(operation) {
    if (this.gantt) this.inspector?.show(this.gantt, operation);
  }

  /** @param {Gantt} gantt */
  #wireTools(gantt) {
    this.#wireSegments("view", (value) => gantt.setView(/** @type {any} */ (value)));
    for (const button of all(this.root, "[data-zoom]")) {
      button.addEventListener("click", () => gantt.zoom(/** @type {any} */ (button.dataset.zoom)));
    }
    const colour = /** @type {HTMLSelectElement|null} */ (this.root.querySelector("[data-colour]"));
    colour?.addEventListener("change", () => gantt.setColour(/** @type {any} */ (colour.value)));
    const find = /** @type {HTMLInputElement|null} */ (this.root.querySelector("[data-find]"));
    find?.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && find.value.trim()) gantt.locate(find.value.trim());
    });
    addEventListener("keydown", (event) => {
      const typing = event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement;
      if (event.key === "/" && !typing && find) {
        event.preventDefault();
        find.focus();
      }
    });
  }

  /**
   * @param {string} name
   * @param {(value: string) => void} choose
   */
  #wireSegments(name, choose) {
    const buttons = all(this.root, `[data-${name}]`);
    for (const button of buttons) {
      button.addEventListener("click", () => {
        for (const other of buttons) other.setAttribute("aria-pressed", String(other === button));
        choose(/** @type {string} */ (button.dataset[name]));
      });
    }
  }
}

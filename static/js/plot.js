// The plot of a page: the Gantt with its tool bar and the inspector beside it.
import { Gantt } from "taktline/gantt/gantt.js";
import { Inspector } from "taktline/inspector.js";

/** Pixels above and below a bar that is scrolled to. */
const BAR_AIR = 24;

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
    this.inspector = panel ? new Inspector(panel, () => this.#letGo()) : null;
  }

  /** Loads the scene and, when the page has one, the plan. */
  async load() {
    this.scene = await getJson(/** @type {string} */ (this.root.dataset.scene));
    this.gantt = new Gantt(this.host, this.scene, { locale: "en-GB" });
    this.gantt.addEventListener("select", (event) => this.#selected(/** @type {CustomEvent} */ (event).detail.operation));
    this.gantt.addEventListener("plan", () => this.gantt && this.inspector?.refresh(this.gantt));
    this.gantt.addEventListener("help", () => this.#toggleKeys());
    this.gantt.addEventListener("viewchange", (event) => this.#showLevel(/** @type {CustomEvent} */ (event).detail.level));
    this.#wireTools(this.gantt);
    if (this.waiting) await this.setFrame(this.waiting);
    else if (this.root.dataset.frame) await this.#fetchFrame(this.root.dataset.frame);
    const wanted = new URLSearchParams(location.search).get("find");
    if (wanted) this.#find(wanted);
  }

  /**
   * @param {ArrayBuffer} frame
   * @returns {Promise<boolean>} whether it came on the screen: not when a newer one did, or while the scene is on its way
   */
  async setFrame(frame) {
    if (!this.gantt) {
      this.waiting = frame;
      return false;
    }
    if (this.note) this.note.hidden = true;
    const shown = this.gantt.setFrame(frame);
    this.root.dataset.frames = String(Number(this.root.dataset.frames ?? 0) + 1);
    return shown;
  }

  /** @param {string} url */
  async #fetchFrame(url) {
    const response = await fetch(url);
    if (response.ok && response.status !== 204) await this.setFrame(await response.arrayBuffer());
  }

  #toggleKeys() {
    const keys = /** @type {HTMLDetailsElement|null} */ (document.querySelector("[data-keys]"));
    if (!keys) return;
    keys.open = !keys.open;
    keys.scrollIntoView({ block: "nearest" });
  }

  /**
   * Goes to what a text names, the same text again to the next, and says how many there are.
   * @param {string} text
   */
  #find(text) {
    const field = /** @type {HTMLInputElement|null} */ (this.root.querySelector("[data-find]"));
    if (field) field.value = text;
    const located = this.gantt?.locate(text);
    const found = this.root.querySelector("[data-found]");
    if (!located || !found) return;
    if (located.count > 0) found.textContent = `${located.index + 1} of ${located.count}`;
    else found.textContent = text && located.subject === null ? "Nothing found" : "";
  }

  /** @param {string|null} level */
  #showLevel(level) {
    for (const button of all(this.root, "[data-zoom]")) {
      button.setAttribute("aria-pressed", String(button.dataset.zoom === level));
    }
  }

  /** @param {number|null} operation */
  #selected(operation) {
    if (!this.gantt) return;
    this.inspector?.show(this.gantt, operation);
    if (operation !== null) this.#uncover(this.gantt, operation);
  }

  /**
   * Where the inspector lies over the page, scrolls until the bar is above it.
   * @param {Gantt} gantt
   * @param {number} operation
   */
  #uncover(gantt, operation) {
    const below = this.inspector?.top ?? null;
    const bar = gantt.rectOf(operation);
    if (below === null || !bar) return;
    const top = this.host.getBoundingClientRect().top + bar.y;
    const covered = top + bar.height + BAR_AIR - below;
    if (covered > 0) scrollBy(0, covered);
    else if (top < BAR_AIR) scrollBy(0, top - BAR_AIR);
  }

  /** Nothing is selected any more; who was in the inspector is back in the Gantt. */
  #letGo() {
    const inside = this.inspector?.host.contains(document.activeElement);
    this.gantt?.select(null);
    if (inside) this.gantt?.canvas.focus({ preventScroll: true });
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
      if (event.key === "Enter") this.#find(find.value.trim());
    });
    find?.addEventListener("input", () => {
      if (!find.value) this.#find("");
    });
    for (const link of all(document, "[data-locate]")) {
      link.addEventListener("click", () => this.#find(link.dataset.locate ?? ""));
    }
    addEventListener("keydown", (event) => {
      const typing = event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement;
      if (event.key === "/" && !typing && find) {
        event.preventDefault();
        find.focus();
      }
      // In the Gantt itself the key means more; a dialog and a field keep theirs.
      const taken = event.defaultPrevented || typing || document.querySelector("dialog[open]");
      if (event.key === "Escape" && !taken) this.#letGo();
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

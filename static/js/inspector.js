// The panel that tells everything about the selected operation.
import { duration, lateness, momentFormat } from "taktline/words.js";

/** @typedef {import("./gantt/gantt.js").Gantt} Gantt */

export class Inspector {
  /**
   * @param {HTMLElement} host
   * @param {() => void} close
   */
  constructor(host, close) {
    this.host = host;
    this.close = close;
    /** @type {number|null} */
    this.operation = null;
  }

  /**
   * @param {Gantt} gantt
   * @param {number|null} operation
   */
  show(gantt, operation) {
    this.operation = operation;
    this.host.hidden = operation === null;
    if (operation === null) return;
    const focused = this.#buttons().indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
    this.host.replaceChildren(...this.#content(gantt, operation));
    this.#buttons()[focused]?.focus({ preventScroll: true });
  }

  /** How far it reaches up over the page, as it does on a phone; null where it lies beside the plot. @returns {number|null} */
  get top() {
    return getComputedStyle(this.host).position === "fixed" ? this.host.getBoundingClientRect().top : null;
  }

  #buttons() {
    return [...this.host.querySelectorAll("button")];
  }

  /** A newer plan is shown: tell what became of the selected operation. @param {Gantt} gantt */
  refresh(gantt) {
    this.show(gantt, this.operation);
  }

  /**
   * @param {Gantt} gantt
   * @param {number} operation
   * @returns {Node[]}
   */
  #content(gantt, operation) {
    const told = gantt.describe(operation);
    if (!told) return [];
    const format = momentFormat(told.timeZone);
    /** @param {Date|null} date */
    const at = (date) => (date ? format.format(date) : "–");
    const facts = list([
      ["Start", at(told.start)],
      ["Finish", at(told.runEnd)],
      ["Machine", `${told.machine} · ${told.cell}`],
      ["Setup", told.setupMinutes > 0 ? `${duration(told.setupMinutes)}, from ${at(told.setupStart)}` : "none"],
      ["Run", duration(told.runMinutes)],
      ["Pauses", told.pauseMinutes > 0 ? duration(told.pauseMinutes) : "none"],
      ["Crew", told.crew.length > 0 ? told.crew.join(", ") : "none needed"],
    ]);
    const order = list([
      ["Customer", told.customer || "–"],
      ["Need-by", at(told.due)],
      ["Projected", at(told.projected)],
      ["", told.latenessMinutes === null ? "" : lateness(told.latenessMinutes)],
    ]);
    if ((told.latenessMinutes ?? 0) > 0) order.lastElementChild?.classList.add("late");
    const step = `${told.step} ${told.operation} on ${told.machine}`;
    return [
      this.#heading(told.order, told.product, step),
      ...this.#flags(told),
      facts,
      heading("Order"),
      order,
      ...neighbours(gantt, told, at),
    ];
  }

  /**
   * @param {string} order
   * @param {string} product
   * @param {string} operation
   */
  #heading(order, product, operation) {
    const header = document.createElement("header");
    const words = document.createElement("div");
    const title = document.createElement("h2");
    title.textContent = product ? `${order} · ${product}` : order;
    const step = document.createElement("p");
    step.className = "muted";
    step.textContent = operation;
    words.append(title, step);
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button ghost";
    button.setAttribute("aria-label", "Close the inspector");
    button.textContent = "×";
    button.addEventListener("click", this.close);
    header.append(words, button);
    return header;
  }

  /** @param {{flags: string[]}} told */
  #flags(told) {
    if (told.flags.length === 0) return [];
    const row = document.createElement("p");
    for (const flag of told.flags) {
      const pill = document.createElement("span");
      pill.className = "pill";
      pill.textContent = flag;
      row.append(pill, " ");
    }
    return [row];
  }
}

/**
 * Where to go from here: along the order and along the machine.
 * @param {Gantt} gantt
 * @param {import("./gantt/description.js").Description} told
 * @param {(date: Date) => string} at
 */
function neighbours(gantt, told, at) {
  const around = /** @type {const} */ ([
    ["Waits for", told.predecessor],
    ["Then", told.successor],
    ["Before it", told.before],
    ["After it", told.after],
  ]);
  const element = document.createElement("dl");
  element.className = "facts";
  for (const [name, neighbour] of around) {
    if (!neighbour) continue;
    const term = document.createElement("dt");
    term.textContent = name;
    const definition = document.createElement("dd");
    const link = document.createElement("button");
    link.type = "button";
    link.className = "link";
    link.textContent = `${neighbour.label} ${neighbour.name}`;
    link.title = `${neighbour.machine}, ${at(neighbour.start)} – ${at(neighbour.runEnd)}`;
    link.addEventListener("click", () => gantt.select(neighbour.number));
    definition.append(link);
    element.append(term, definition);
  }
  return element.childElementCount > 0 ? [heading("Along the order, and on the machine"), element] : [];
}

/** @param {string} text */
function heading(text) {
  const element = document.createElement("h3");
  element.textContent = text;
  return element;
}

/** @param {[string, string][]} pairs */
function list(pairs) {
  const element = document.createElement("dl");
  element.className = "facts";
  for (const [name, value] of pairs) {
    if (!value) continue;
    const term = document.createElement("dt");
    term.textContent = name;
    const definition = document.createElement("dd");
    definition.textContent = value;
    element.append(term, definition);
  }
  return element;
}

/** What the colours and hatches mean; built again when the colouring changes. */

import { element } from "./surface.js";

export class Legend {
  /** @param {HTMLElement} host */
  constructor(host) {
    this.list = element("ul", "gantt-legend", { "aria-label": "Colours" });
    host.append(this.list);
    /** @private */
    this.shown = "";
    /** @private */
    this.resized = new ResizeObserver(() => this.#letKeysScroll());
    this.resized.observe(this.list);
  }

  /** @param {readonly import("./colours.js").LegendEntry[]} entries */
  show(entries) {
    const key = JSON.stringify(entries);
    if (key === this.shown) return;
    this.shown = key;
    this.list.replaceChildren(
      ...entries.map(({ label, fill, edge, texture }) => {
        const item = element("li", "");
        const swatch = element("span", `gantt-swatch gantt-swatch-${texture}`);
        swatch.style.setProperty("--fill", fill);
        swatch.style.setProperty("--edge", edge);
        item.append(...(fill ? [swatch] : []), label);
        return item;
      }),
    );
    this.#letKeysScroll();
  }

  destroy() {
    this.resized.disconnect();
    this.list.remove();
  }

  /** On a phone it scrolls sideways, which has to work with keys too; where all of it is in view, nobody wants to stop at it. */
  #letKeysScroll() {
    if (this.list.scrollWidth > this.list.clientWidth) this.list.tabIndex = 0;
    else this.list.removeAttribute("tabindex");
  }
}

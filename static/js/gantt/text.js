/** Widths of texts, measured once, and texts cut to a width. */

const ELLIPSIS = "…";

export class TextWidths {
  constructor() {
    /** @private @type {Map<string, Map<string, number>>} */
    this.byFont = new Map();
  }

  /** Forgets everything: other fonts have arrived. */
  clear() {
    this.byFont.clear();
  }

  /**
   * @param {CanvasRenderingContext2D} context with its font set
   * @param {string} text
   * @returns {number} CSS pixels
   */
  width(context, text) {
    let widths = this.byFont.get(context.font);
    if (!widths) {
      widths = new Map();
      this.byFont.set(context.font, widths);
    }
    let width = widths.get(text);
    if (width === undefined) {
      width = context.measureText(text).width;
      widths.set(text, width);
    }
    return width;
  }

  /**
   * The longest beginning of a text that fits, with an ellipsis; "" when not even three characters do.
   *
   * @param {CanvasRenderingContext2D} context with its font set
   * @param {string} text
   * @param {number} room CSS pixels
   */
  fit(context, text, room) {
    if (this.width(context, text) <= room) return text;
    let used = this.width(context, ELLIPSIS);
    let kept = 0;
    for (const character of text) {
      used += this.width(context, character);
      if (used > room) break;
      kept += character.length;
    }
    return kept < 3 ? "" : text.slice(0, kept).trimEnd() + ELLIPSIS;
  }
}

/** The base canvas: everything but what follows the pointer, the selection and the clock. */

import { paintBars } from "./bar-painter.js";
import { Boxes } from "./boxes.js";
import { paintGround } from "./ground.js";
import { HorizonStrip } from "./horizon-strip.js";
import { paintLoadStrip } from "./load-strip.js";
import { paintAxis, paintDueInRows } from "./margins.js";
import { paintNames } from "./names.js";
import { anchorPatterns } from "./patterns.js";
import { PIXEL_ROW_HEIGHT, PixelPlot } from "./pixel-plot.js";

export class Painter {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    const context = canvas.getContext("2d", { alpha: false });
    if (!context) throw new Error("This browser has no canvas");
    this.context = context;
    this.boxes = new Boxes();
    this.pixels = new PixelPlot();
    this.horizon = new HorizonStrip();
  }

  /** @param {import("./picture.js").Picture} picture */
  paint(picture) {
    const { context } = this;
    const { viewport, theme } = picture;
    const axis = picture.axis.read(viewport);
    context.setTransform(viewport.ratio, 0, 0, viewport.ratio, 0, 0);
    context.fillStyle = theme.paper;
    context.fillRect(0, 0, viewport.width, viewport.height);
    anchorPatterns(picture.patterns, viewport);
    if (picture.rows.unit < PIXEL_ROW_HEIGHT) this.pixels.paint(context, picture);
    else this.paintPlot(picture, axis);
    paintNames(context, picture);
    paintAxis(context, picture, axis);
    paintLoadStrip(context, picture);
    this.horizon.paint(context, picture);
  }

  /**
   * @private
   * @param {import("./picture.js").Picture} picture
   * @param {import("./time-axis.js").Axis} axis
   */
  paintPlot(picture, axis) {
    const { context } = this;
    const { viewport } = picture;
    context.save();
    context.beginPath();
    context.rect(viewport.left, viewport.top, viewport.plotWidth, viewport.plotHeight);
    context.clip();
    context.fillStyle = picture.theme.surface;
    context.fillRect(viewport.left, viewport.top, viewport.plotWidth, viewport.plotHeight);
    paintGround(context, picture, axis);
    paintBars(context, picture, this.boxes.collect(picture));
    paintDueInRows(context, picture);
    context.restore();
  }
}

/** Small signs on bars: the state is told by shape, not by hue. All are 8 × 10 CSS pixels from (x, y). */

/**
 * Pinned by a person.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {number} x
 * @param {number} y
 * @param {string} ink
 */
export function drawPadlock(context, x, y, ink) {
  context.fillStyle = ink;
  context.strokeStyle = ink;
  context.lineWidth = 1.3;
  context.fillRect(x, y + 4, 8, 6);
  context.beginPath();
  context.moveTo(x + 1.8, y + 4);
  context.lineTo(x + 1.8, y + 2.6);
  context.arc(x + 4, y + 2.6, 2.2, Math.PI, 0);
  context.lineTo(x + 6.2, y + 4);
  context.stroke();
}

/**
 * In the frozen zone.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {number} x
 * @param {number} y
 * @param {string} ink
 */
export function drawSnowflake(context, x, y, ink) {
  context.strokeStyle = ink;
  context.lineWidth = 1.1;
  context.beginPath();
  for (const angle of [0, Math.PI / 3, (2 * Math.PI) / 3]) {
    const [dx, dy] = [Math.sin(angle) * 4.4, Math.cos(angle) * 4.4];
    context.moveTo(x + 4 - dx, y + 5 - dy);
    context.lineTo(x + 4 + dx, y + 5 + dy);
  }
  context.stroke();
}

/**
 * At work now.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {number} x
 * @param {number} y
 * @param {string} ink
 */
export function drawStarted(context, x, y, ink) {
  context.fillStyle = ink;
  context.beginPath();
  context.moveTo(x + 1, y + 1.5);
  context.lineTo(x + 7.5, y + 5);
  context.lineTo(x + 1, y + 8.5);
  context.closePath();
  context.fill();
}

/**
 * A due date: a flag whose pole stands at x.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {number} x
 * @param {number} y top of the pole
 * @param {number} height of the pole
 * @param {string} ink
 */
export function drawDueFlag(context, x, y, height, ink) {
  context.fillStyle = ink;
  context.fillRect(x, y, 1.5, height);
  context.beginPath();
  context.moveTo(x + 1.5, y);
  context.lineTo(x + 8, y + 3);
  context.lineTo(x + 1.5, y + 6);
  context.closePath();
  context.fill();
}

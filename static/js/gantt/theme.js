/** The look, read from the custom properties of the page (tokens.css), so that themes and tokens stay the stylesheets' business. */

/**
 * @typedef {Object} Theme
 * @property {string} font
 * @property {boolean} dark
 * @property {string} paper
 * @property {string} surface
 * @property {string} surface2
 * @property {string} closed
 * @property {string} line
 * @property {string} lineStrong
 * @property {string} ink
 * @property {string} ink2
 * @property {string} ink3
 * @property {string} accent
 * @property {string} accentInk
 * @property {string} accentSoft
 * @property {string} onTime
 * @property {string} onTimeEdge
 * @property {string} atRisk
 * @property {string} atRiskEdge
 * @property {string} late
 * @property {string} lateEdge
 * @property {string} done
 * @property {string} doneEdge
 * @property {string} setup
 * @property {string} down
 * @property {string} now
 * @property {{surface: number, surface2: number, closed: number, setup: number}} pixel packed for an overview
 */

const TOKENS = Object.freeze({
  paper: "--paper",
  surface: "--surface",
  surface2: "--surface-2",
  closed: "--closed",
  line: "--line",
  lineStrong: "--line-strong",
  ink: "--ink",
  ink2: "--ink-2",
  ink3: "--ink-3",
  accent: "--accent",
  accentInk: "--accent-ink",
  accentSoft: "--accent-soft",
  onTime: "--on-time",
  onTimeEdge: "--on-time-edge",
  atRisk: "--at-risk",
  atRiskEdge: "--at-risk-edge",
  late: "--late",
  lateEdge: "--late-edge",
  done: "--done",
  doneEdge: "--done-edge",
  setup: "--setup",
  down: "--down",
  now: "--now",
});

const ONE_PIXEL = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });

/**
 * @param {string} colour any CSS colour
 * @returns {[number, number, number]} sRGB, 0 … 255
 */
export function channels(colour) {
  if (!ONE_PIXEL) throw new Error("This browser has no canvas");
  ONE_PIXEL.clearRect(0, 0, 1, 1);
  ONE_PIXEL.fillStyle = colour;
  ONE_PIXEL.fillRect(0, 0, 1, 1);
  const [red, green, blue] = ONE_PIXEL.getImageData(0, 0, 1, 1).data;
  return [red, green, blue];
}

/**
 * @param {[number, number, number]} rgb
 * @returns {number} relative luminance, 0 … 1 (WCAG 2)
 */
export function luminance(rgb) {
  const [red, green, blue] = rgb.map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/**
 * @param {string} from colour
 * @param {string} to colour
 * @param {number} share of `to`, 0 … 1
 */
export function mix(from, to, share) {
  const [a, b] = [channels(from), channels(to)];
  const mixed = a.map((value, index) => Math.round(value + (b[index] - value) * share));
  return `rgb(${mixed.join(" ")})`;
}

/**
 * @param {string} fill
 * @returns {string} black or white, whichever reads better on it
 */
export function inkOn(fill) {
  const light = luminance(channels(fill));
  return 1.05 / (light + 0.05) > (light + 0.05) / 0.05 ? "#ffffff" : "#000000";
}

/**
 * @param {string} colour
 * @returns {number} as ImageData holds it in a Uint32Array: alpha, blue, green, red from the highest byte
 */
export function packed(colour) {
  const [red, green, blue] = channels(colour);
  return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

/**
 * @param {HTMLElement} host
 * @returns {Theme}
 */
export function readTheme(host) {
  const probe = document.createElement("span");
  probe.hidden = true;
  host.append(probe);
  const style = getComputedStyle(probe);
  const colours = Object.entries(TOKENS).map(([key, token]) => {
    probe.style.color = `var(${token})`;
    return [key, style.color];
  });
  const font = getComputedStyle(host).fontFamily;
  probe.remove();
  const theme = Object.fromEntries(colours);
  const { surface, surface2, closed, setup } = theme;
  const pixel = { surface: packed(surface), surface2: packed(surface2), closed: packed(closed), setup: packed(setup) };
  return { ...theme, font, pixel, dark: luminance(channels(surface)) < 0.2 };
}

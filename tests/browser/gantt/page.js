// The test page: fetches a scene and a plan by name, and leaves the Gantt where the tests find it.
import { decodeFrame } from "/static/js/gantt/frames.js";
import { Gantt } from "/static/js/gantt/gantt.js";

const wanted = new URLSearchParams(location.search);
const scene = await (await fetch(`/scene/${wanted.get("scene") ?? "factory"}.json`)).json();
const now = Date.parse(scene.epoch) + Number(wanted.get("now") ?? 4) * 60_000;

/** @param {number} seed */
window.frame = async (seed) => (await fetch(`/frame/${wanted.get("scene") ?? "factory"}/${seed}`)).arrayBuffer();
window.decodeFrame = decodeFrame;
window.events = [];
const first = wanted.has("empty") ? null : await window.frame(1);
const begun = performance.now();
const gantt = new Gantt(document.getElementById("host"), scene, { locale: "en-GB", now: () => now });
for (const type of ["select", "activate", "hover", "viewchange", "plan", "area", "find", "help"]) {
  gantt.addEventListener(type, (event) => window.events.push({ type, detail: event.detail }));
}
window.gantt = gantt;
if (first) await gantt.setFrame(first);
window.firstPaint = performance.now() - begun;
document.documentElement.dataset.ready = "true";

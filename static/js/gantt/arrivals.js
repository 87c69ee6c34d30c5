/** Plans that have arrived and are not on the screen yet: of several only the newest will be. */

import { decodeFrame } from "./frames.js";
import { Plan } from "./plan.js";

/**
 * @typedef {Object} Arrival
 * @property {Plan} plan
 * @property {(shown: boolean) => void} settle tells who brought it whether it was shown
 */

export class Arrivals {
  /**
   * @param {import("./scene.js").Scene} scene
   * @param {() => void} arrived there is something to take
   */
  constructor(scene, arrived) {
    this.scene = scene;
    this.arrived = arrived;
    /** @private @type {Arrival|null} */
    this.pending = null;
    /** @private */
    this.tickets = 0;
    /** Ticket of the newest plan that was inflated; older ones may still be at it. @private */
    this.newest = 0;
    /** @private */
    this.closed = false;
  }

  /**
   * @param {ArrayBuffer} buffer see frames.js
   * @returns {Promise<boolean>} whether it was shown, once that is clear
   * @throws {import("./frames.js").FrameError}
   */
  async accept(buffer) {
    const ticket = ++this.tickets;
    const plan = new Plan(this.scene, await decodeFrame(buffer));
    if (ticket < this.newest || this.closed) return false;
    this.newest = ticket;
    return new Promise((settle) => {
      this.pending?.settle(false);
      this.pending = { plan, settle };
      this.arrived();
    });
  }

  /** @returns {Arrival|null} the newest one, once */
  take() {
    const { pending } = this;
    this.pending = null;
    return pending;
  }

  close() {
    this.closed = true;
    this.take()?.settle(false);
  }
}

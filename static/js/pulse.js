// Notices when nothing comes any more on a websocket that is still open: the server is frozen, or the line broke without a word.

const UNANSWERED = 3; // pings in a row; counted and not timed, because a browser lets a page in the background sleep

export class Pulse {
  /**
   * @param {number} everyMs
   * @param {() => void} ping the server answers each
   * @param {() => void} dead nothing has come for so many pings
   */
  constructor(everyMs, ping, dead) {
    this.unanswered = 0;
    this.timer = setInterval(() => {
      if (this.unanswered === UNANSWERED) {
        this.stop();
        dead();
        return;
      }
      this.unanswered += 1;
      ping();
    }, everyMs);
  }

  /** Something has come, whatever it is. */
  heard() {
    this.unanswered = 0;
  }

  stop() {
    clearInterval(this.timer);
  }
}

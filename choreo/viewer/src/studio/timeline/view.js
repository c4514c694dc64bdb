// What part of the song is seen: the second at the left edge, and how many pixels a second has.

import { clamp } from "./bars.js";

export const GUTTER = 62; // pixels at the left for the names of the rows
const FARTHEST = 320; // pixels a second at most
const MARGIN = 0.5; // seconds seen before the dance and after it

export class View {
  /** @param {number} first @param {number} last Seconds between which one may look. */
  constructor(first = 0, last = 1) {
    this.first = first;
    this.last = last;
    this.width = 600;
    this.from = first - MARGIN;
    this.rate = 40;
  }

  /** Pixels that show time. */
  get room() { return Math.max(this.width - GUTTER, 1); }

  /** Seconds that are seen. */
  get seconds() { return this.room / this.rate; }

  /** Pixels a second at which everything is seen. */
  get least() { return this.room / (this.last - this.first + 2 * MARGIN); }

  /** @param {number} time */
  x(time) { return GUTTER + (time - this.from) * this.rate; }

  /** @param {number} x */
  time(x) { return this.from + (x - GUTTER) / this.rate; }

  /** The canvas got another width, or the dance other ends. @param {number} width @param {number} first @param {number} last */
  fit(width, first, last) {
    Object.assign(this, { width, first, last });
    this.rate = clamp(this.rate, this.least, Math.max(FARTHEST, this.least));
    this.to(this.from);
  }

  /** Look from a second on. @param {number} from */
  to(from) {
    this.from = clamp(from, this.first - MARGIN, Math.max(this.last + MARGIN - this.seconds, this.first - MARGIN));
  }

  /** Nearer or farther, what is at a pixel staying there. @param {number} factor @param {number} x */
  zoom(factor, x = GUTTER + this.room / 2) {
    const held = this.time(x);
    this.rate = clamp(this.rate * factor, this.least, Math.max(FARTHEST, this.least));
    this.to(held - (x - GUTTER) / this.rate);
  }

  /** Everything. */
  whole() {
    this.rate = this.least;
    this.to(this.first - MARGIN);
  }

  /** Turn the leaf when a time is no longer seen, as a pianist does. @param {number} time @param {number} [end] */
  show(time, end = time) {
    const ahead = 0.08 * this.seconds;
    if (time < this.from || Math.min(end, time + this.seconds - 2 * ahead) > this.from + this.seconds - ahead / 4) this.to(time - ahead);
  }
}

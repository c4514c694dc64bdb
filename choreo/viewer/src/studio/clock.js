// Time in the song, which sound, dance, timeline and metronome share.

import { Player } from "../player.js";

export const RATES = [0.25, 0.5, 0.75, 1];

export class Clock extends Player {
  /** @param {HTMLAudioElement} sound @param {number} seconds Of the song. */
  constructor(sound, seconds) {
    super(sound, 0, seconds);
    sound.preservesPitch = true;
    /** @type {Set<() => void>} */
    this.listeners = new Set();
    this.changed = () => { for (const listener of this.listeners) listener(); };
  }

  /** Hear of playing, pausing, jumping, and of another speed or loop. @param {() => void} listener */
  on(listener) { this.listeners.add(listener); }

  /** Go round between two times; null ends it. @param {[number, number] | null} span */
  setLoop(span) {
    this.loop = span;
    if (span && (this.time() < span[0] - 1e-3 || this.time() >= span[1])) this.seek(span[0]);
    else this.changed();
  }
}

// One clock for dance and song. The song leads while it sounds; before, after and without it time runs by itself.

const APART = 0.08; // seconds between both from which on the clock jumps to the song; less is made up for bit by bit
const MADE_UP = 0.15; // seconds in which most of that is done
const LOADING = 3; // seconds for which the clock waits for a song that does not sound yet

export class Player {
  /** @param {HTMLAudioElement | null} sound @param {number} start Second of the sound at time 0. @param {number} duration */
  constructor(sound, start, duration) {
    this.sound = sound;
    this.start = start;
    this.duration = duration;
    this.playing = this.starting = this.fresh = false;
    this.rate = 1;
    /** @type {[number, number] | null} */
    this.loop = null;
    this.changed = () => {};
    this.base = this.waiting = 0;
    this.since = performance.now();
    // Paused by keys of the keyboard or a headset; not a pause of ours that is told late, when the song plays again.
    if (sound) sound.addEventListener("pause", () => this.playing && sound.paused && this.sounds() && !sound.ended && this.pause());
  }

  sounds() {
    const { sound } = this, at = this.base + this.start;
    return sound !== null && at >= 0 && !(at >= sound.duration);
  }

  time() {
    if (!this.playing) return this.base;
    const now = performance.now(), { sound } = this;
    const elapsed = (now - this.since) / 1000;
    this.since = now;
    const sounding = sound && !sound.error && this.sounds();
    // While the song starts or jumps, the dance waits for it: else it would be ahead, by as long as that takes.
    if (sounding && this.held(now)) return this.base;
    this.base += elapsed * this.rate;
    if (sounding && sound.readyState >= 2) {
      if (sound.paused && !this.starting) this.listen();
      const ahead = this.base - (sound.currentTime - this.start), jump = this.fresh || Math.abs(ahead) > APART;
      if (!sound.paused && !sound.seeking) this.base -= jump ? ahead : (1 - Math.exp(-elapsed / MADE_UP)) * ahead;
      this.fresh = false;
    }
    if (this.loop && this.base >= this.loop[1]) this.seek(this.loop[0]);
    if (this.base >= this.duration) { this.base = this.duration; this.pause(); }
    return this.base;
  }

  // Whether the song is not heard yet from where it was told to go on.
  held(now) {
    const { sound } = this;
    if (!this.waiting || !sound) return false;
    const here = sound.currentTime - this.start;
    const sounds = !sound.paused && !sound.seeking && sound.readyState >= 2 && here > this.base + 1e-3;
    if (!sounds && now - this.waiting < LOADING * 1000) {
      if (sound.paused && !this.starting && sound.readyState >= 2) this.listen();
      return true;
    }
    this.waiting = 0;
    this.fresh = sounds;
    return false;
  }

  // A browser that wants a click first refuses to sound: then nothing plays until there was one.
  async listen() {
    this.starting = true;
    try {
      await this.sound?.play();
    } catch (error) {
      if (error instanceof DOMException && error.name === "NotAllowedError") this.pause();
    } finally {
      this.starting = false;
    }
  }

  play() {
    if (this.playing) return;
    if (this.base >= this.duration - 1e-3) this.seek(0);
    this.playing = true;
    this.since = performance.now();
    if (this.sound && this.sounds()) {
      this.sound.currentTime = this.base + this.start;
      this.waiting = this.since;
      this.listen();
    }
    this.changed();
  }

  pause() {
    this.playing = false;
    this.waiting = 0;
    if (this.sound) this.sound.pause();
    this.changed();
  }

  toggle() { this.playing ? this.pause() : this.play(); }

  seek(time) {
    this.base = Math.min(this.duration, Math.max(0, time));
    this.since = performance.now();
    if (this.sound && this.sounds()) {
      this.sound.currentTime = this.base + this.start;
      this.waiting = this.playing ? this.since : 0;
    } else if (this.sound) this.sound.pause();
    this.changed();
  }

  setRate(rate) {
    this.time();
    this.rate = rate;
    if (this.sound) this.sound.playbackRate = rate;
    this.changed();
  }
}

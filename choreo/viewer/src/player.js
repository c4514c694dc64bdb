// One clock for dance and song. The song leads while it sounds; before, after and without it time runs by itself.

const APART = 0.08; // seconds between both from which on the clock jumps to the song; less is made up for bit by bit

export class Player {
  constructor(sound, start, duration) {
    Object.assign(this, { sound, start, duration, playing: false, rate: 1, loop: null, changed: () => {} });
    this.base = 0;
    this.since = performance.now();
    if (sound) sound.addEventListener("pause", () => this.playing && this.sounds() && !sound.ended && this.pause());
  }

  sounds() {
    const { sound } = this, at = this.base + this.start;
    return Boolean(sound) && at >= 0 && !(at >= sound.duration);
  }

  time() {
    if (!this.playing) return this.base;
    const now = performance.now();
    this.base += (now - this.since) / 1000 * this.rate;
    this.since = now;
    const { sound } = this;
    if (sound && this.sounds() && sound.readyState >= 2) {
      if (sound.paused && !this.starting) this.listen();
      const ahead = this.base - (sound.currentTime - this.start);
      if (!sound.paused && !sound.seeking) this.base -= Math.abs(ahead) > APART ? ahead : 0.1 * ahead;
    }
    if (this.loop && this.base >= this.loop[1]) this.seek(this.loop[0]);
    if (this.base >= this.duration) { this.base = this.duration; this.pause(); }
    return this.base;
  }

  // A browser that wants a click first refuses to sound: then nothing plays until there was one.
  async listen() {
    this.starting = true;
    try {
      await this.sound.play();
    } catch (error) {
      if (error.name === "NotAllowedError") this.pause();
    } finally {
      this.starting = false;
    }
  }

  play() {
    if (this.playing) return;
    if (this.base >= this.duration - 1e-3) this.seek(0);
    this.playing = true;
    this.since = performance.now();
    if (this.sounds()) { this.sound.currentTime = this.base + this.start; this.listen(); }
    this.changed();
  }

  pause() {
    this.playing = false;
    if (this.sound) this.sound.pause();
    this.changed();
  }

  toggle() { this.playing ? this.pause() : this.play(); }

  seek(time) {
    this.base = Math.min(this.duration, Math.max(0, time));
    this.since = performance.now();
    if (this.sound && this.sounds()) this.sound.currentTime = this.base + this.start;
    else if (this.sound) this.sound.pause();
    this.changed();
  }

  setRate(rate) {
    this.time();
    this.rate = rate;
    if (this.sound) this.sound.playbackRate = rate;
    this.changed();
  }
}

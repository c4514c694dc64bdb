// Clicks on beats and counts aloud, told to the sound card ahead of time.

/** @typedef {import("./types.d.ts").Plan} Plan */
/** @typedef {"off" | "click" | "count"} Aloud */

const AHEAD = 0.6, PAST = 0.03; // seconds: how far ahead clicks are told (a picture may take long), and how late one may still be
const TICK = 40; // milliseconds between looks at the clock
const JUMP = 0.06, SHARE = 0.15; // seconds apart from which clicks go with the song at once, and share of less that they make up for a look
const KEPT = 64; // clicks that are remembered
const QUICK = 0.3; // seconds a beat below which only every other is spoken
const TONES = [1, 9 / 8, 5 / 4, 4 / 3, 3 / 2, 5 / 3, 15 / 8, 2]; // a scale, for counts where nobody speaks

/**
 * The dancer's count of a beat: 1 to 8 over two bars of four, 1 to 6 over two of three.
 * @param {Plan} plan @param {number} beat @param {number} metre
 */
export function countOf(plan, beat, metre) {
  const { beats, bars, positions } = plan;
  let bar = 0;
  while (bar < bars.length - 1 && bars[bar + 1] <= beats[beat] + 0.02) bar++;
  return positions[beat] + (metre <= 4 ? metre * (bar % 2) : 0);
}

export class Metronome {
  /** @param {import("./clock.js").Clock} clock @param {() => import("./types.d.ts").State | null} state */
  constructor(clock, state) {
    this.clock = clock;
    this.state = state;
    this.lead = 0.1; // seconds that a voice takes to begin
    /** @type {Aloud} */
    this.aloud = "off";
    this.done = -1;
    this.origin = NaN; // the sound card's time at which the song's second 0 is heard, at the speed that is played
    this.looks = 0; // at both clocks since then
    /** @type {{beat: number, count: number, time: number, when: number, told: number, origin: number, spoken: boolean, node: OscillatorNode | null}[]} */
    this.scheduled = [];
    /** @type {AudioContext | null} */
    this.context = null;
    clock.on(() => this.forget());
    setInterval(() => this.tick(), TICK);
  }

  /** @param {Aloud} aloud */
  set(aloud) {
    this.aloud = aloud;
    this.forget();
    if (aloud !== "off") this.context ??= new AudioContext({ latencyHint: "interactive" });
    this.context?.resume();
  }

  /** What was told and is not heard yet is taken back: time goes on from elsewhere. */
  forget() {
    const now = this.context?.currentTime ?? 0;
    for (const each of this.scheduled) if (each.when > now) each.node?.stop();
    this.scheduled = this.scheduled.filter(each => each.when <= now);
    this.done = -1;
    this.origin = NaN;
  }

  tick() {
    const { clock, context } = this, state = this.state();
    if (this.aloud === "off" || !clock.playing || !context || !state) return;
    const now = clock.time(), { beats } = state.plan;
    if (clock.waiting) return;
    // Both clocks are read one after the other, and a busy machine waits in between: clicks go by the mean of many looks.
    const origin = this.heard(context) - now / clock.rate, off = origin - this.origin; // as it looks now
    this.looks = Math.abs(off) <= JUMP ? this.looks + 1 : 1;
    this.origin = this.looks > 1 ? this.origin + Math.max(SHARE, 1 / this.looks) * off : origin;
    const from = now - PAST * clock.rate, to = Math.min(now + AHEAD * clock.rate, clock.loop ? clock.loop[1] - 0.01 : Infinity);
    for (let beat = this.first(beats, from); beat < beats.length && beats[beat] <= to; beat++) {
      if (beat <= this.done) continue;
      this.done = beat;
      const apart = ((beats[beat + 1] ?? Infinity) - beats[beat]) / clock.rate, when = this.origin + beats[beat] / clock.rate;
      this.tell(beat, countOf(state.plan, beat, state.song.metre), beats[beat], when, (beats[beat] - now) / clock.rate, apart, origin);
    }
  }

  /** The sound card's time of what is heard now. @param {AudioContext} context */
  heard(context) {
    const { contextTime = 0, performanceTime = 0 } = context.getOutputTimestamp();
    if (contextTime > 0) return contextTime + (performance.now() - performanceTime) / 1000;
    return context.currentTime - (context.outputLatency || context.baseLatency || 0);
  }

  /** @param {number[]} beats @param {number} time */
  first(beats, time) {
    let low = 0, high = beats.length;
    while (low < high) { const middle = (low + high) >> 1; if (beats[middle] < time) low = middle + 1; else high = middle; }
    return low;
  }

  /** @param {number} beat @param {number} count @param {number} time @param {number} wanted @param {number} until @param {number} apart @param {number} origin */
  tell(beat, count, time, wanted, until, apart, origin) {
    const { currentTime: told } = /** @type {AudioContext} */ (this.context), when = Math.max(wanted, told);
    const voice = this.aloud === "count" ? this.voice() : null;
    const spoken = Boolean(voice) && (apart > QUICK || count % 2 === 1);
    const down = this.state()?.plan.positions[beat] === 1;
    const pitch = this.aloud === "count" && !voice ? 440 * TONES[(count - 1) % TONES.length] : down ? 1760 : 1175;
    const node = this.beep(when, pitch, this.aloud === "count" && !voice ? 0.12 : 0.04, down ? 0.5 : 0.3);
    if (voice && spoken) setTimeout(() => this.speak(voice, count), Math.max(1000 * (until - this.lead), 0));
    this.scheduled.push({ beat, count, time, when, told, origin, spoken, node });
    if (this.scheduled.length > KEPT) this.scheduled.shift();
  }

  /** @param {number} when @param {number} pitch @param {number} length @param {number} loud */
  beep(when, pitch, length, loud) {
    const context = /** @type {AudioContext} */ (this.context), node = context.createOscillator(), gain = context.createGain();
    node.frequency.value = pitch;
    gain.gain.setValueAtTime(0, when);
    gain.gain.linearRampToValueAtTime(loud, when + 0.002);
    gain.gain.exponentialRampToValueAtTime(0.001, when + length);
    node.connect(gain).connect(context.destination);
    node.start(when);
    node.stop(when + length);
    return node;
  }

  /** A voice of this machine, so that nothing leaves it. @returns {SpeechSynthesisVoice | null} */
  voice() {
    const voices = "speechSynthesis" in window ? speechSynthesis.getVoices().filter(voice => voice.localService) : [];
    return voices.find(voice => voice.lang.startsWith("en")) ?? voices[0] ?? null;
  }

  /** @param {SpeechSynthesisVoice} voice @param {number} count */
  speak(voice, count) {
    if (!this.clock.playing || this.aloud !== "count") return;
    const words = new SpeechSynthesisUtterance(String(count)), asked = performance.now();
    Object.assign(words, { voice, lang: voice.lang, rate: 1.8 });
    // How long a voice takes to begin is learned from it.
    words.onstart = () => { this.lead += 0.3 * (Math.min((performance.now() - asked) / 1000, 0.4) - this.lead); };
    speechSynthesis.cancel();
    speechSynthesis.speak(words);
  }
}

// What is danced: frames by revision, for the stage. What is not there yet stays as it was.

import { readDancer } from "../data.js";

/** @typedef {import("./types.d.ts").Frames} Frames */
/** @typedef {import("./types.d.ts").Track} Track */

const PLAN = 0, TRIED = 1; // places on the stage
const LATE = 250; // milliseconds after which it is said that frames are still being made

/** Frames of a window alone. @param {Frames} frames @param {number} joints @returns {Track} */
export function trackOf({ head, array }, joints) {
  const dancers = head.dancers.map(dancer => readDancer(dancer, array, joints, head.frames));
  return { begin: head.start, fps: head.fps, frames: head.frames, dancers };
}

/** An empty dance for a plan. @param {number} begin @param {number} frames @param {number} fps @param {number} dancers @param {number} joints @returns {Track} */
export function emptyTrack(begin, frames, fps, dancers, joints) {
  return {
    begin, fps, frames, revision: new Float64Array(frames).fill(-1),
    dancers: Array.from({ length: dancers }, () => ({
      frames, translation: new Float32Array(3 * frames), rotations: new Int16Array(4 * joints * frames), known: new Uint8Array(frames),
    })),
  };
}

/**
 * Put frames into a dance where they belong; those that are there of a newer revision stay.
 * @param {Track} track @param {Track} from @param {number} revision @param {number} joints @returns {number} frames written
 */
export function write(track, from, revision, joints) {
  const first = Math.round((from.begin - track.begin) * track.fps), known = /** @type {Float64Array} */ (track.revision);
  let written = 0;
  for (let k = 0; k < from.frames; k++) {
    const at = first + k;
    if (at < 0 || at >= track.frames || known[at] > revision) continue;
    known[at] = revision;
    written++;
    track.dancers.forEach((dancer, number) => {
      const other = from.dancers[number];
      if (dancer.known) dancer.known[at] = Number(Boolean(other && (other.known?.[k] ?? 1)));
      if (!other) return;
      dancer.translation.set(other.translation.subarray(3 * k, 3 * k + 3), 3 * at);
      dancer.rotations.set(other.rotations.subarray(4 * joints * k, 4 * joints * (k + 1)), 4 * joints * at);
    });
  }
  return written;
}

/**
 * Hold the first and the last frame of a window to the ends of a dance, which may be some frames beyond its bars.
 * @param {Track} from @param {Track} track @param {boolean} first @param {boolean} last @param {number} joints @returns {Track}
 */
export function held(from, track, first, last, joints) {
  const at = Math.round((from.begin - track.begin) * track.fps);
  const before = first ? Math.max(at, 0) : 0, after = last ? Math.max(track.frames - at - from.frames, 0) : 0;
  if (!before && !after) return from;
  const frames = before + from.frames + after, whole = emptyTrack(from.begin - before / from.fps, frames, from.fps, from.dancers.length, joints);
  whole.dancers.forEach((dancer, number) => {
    for (let k = 0; k < frames; k++) {
      const source = Math.min(Math.max(k - before, 0), from.frames - 1), other = from.dancers[number];
      dancer.translation.set(other.translation.subarray(3 * source, 3 * source + 3), 3 * k);
      dancer.rotations.set(other.rotations.subarray(4 * joints * source, 4 * joints * (source + 1)), 4 * joints * k);
    }
    dancer.known?.fill(1);
  });
  return whole;
}

export class Dance {
  /**
   * @param {import("./store.js").Store} store @param {import("./clock.js").Clock} clock
   * @param {any} stage null where nothing can be drawn @param {number} joints Of the body.
   */
  constructor(store, clock, stage, joints) {
    this.store = store;
    this.clock = clock;
    this.stage = stage;
    this.joints = joints;
    this.drawn = { time: 0, heard: 0 }; // times of the dance and of the song when it was drawn last
    /** @type {Track | null} */
    this.track = null;
    /** @type {{kind: "try" | "beside", bars: [number, number], loop: any, time: number, playing: boolean} | null} */
    this.tried = null;
    this.trying = 0;
    this.stale = true;
    this.whole = -1; // revision of which all frames are there
    this.since = performance.now();
    /** @type {Set<() => void>} */
    this.listeners = new Set();
    store.hear("frames", (/** @type {Frames} */ frames) => this.take(frames));
    store.hear("connection", (/** @type {boolean} */ on) => { if (on) this.track?.revision?.fill(-1); });
    store.on(() => this.renew());
  }

  /** Hear of what is tried, and of what comes to an end. @param {() => void} listener */
  on(listener) { this.listeners.add(listener); }

  changed() { this.stale = true; for (const listener of this.listeners) listener(); }

  renew() {
    this.since = performance.now();
    this.stale = true;
  }

  /** @param {Frames} frames */
  take(frames) {
    const { plan } = this.store.state ?? {}, from = trackOf(frames, this.joints), { revision, bars } = frames.head;
    if (!plan) return;
    const put = (/** @type {Track} */ into) =>
      write(into, held(from, into, bars[0] === 0, bars[1] >= plan.bars.length - 1, this.joints), revision, this.joints);
    const length = Math.ceil((plan.end - plan.start) * from.fps) + 1, { track } = this;
    const fits = track && track.frames === length && track.fps === from.fps && track.begin === plan.start && track.dancers.length === from.dancers.length;
    if (!fits) {
      this.track = emptyTrack(plan.start, length, from.fps, from.dancers.length, this.joints);
      if (track && track.fps === from.fps) write(this.track, track, -1, this.joints);
      put(this.track);
      this.stage?.put(PLAN, this.track);
    } else {
      put(track);
      this.stage?.trace(PLAN);
    }
    this.stale = true;
    if (!frames.head.last) return;
    this.whole = revision;
    this.changed();
  }

  /** Revision of the frame at a time; -1 where there is none yet. @param {number} time */
  revisionAt(time) {
    const { track } = this;
    if (!track?.revision) return -1;
    return track.revision[Math.min(Math.max(Math.round((time - track.begin) * track.fps), 0), track.frames - 1)];
  }

  /** Whether what is seen at a time is the dance as it was, or nothing, for longer than a blink. @param {number} time */
  late(time) {
    const { state } = this.store;
    return Boolean(state) && this.revisionAt(time) < /** @type {any} */ (state).revision && performance.now() - this.since > LATE;
  }

  /**
   * Dance some bars as they would be after an action, round and round, instead of the plan's. The newest call counts.
   * @param {any} action @param {number} first @param {number} last
   */
  tryOut(action, first, last) { return this.show("try", action, first, last); }

  /** The same, but beside the plan's. @param {any} action @param {number} first @param {number} last */
  beside(action, first, last) { return this.show("beside", action, first, last); }

  /** @param {"try" | "beside"} kind @param {any} action @param {number} first @param {number} last */
  async show(kind, action, first, last) {
    const number = ++this.trying;
    const frames = await this.store.ask("try", { action, first, last });
    if (number !== this.trying) return false;
    const { clock, stage } = this, track = trackOf(frames, this.joints), end = track.begin + track.frames / track.fps;
    const before = this.tried ?? { loop: clock.loop, time: clock.time(), playing: clock.playing };
    this.tried = { kind, bars: [first, last], loop: before.loop, time: before.time, playing: before.playing };
    if (stage) {
      stage.put(TRIED, track);
      stage.shown = this.track && kind === "beside" ? [PLAN, TRIED] : [TRIED];
      stage.fit();
    }
    clock.setLoop([Math.max(track.begin, 0), Math.min(end, clock.duration)]);
    clock.play();
    this.changed();
    return true;
  }

  /** Back to the plan's dance, and to the loop and the time before. @param {null} [_] */
  preview(_ = null) {
    this.trying++;
    const { tried, clock, stage } = this;
    if (!tried) return;
    this.tried = null;
    if (stage) {
      stage.shown = [PLAN];
      stage.fit();
    }
    if (!tried.playing) clock.pause();
    clock.loop = tried.loop;
    clock.seek(tried.time);
    this.changed();
  }
}

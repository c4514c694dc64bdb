// The timeline on its canvas: listens to pointers and wheels, keeps what is selected and seen, and asks the session.

import { partAt, timeOf } from "./bars.js";
import { asked } from "./commands.js";
import { Drawing } from "./drawing.js";
import { Figures } from "./figure.js";
import { begun, ended, moved, placeAt } from "./gestures.js";
import { hitAt, sectionAt } from "./hit.js";
import { blocksOf, heightOf, rowsOf } from "./rows.js";
import { kept, rowed, selected, stepped, words } from "./selection.js";
import { GUTTER, View } from "./view.js";

/** @typedef {import("../types.d.ts").State} State */
/** @typedef {import("./selection.js").Selection} Selection */

const FAR = 4, FAR_FINGER = 9; // pixels from which on a press is a drag
const DETAIL = 40, POINTS = 20_000; // of the waveform, a second and at most
/** @type {Record<string, string>} */
const MODE_WORDS = { select: "Choosing steps", energy: "Draw the energy on its row", downbeat: "Click or drag to the beat that is the one" };
const FIRST_RATE = 44; // pixels a second at the beginning: names of steps of two bars can be read

export class Timeline {
  /** @param {HTMLCanvasElement} canvas @param {{store: any, clock: any}} page @param {(words: string) => void} say */
  constructor(canvas, { store, clock }, say) {
    this.canvas = canvas;
    this.store = store;
    this.clock = clock;
    this.say = say;
    /** @type {import("./rows.js").Row[]} */
    this.rows = [];
    this.song = "";
    this.down = { x: 0, y: 0, from: 0 };
    this.drawing = new Drawing(canvas);
    this.view = new View();
    this.view.rate = FIRST_RATE;
    /** @type {Selection | null} */
    this.selection = null;
    this.mode = "select";
    /** @type {import("./gestures.js").Gesture | null} */
    this.gesture = null;
    /** @type {import("./rows.js").Block | null} */
    this.hover = null;
    /** @type {[number, number] | null} */
    this.placing = null;
    /** @type {[number, number][]} */
    this.wave = [];
    this.coarse = matchMedia("(pointer: coarse)").matches;
    this.calm = matchMedia("(prefers-reduced-motion: reduce)");
    this.stale = true;
    this.last = -1;
    /** @type {Set<() => void>} */
    this.watchers = new Set();
    /** @type {Set<() => void>} */
    this.figured = new Set(); // those who draw figures, which come later than names
    /** @type {() => void} */
    this.opened = () => {};
    /** @type {Map<number, PointerEvent>} */
    this.fingers = new Map();
    this.figures = new Figures((name, fields) => store.ask(name, fields), () => { this.stale = true; for (const watcher of this.figured) watcher(); });
    this.listen();
    this.take();
  }

  /** @returns {State} */
  get state() { return this.store.state; }

  /** The state is another one. */
  take() {
    const { state } = this;
    if (!state) return;
    const song = `${state.path} ${state.song.name}`;
    if (song !== this.song) {
      this.song = song;
      this.selection = null;
      this.wave = [];
      this.store.ask("waveform", { points: Math.max(Math.min(Math.ceil(state.song.seconds * DETAIL), POINTS), 1) }).then((/** @type {any} */ wave) => { this.wave = wave.points ?? wave; this.stale = true; }, () => {});
    }
    this.selection = kept(state, this.selection);
    if (this.gesture?.block && !blocksOf(state, this.gesture.block.row)[this.gesture.block.number]) this.gesture = null;
    this.hover = null;
    this.fit();
    this.watch();
  }

  fit() {
    const { state, canvas, view } = this;
    if (!state) return;
    this.rows = rowsOf(state, this.coarse);
    const height = heightOf(this.rows), width = canvas.parentElement?.clientWidth || canvas.clientWidth || 600;
    canvas.style.height = `${height}px`;
    this.drawing.fit(width, height);
    view.fit(width, Math.min(0, state.plan.start, state.plan.bars[0] ?? 0), Math.max(state.song.seconds, state.plan.end));
    this.stale = true;
  }

  watch() { for (const watcher of this.watchers) watcher(); }

  /** @param {Selection | null} selection @param {{seek?: boolean, quiet?: boolean}} [how] */
  select(selection, { seek = true, quiet = false } = {}) {
    this.selection = selection;
    this.stale = true;
    if (selection) {
      const { bars } = this.state.plan, start = timeOf(bars, selection.bars[0]);
      this.view.show(start, timeOf(bars, selection.bars[1]));
      if (seek && !this.clock.playing) this.clock.seek(start);
    }
    if (!quiet) this.say(words(this.state, selection));
    this.watch();
  }

  /** Seconds that are selected, for a loop; null when nothing is. @returns {[number, number] | null} */
  range() {
    const { bars } = this.state.plan;
    return this.selection && [timeOf(bars, this.selection.bars[0]), timeOf(bars, this.selection.bars[1])];
  }

  /** @param {string} mode */
  setMode(mode) {
    this.mode = mode;
    this.gesture = null;
    this.say(MODE_WORDS[mode]);
    this.stale = true;
    this.watch();
  }

  /** Keep the playing step, or a range, in the selection when nothing else is. */
  here() {
    const { plan } = this.state, at = plan.steps.findIndex(step => this.clock.time() >= step.start && this.clock.time() < step.end);
    const step = plan.steps[Math.max(at, 0)];
    if (!this.selection && step) this.select(selected("steps", [step.bar, step.bar + step.bars]), { seek: false, quiet: true });
  }

  /**
   * Ask the session for what a command wants of what is selected; of the step that is danced now when nothing is.
   * @param {string} name @param {any} [value]
   */
  async command(name, value) {
    this.here();
    const what = asked(name, this.state, this.selection, value);
    if ("words" in what) return this.say(what.words);
    await this.acted(what.actions, what.selection);
  }

  /** @param {import("./gestures.js").Action[]} actions @param {Selection} [selection] What is to be selected afterwards. */
  async acted(actions, selection) {
    try {
      if (actions.length) await this.store.act(actions.length > 1 ? { do: "many", actions } : actions[0]);
      if (selection) this.selection = kept(this.state, selection);
    } catch (error) {
      this.say(/** @type {Error} */ (error).message);
    }
    this.stale = true;
    this.watch();
  }

  /** Arrow keys. @param {number} by @param {boolean} [extend] */
  step(by, extend = false) { this.select(stepped(this.state, this.selection, by, extend)); }

  /** @param {number} by */
  row(by) { this.select(rowed(this.state, this.selection, by), { seek: false }); }

  /** @param {number} factor */
  zoom(factor) {
    const x = this.view.x(this.clock.time());
    this.view.zoom(factor, x > GUTTER && x < this.view.width ? x : undefined);
    this.stale = true;
  }

  whole() { this.view.whole(); this.stale = true; }

  /** What lies under a place of the screen, null outside of the canvas. @param {number} clientX @param {number} clientY */
  at(clientX, clientY) {
    const box = this.canvas.getBoundingClientRect(), x = clientX - box.left, y = clientY - box.top;
    if (!this.rows.length || x < 0 || y < 0 || x > box.width || y > box.height) return null;
    return hitAt(this.state, this.rows, this.view, x, y, this.coarse);
  }

  /** Where something from outside would go, drawn while it is over the canvas; null when it is not. @param {number} clientX @param {number} clientY */
  over(clientX, clientY) {
    const hit = this.at(clientX, clientY);
    this.placing = hit && placeAt(this.state, hit);
    this.stale = true;
    return this.placing;
  }

  listen() {
    const { canvas } = this;
    const hit = (/** @type {MouseEvent} */ event) => {
      const box = canvas.getBoundingClientRect();
      return hitAt(this.state, this.rows, this.view, event.clientX - box.left, event.clientY - box.top, this.coarse);
    };
    canvas.addEventListener("pointerdown", event => {
      if (!this.state || event.button) return;
      const touch = event.pointerType === "touch";
      if (touch !== this.coarse && (touch || event.pointerType === "mouse")) { this.coarse = touch; this.fit(); }
      canvas.setPointerCapture(event.pointerId);
      this.fingers.set(event.pointerId, event);
      if (this.fingers.size > 1) { this.gesture = null; this.stale = true; return; }
      const under = hit(event);
      this.gesture = begun(this.state, under, { mode: this.mode, shift: event.shiftKey, coarse: touch, selection: this.selection });
      this.down = { x: event.clientX, y: event.clientY, from: this.view.from };
      if (this.gesture.kind === "scroll") this.look(under.time, event);
      if (this.gesture.kind === "scrub") this.clock.seek(Math.max(this.gesture.time ?? 0, 0));
      this.stale = true;
    });
    canvas.addEventListener("pointermove", event => {
      if (!this.state) return;
      if (this.fingers.size > 1) return this.pinch(event);
      this.fingers.has(event.pointerId) && this.fingers.set(event.pointerId, event);
      const under = hit(event), { gesture } = this;
      if (!gesture) return this.point(under);
      const far = Math.hypot(event.clientX - this.down.x, event.clientY - this.down.y) > (event.pointerType === "touch" ? FAR_FINGER : FAR);
      this.gesture = moved(this.state, gesture, under, far);
      if (gesture.kind === "scrub") this.clock.seek(Math.max(this.gesture.time ?? 0, 0));
      if (gesture.kind === "scroll") this.look(0, event);
      if (gesture.kind === "pan" && this.gesture.far) this.view.to(this.down.from - (event.clientX - this.down.x) / this.view.rate);
      this.stale = true;
    });
    canvas.addEventListener("pointerup", event => {
      this.fingers.delete(event.pointerId);
      const { gesture } = this;
      this.gesture = null;
      this.stale = true;
      if (gesture) this.finish(gesture);
    });
    for (const name of /** @type {const} */ (["pointercancel", "lostpointercapture"]))
      canvas.addEventListener(name, event => { this.fingers.delete(event.pointerId); if (name === "pointercancel") this.cancel(); });
    canvas.addEventListener("pointerleave", () => this.point(null));
    canvas.addEventListener("dblclick", event => {
      const under = hit(event), range = under.row === "sections" || under.row === "ruler" ? sectionAt(this.state, under.time) : null;
      if (range) this.select(selected("range", range, true));
    });
    canvas.addEventListener("wheel", event => {
      event.preventDefault();
      const box = canvas.getBoundingClientRect();
      if (event.ctrlKey || event.metaKey) this.view.zoom(Math.exp(-event.deltaY / 300), event.clientX - box.left);
      else this.view.to(this.view.from + (Math.abs(event.deltaX) > Math.abs(event.deltaY) ? event.deltaX : event.deltaY) / this.view.rate);
      this.stale = true;
    }, { passive: false });
    new ResizeObserver(() => this.fit()).observe(/** @type {Element} */ (canvas.parentElement));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { this.drawing.look(); this.fit(); });
    new MutationObserver(() => { this.drawing.look(); this.fit(); }).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme", "class"] });
  }

  /** Give up what is being dragged. @returns {boolean} Whether something was. */
  cancel() {
    const was = Boolean(this.gesture || this.placing);
    this.gesture = this.placing = null;
    this.stale = true;
    return was;
  }

  /** @param {import("./gestures.js").Gesture} gesture */
  finish(gesture) {
    const { actions, selection, seek, open } = ended(this.state, gesture);
    if (seek !== undefined) this.clock.seek(Math.max(seek, 0));
    if (selection && !actions) {
      const { bars } = this.selection ?? selection;
      if (gesture.shift && this.selection) this.select(selected(selection.row, [Math.min(bars[0], selection.bars[0]), Math.max(bars[1], selection.bars[1])], true));
      else if (gesture.begun.row === "sections" && !gesture.far) this.select(selected("range", sectionAt(this.state, gesture.begun.time) ?? selection.bars, true));
      else this.select(selection);
    }
    if (open && !gesture.shift) this.opened();
    if (actions) this.acted(actions, selection);
    if (gesture.kind === "downbeat") this.setMode("select");
  }

  /** @param {import("./hit.js").Hit | null} hit */
  point(hit) {
    const block = hit?.block ?? null;
    const shape = !hit ? "" : hit.edge ? "ew-resize" : this.mode === "downbeat" ? "col-resize" : this.mode === "energy" && hit.row === "energy" ? "crosshair" : block ? "grab" : "pointer";
    this.canvas.style.cursor = shape;
    if (block?.row === this.hover?.row && block?.number === this.hover?.number) return;
    this.hover = block;
    this.stale = true;
    const step = block?.row === "steps" ? this.state.plan.steps[block.number] : null;
    this.canvas.title = step ? [words(this.state, selected("steps", [step.bar, step.bar + step.bars])), ...step.why].join("\n") : "";
  }

  /** Look at the part of the song under the pointer on the overview. @param {number} _time @param {PointerEvent} event */
  look(_time, event) {
    const { view } = this, box = this.canvas.getBoundingClientRect();
    view.to(view.first + (event.clientX - box.left - GUTTER) / view.room * (view.last - view.first) - view.seconds / 2);
    this.stale = true;
  }

  /** Two fingers: nearer, farther and along. @param {PointerEvent} event */
  pinch(event) {
    const box = this.canvas.getBoundingClientRect(), before = [...this.fingers.values()];
    this.fingers.set(event.pointerId, event);
    const after = [...this.fingers.values()], apart = (/** @type {PointerEvent[]} */ two) => Math.max(Math.abs(two[0].clientX - two[1].clientX), 20);
    const middle = (/** @type {PointerEvent[]} */ two) => (two[0].clientX + two[1].clientX) / 2 - box.left;
    this.view.to(this.view.from - (middle(after) - middle(before)) / this.view.rate);
    this.view.zoom(apart(after) / apart(before), middle(after));
    this.stale = true;
  }

  /** Draw what a moment looks like, when it differs from what was drawn. @param {number} time */
  draw(time) {
    if (!this.state || !this.rows.length) return;
    if (this.clock.playing && time !== this.last && !this.gesture) this.view.show(time);
    if (!this.stale && time === this.last && !this.drawing.moving) return;
    this.stale = false;
    this.last = time;
    const { state, rows, view, selection, hover, gesture, placing, mode, wave, figures } = this;
    this.drawing.draw({ state, rows, view, selection, hover, gesture, placing, mode, wave, figures, time, playing: this.clock.playing, calm: this.calm.matches });
  }

  /** Where a block is on the canvas, for tests and other programs. @param {string} row @param {number} number */
  boxOf(row, number) {
    const place = this.rows.find(each => each.name === row), block = blocksOf(this.state, row)[number];
    return place && block && { x: this.view.x(block.start), y: place.y, width: (block.end - block.start) * this.view.rate, height: place.height };
  }

  /** Number of the step at a bar. @param {number} bar */
  stepAt(bar) { return partAt(this.state.plan.steps, bar); }
}

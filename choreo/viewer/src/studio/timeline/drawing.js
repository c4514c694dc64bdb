// Draws the rows of the timeline.

import { spokenBars, timeOf } from "./bars.js";
import { drawFigure, still } from "./figure.js";
import { blocksOf, heightOf } from "./rows.js";
import { GUTTER } from "./view.js";

/** @typedef {import("./bars.js").State} State */
/** @typedef {import("./rows.js").Row} Row */
/** @typedef {import("./rows.js").Block} Block */
/**
 * All that is drawn: what is selected, under the pointer, being dragged and sounding.
 * @typedef {{state: State, rows: Row[], view: import("./view.js").View, selection: import("./selection.js").Selection | null,
 *   hover: Block | null, gesture: import("./gestures.js").Gesture | null, placing: [number, number] | null, mode: string,
 *   time: number, playing: boolean, calm: boolean, wave: [number, number][], figures: import("./figure.js").Figures}} Scene
 */

const HUES = [222, 168, 290, 34, 255, 350, 110, 195];
const FONT = "12px system-ui, sans-serif", SMALL = "11px system-ui, sans-serif", BOLD = "600 12px system-ui, sans-serif";
const MARKS = 16; // pixels of a mark of a step

export class Drawing {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    this.pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    this.moving = false; // whether a figure moves on its own, so that the next frame differs
    /** @type {Record<string, string>} */
    this.colours = {};
    this.look();
  }

  /** Colours of the page, which change with light and dark. */
  look() {
    const style = getComputedStyle(document.documentElement);
    for (const name of ["paper", "ink", "faint", "grid", "edge", "button", "accent", "seam", "tone"])
      this.colours[name] = style.getPropertyValue(`--${name}`).trim();
  }

  /** @param {number} width @param {number} height */
  fit(width, height) {
    const scale = Math.min(devicePixelRatio || 1, 2);
    this.canvas.width = Math.round(width * scale);
    this.canvas.height = Math.round(height * scale);
    this.pen.setTransform(scale, 0, 0, scale, 0, 0);
  }

  /** @param {Scene} scene */
  draw(scene) {
    const { pen } = this, { rows, view, state } = scene;
    this.letters = [...new Set(state.plan.sections.map(part => part[3]))];
    this.moving = false;
    pen.clearRect(0, 0, view.width, heightOf(rows));
    pen.textBaseline = "middle";
    for (const row of rows) {
      this.name(row);
      pen.save();
      pen.beginPath();
      pen.rect(GUTTER, row.y, view.room, row.height);
      pen.clip();
      if (row.name !== "overview" && row.name !== "steps") this.fill(this.colours.grid, GUTTER, row.y, view.room, row.height);
      ({ wave: () => this.wave(row, scene), ruler: () => this.ruler(row, scene), sections: () => this.sections(row, scene),
        energy: () => this.energy(row, scene), overview: () => this.overview(row, scene) }[row.name] ?? (() => this.blocks(row, scene)))();
      pen.restore();
    }
    this.over(scene);
  }

  /** @param {string} colour @param {number} x @param {number} y @param {number} width @param {number} height */
  fill(colour, x, y, width, height) {
    this.pen.fillStyle = colour;
    this.pen.fillRect(x, y, width, height);
  }

  /** Text that ends where its room ends. @param {string} text @param {number} x @param {number} y @param {number} room @param {string} [colour] @param {string} [font] */
  text(text, x, y, room, colour = this.colours.ink, font = FONT) {
    const { pen } = this;
    if (room < 12) return;
    pen.font = font;
    pen.fillStyle = colour;
    let shown = text;
    while (shown.length > 1 && pen.measureText(shown).width > room) shown = `${shown.slice(0, -2).trimEnd()}…`;
    pen.fillText(shown, x, y);
  }

  /** @param {Row} row */
  name(row) { this.text(row.label, 4, row.y + row.height / 2, GUTTER - 8, this.colours.faint, SMALL); }

  /** Parts of the song that are alike have one letter and one colour. @param {string} letter */
  hue(letter) { return HUES[Math.max((this.letters ?? []).indexOf(letter), 0) % HUES.length]; }

  /** The letter of the part of the song at a moment. @param {State} state @param {number} time */
  section(state, time) { return state.plan.sections.find(([start, end]) => time >= start - 1e-3 && time < end)?.[3] ?? ""; }

  /** @param {Row} row @param {Scene} scene */
  wave(row, { wave, view, state }) {
    const count = wave.length, middle = row.y + row.height / 2, seconds = state.song.seconds;
    if (!count) return;
    this.pen.fillStyle = this.colours.faint;
    for (let x = GUTTER; x < view.width; x++) {
      const from = Math.floor(view.time(x) / seconds * count), to = Math.max(Math.ceil(view.time(x + 1) / seconds * count), from + 1);
      let low = 0, high = 0;
      for (let k = Math.max(from, 0); k < Math.min(to, count); k++) { low = Math.min(low, wave[k][0]); high = Math.max(high, wave[k][1]); }
      this.pen.fillRect(x, middle - high * row.height / 2, 1, Math.max((high - low) * row.height / 2, 0.5));
    }
  }

  /** @param {Row} row @param {Scene} scene */
  ruler(row, { view, state, mode, gesture }) {
    const { bars, beats, positions } = state.plan, { colours } = this;
    const wide = (bars[bars.length - 1] - bars[0]) / Math.max(bars.length - 1, 1) * view.rate; // pixels of a bar
    if (wide > 36)
      beats.forEach((beat, k) => positions[k] !== 1 && this.fill(colours.faint, view.x(beat) - 0.5, row.y + row.height - 5, 1, 5));
    const every = [1, 2, 4, 8, 16, 32].find(number => number * wide > 30) ?? 64;
    bars.forEach((bar, k) => {
      const numbered = k % every === 0, x = view.x(bar);
      if (wide > 5 || numbered) this.fill(mode === "downbeat" ? colours.accent : colours.faint, x - (mode === "downbeat" ? 1 : 0.5), row.y + (numbered ? 2 : row.height - 9), mode === "downbeat" ? 2 : 1, row.height);
      if (numbered && k < bars.length - 1) this.text(String(k + 1), x + 4, row.y + row.height / 2 - 1, every * wide - 6, colours.ink, SMALL);
    });
    if (gesture?.kind === "downbeat") this.fill(colours.accent, view.x(gesture.time ?? 0) - 2, row.y, 4, row.height);
  }

  /** @param {Row} row @param {Scene} scene */
  sections(row, { view, state }) {
    for (const [start, end, label, letter] of state.plan.sections) {
      const x = view.x(start), wide = view.x(end) - x;
      this.fill(`hsl(${this.hue(letter)} ${this.colours.tone})`, x, row.y, wide - 1, row.height);
      const from = Math.max(x, GUTTER);
      this.text([label, letter].filter(Boolean).join(" "), from + 5, row.y + row.height / 2, x + wide - from - 8, this.colours.ink, SMALL);
    }
  }

  /** @param {Row} row @param {Scene} scene */
  energy(row, { view, state, gesture, mode }) {
    const { bars, energy, drawn } = state.plan, { colours } = this, fresh = gesture?.kind === "draw" ? gesture.drawn : null;
    for (let bar = 0; bar < bars.length - 1; bar++) {
      const own = fresh?.get(bar) ?? drawn[bar], value = own ?? energy[bar] ?? 0;
      const x = view.x(bars[bar]), wide = view.x(bars[bar + 1]) - x, high = Math.max(value * (row.height - 4), 1);
      if (x > view.width || x + wide < GUTTER) continue;
      this.pen.globalAlpha = own === undefined ? 0.45 : 0.9;
      this.fill(own === undefined ? colours.faint : colours.accent, x, row.y + row.height - high, Math.max(wide - 1, 0.5), high);
      this.pen.globalAlpha = 1;
    }
    if (mode === "energy") {
      this.pen.strokeStyle = colours.accent;
      this.pen.setLineDash([4, 3]);
      this.pen.strokeRect(GUTTER + 0.5, row.y + 0.5, view.room - 1, row.height - 1);
      this.pen.setLineDash([]);
    }
  }

  /** @param {Row} row @param {Scene} scene */
  overview(row, { view, state, time }) {
    const first = view.first, wide = view.room / Math.max(view.last - first, 1e-3), at = (/** @type {number} */ second) => GUTTER + (second - first) * wide;
    const y = row.y + row.height / 2 - 4;
    this.fill(this.colours.grid, GUTTER, y, view.room, 8);
    for (const [start, end, , letter] of state.plan.sections)
      this.fill(`hsl(${this.hue(letter)} ${this.colours.tone})`, at(start), y + 2, Math.max((end - start) * wide - 1, 1), 4);
    this.pen.strokeStyle = this.colours.ink;
    this.pen.lineWidth = 1.5;
    this.pen.strokeRect(Math.max(at(view.from), GUTTER) + 1, y + 0.5, Math.min(view.seconds * wide, view.room) - 2, 7);
    this.fill(this.colours.accent, at(time) - 1, y, 2, 8);
  }

  /** @param {Row} row @param {Scene} scene */
  blocks(row, scene) {
    const { state, view, gesture } = scene, dragged = gesture?.far && gesture.block?.row === row.name ? gesture : null;
    for (const block of blocksOf(state, row.name)) {
      if (block.end < view.from || block.start > view.from + view.seconds) continue;
      this.pen.globalAlpha = dragged && dragged.block?.number === block.number ? 0.35 : 1;
      this.block(row, block, scene);
      this.pen.globalAlpha = 1;
    }
    if (dragged?.block && ["move", "stretch", "begin"].includes(dragged.kind)) {
      const bar = dragged.bar ?? 0, bars = dragged.bars ?? 1, { plan } = state;
      this.outline(view.x(timeOf(plan.bars, bar)), view.x(timeOf(plan.bars, bar + bars)), row, `${dragged.block.label}, ${spokenBars([bar, bar + bars])}`);
    }
    if (scene.placing && row.name === "steps") {
      const [bar, end] = scene.placing;
      this.outline(view.x(timeOf(state.plan.bars, bar)), view.x(timeOf(state.plan.bars, end)), row, `from ${spokenBars([bar, bar + 1])}`);
    }
  }

  /** Where something would go. @param {number} x @param {number} end @param {Row} row @param {string} words */
  outline(x, end, row, words) {
    const { pen, colours } = this;
    pen.globalAlpha = 0.85;
    this.fill(colours.button, x, row.y, end - x, row.height);
    pen.globalAlpha = 1;
    pen.strokeStyle = colours.accent;
    pen.lineWidth = 2;
    pen.setLineDash([6, 4]);
    pen.strokeRect(x + 1, row.y + 1, Math.max(end - x - 2, 2), row.height - 2);
    pen.setLineDash([]);
    this.text(words, Math.max(x, GUTTER) + 6, row.y + row.height / 2, end - x - 10, colours.ink, BOLD);
  }

  /** @param {Row} row @param {Block} block @param {Scene} scene */
  block(row, block, scene) {
    const { pen, colours } = this, { view, state, hover } = scene;
    const x = view.x(block.start), end = view.x(block.end) - 1, wide = Math.max(end - x, 1), left = Math.max(x, GUTTER);
    const letter = this.section(state, (block.start + block.end) / 2);
    const own = row.name !== "steps" && block.own;
    this.fill(row.name === "steps" ? `hsl(${this.hue(letter)} ${colours.tone})` : own ? colours.button : colours.grid, x, row.y, wide, row.height);
    this.fill(own ? colours.accent : row.name === "steps" ? colours.seam : colours.edge, x, row.y, own ? 3 : 2, row.height);
    if (row.name !== "steps") {
      pen.strokeStyle = own ? colours.accent : colours.edge;
      pen.lineWidth = 1;
      pen.strokeRect(x + 0.5, row.y + 0.5, wide - 1, row.height - 1);
      this.text(block.label, left + 7, row.y + row.height / 2, end - left - 11, colours.ink, SMALL);
    } else this.step(row, block, scene, left, end);
    if (hover && hover.row === row.name && hover.number === block.number) {
      pen.strokeStyle = colours.faint;
      pen.lineWidth = 1.5;
      pen.strokeRect(x + 1, row.y + 1, wide - 2, row.height - 2);
      // Something to take hold of at both ends.
      for (const at of block.bar > 0 ? [x + 4, x + 7, end - 5, end - 8] : [end - 5, end - 8]) this.fill(colours.faint, at, row.y + row.height / 2 - 7, 1.5, 14);
    }
  }

  /** Name, figure and marks of a step. @param {Row} row @param {Block} block @param {Scene} scene @param {number} left @param {number} end */
  step(row, block, { state, figures, hover, time, playing, calm }, left, end) {
    const step = state.plan.steps[block.number], { colours, pen } = this, room = end - left - 10;
    const base = row.y + 12;
    this.text(block.label, left + 7, base, room, colours.ink, BOLD);
    const high = row.height - 22, figure = room > 14 ? figures.of(step.clip, step.mirror) : null;
    if (figure) {
      const now = time >= block.start && time < block.end, moving = !calm && (now ? playing : hover?.row === "steps" && hover.number === block.number);
      const since = moving ? (now ? time - block.start : performance.now() / 1000) : now ? time - block.start : still(figure);
      drawFigure(pen, figure, since, left + 4, row.y + 20, Math.min(high, room), high, colours.ink);
      this.moving ||= moving && !now;
    }
    let x = left + Math.min(high, room) + 10;
    for (const [on, mark] of /** @type {[boolean, string][]} */ ([[step.mirror, "mirror"], [step.locked, "lock"], [step.pinned, "pin"], [step.holds, "hold"]])) {
      if (!on || x + MARKS > end - 4) continue;
      this.mark(mark, x, row.y + row.height - 19);
      x += MARKS + 4;
    }
  }

  /** A mark, drawn so that no font decides how it looks. @param {string} mark @param {number} x @param {number} y */
  mark(mark, x, y) {
    const { pen, colours } = this;
    pen.strokeStyle = pen.fillStyle = colours.ink;
    pen.lineWidth = 1.5;
    pen.beginPath();
    if (mark === "mirror") { // arrows to both sides
      pen.fillRect(x + 2, y + 6.25, 11, 1.5);
      pen.moveTo(x - 1, y + 7); pen.lineTo(x + 4, y + 3); pen.lineTo(x + 4, y + 11); pen.closePath();
      pen.moveTo(x + 16, y + 7); pen.lineTo(x + 11, y + 3); pen.lineTo(x + 11, y + 11); pen.closePath();
      pen.fill();
    } else if (mark === "lock") {
      pen.arc(x + 7, y + 6, 3.5, Math.PI, 0); pen.stroke();
      pen.fillRect(x + 2, y + 6, 10, 7);
    } else if (mark === "pin") {
      pen.arc(x + 7, y + 4, 3.5, 0, 7); pen.fill();
      pen.moveTo(x + 7, y + 7); pen.lineTo(x + 7, y + 13); pen.stroke();
    } else { pen.fillRect(x + 3, y + 3, 3, 10); pen.fillRect(x + 8, y + 3, 3, 10); } // held: as on a player
  }

  /** What lies over all rows: the selection and the playhead. @param {Scene} scene */
  over({ state, rows, view, selection, gesture, time }) {
    const { pen, colours } = this, bottom = rows[rows.length - 1].y;
    pen.save();
    pen.beginPath();
    pen.rect(GUTTER - 1, 0, view.room + 1, bottom);
    pen.clip();
    const ranging = gesture?.kind === "range" ? [Math.min(gesture.begun.bar, gesture.last.bar), Math.max(gesture.begun.bar, gesture.last.bar) + 1] : null;
    const bars = ranging ?? selection?.bars;
    if (bars) {
      const x = view.x(timeOf(state.plan.bars, bars[0])), end = view.x(timeOf(state.plan.bars, bars[1]));
      const row = !ranging && selection ? rows.find(each => each.name === selection.row) : null, ruler = rows.find(each => each.name === "ruler");
      pen.globalAlpha = 0.22;
      if (ruler) this.fill(colours.accent, x, ruler.y, end - x, ruler.height);
      if (!row) this.fill(colours.accent, x, ruler?.y ?? 0, end - x, bottom);
      pen.globalAlpha = 1;
      pen.strokeStyle = colours.accent;
      pen.lineWidth = 2.5;
      if (row) pen.strokeRect(x + 1, row.y + 1, end - x - 3, row.height - 2);
    }
    const x = view.x(gesture?.kind === "scrub" ? gesture.time ?? time : time);
    this.fill(colours.accent, x - 1, 0, 2, bottom);
    pen.beginPath();
    pen.moveTo(x - 6, 0); pen.lineTo(x + 6, 0); pen.lineTo(x, 8); pen.closePath();
    pen.fill();
    pen.restore();
  }
}

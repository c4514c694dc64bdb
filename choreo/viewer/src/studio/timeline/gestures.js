// From a pointer that goes down, moves and goes up to what it asks for. Nothing here knows of a page: what comes out are
// actions for the session, or what the timeline is to do itself.

import { clamp, barCount, nearestBeat, overlap, snapped, wholeBar } from "./bars.js";
import { barsOf, blocksOf } from "./rows.js";
import { between, selected } from "./selection.js";

/** @typedef {import("./bars.js").State} State */
/** @typedef {import("./hit.js").Hit} Hit */
/** @typedef {import("./selection.js").Selection} Selection */
/** @typedef {{do: string, [field: string]: unknown}} Action */
/**
 * What a pointer is doing. `block`, `bar` and `bars` are where a dragged block would go; `drawn` the energy drawn so
 * far, by bar; `time` where the playhead or the downbeat goes.
 * @typedef {{kind: "scrub" | "scroll" | "pan" | "range" | "draw" | "downbeat" | "stretch" | "begin" | "move", begun: Hit, last: Hit,
 *   far: boolean, shift: boolean, block?: import("./rows.js").Block, bar?: number, bars?: number, time?: number,
 *   drawn?: Map<number, number>}} Gesture
 */
/** @typedef {{actions?: Action[], selection?: Selection, open?: boolean, seek?: number}} Outcome */
/** @typedef {{mode: string, shift: boolean, coarse: boolean, selection: Selection | null}} Manner */

/** Ways of pointing: select, draw energy, set the one. */
export const MODES = ["select", "energy", "downbeat"];
const LEAST = 1; // bars of a block that is made shorter
const MOST = 16;

/**
 * A pointer goes down.
 * @param {State} state @param {Hit} hit @param {Manner} manner @returns {Gesture}
 */
export function begun(state, hit, { mode, shift, coarse, selection }) {
  /** @type {Gesture} */
  const gesture = { kind: "range", begun: hit, last: hit, far: false, shift };
  if (hit.row === "overview") return { ...gesture, kind: "scroll" };
  if (mode === "downbeat") return { ...gesture, kind: "downbeat", time: nearestBeat(state.plan.beats, hit.time) };
  if (mode === "energy" && hit.row === "energy") return { ...gesture, kind: "draw", drawn: new Map([[hit.bar, hit.level]]) };
  if (hit.row === "wave") return { ...gesture, kind: "scrub", time: hit.time };
  if (!hit.block) return gesture;
  const { block } = hit;
  if (hit.edge) return { ...gesture, kind: hit.edge === "start" ? "begin" : "stretch", block, bar: block.bar, bars: block.bars };
  const chosen = selection && selection.row === block.row && overlap(selection.bars, barsOf(block));
  // With fingers a block is tapped before it is dragged: dragging anywhere else looks along the song.
  if (coarse && !chosen) return { ...gesture, kind: "pan", block };
  return { ...gesture, kind: "move", block, bar: block.bar, bars: block.bars };
}

/**
 * It moves; `far` says whether it has left the place where it went down.
 * @param {State} state @param {Gesture} gesture @param {Hit} hit @param {boolean} far @returns {Gesture}
 */
export function moved(state, gesture, hit, far) {
  const now = { ...gesture, last: hit, far: gesture.far || far }, { block } = gesture;
  if (gesture.kind === "scrub") return { ...now, time: hit.time };
  if (gesture.kind === "downbeat") return { ...now, time: nearestBeat(state.plan.beats, hit.time) };
  if (gesture.kind === "draw") return { ...now, drawn: drawnTo(gesture.drawn ?? new Map(), gesture.last, hit) };
  if (!now.far || !block) return now;
  const count = barCount(state);
  if (gesture.kind === "stretch") {
    const least = block.row === "steps" ? Math.min(LEAST, block.bars) : LEAST;
    return { ...now, bars: clamp(hit.line - block.bar, least, Math.min(block.row === "steps" ? MOST : count, count - block.bar)) };
  }
  if (gesture.kind === "begin") {
    const end = block.bar + block.bars, steps = block.row === "steps";
    const bar = clamp(hit.line, steps ? Math.max(Math.ceil(end - MOST), 0) : 0, Math.max(Math.ceil(end) - LEAST, 0));
    return { ...now, bar, bars: end - bar };
  }
  if (gesture.kind === "move") {
    const held = gesture.begun.time - block.start;
    return { ...now, bar: clamp(snapped(state.plan.bars, hit.time - held), 0, Math.max(count - Math.ceil(block.bars), 0)) };
  }
  return now;
}

/**
 * It goes up.
 * @param {State} state @param {Gesture} gesture @returns {Outcome}
 */
export function ended(state, gesture) {
  const { kind, block, begun: first, last, far } = gesture;
  if (kind === "scrub") return { seek: gesture.time };
  if (kind === "downbeat") return { actions: [{ do: "downbeat", time: /** @type {number} */ (gesture.time) }] };
  if (kind === "draw") return { actions: drawnAction(gesture.drawn ?? new Map()) };
  if (kind === "range") return { selection: selected("range", between(first.bar, last.bar), true) };
  if (kind === "scroll" || !block) return {};
  if (!far) return { selection: selected(block.row, barsOf(block)), open: true };
  if (kind === "pan") return {};
  const bar = gesture.bar ?? block.bar, bars = gesture.bars ?? block.bars;
  if (bar === block.bar && bars === block.bars) return {};
  return { actions: changed(state, block, bar, bars), selection: selected(block.row, [bar, bar + bars]) };
}

/**
 * A block gets another place or length.
 * @param {State} state @param {import("./rows.js").Block} block @param {number} bar @param {number} bars @returns {Action[]}
 */
export function changed(state, block, bar, bars) {
  if (block.row === "steps") return stepChanged(block, wholeBar(block.bar), bar, bars);
  const range = [bar, bar + bars], old = barsOf(block);
  if (block.row === "parts") {
    const part = state.plan.dancers.parts[block.number];
    // What was danced before goes on where a part leaves; the first part has nothing before it, so the next one comes nearer.
    const heir = state.plan.dancers.parts[block.number - 1] ?? state.plan.dancers.parts[block.number + 1];
    const left = heir ? rest(old, range) : [];
    return [
      ...left.flatMap(part => [{ do: "formation", bars: part, name: heir.formation }, { do: "role", bars: part, name: heir.roles }]),
      { do: "formation", bars: range, name: part.formation }, { do: "role", bars: range, name: part.roles },
    ];
  }
  const field = block.row === "shots" ? "shot" : "light";
  const left = block.own ? rest(old, range) : [];
  return [...left.map(part => ({ do: field, bars: part, [field]: null })), { do: field, bars: range, [field]: block.label }];
}

/**
 * A step gets another end, another place, or another beginning: then it goes to its new place and ends where it ended.
 * @param {import("./rows.js").Block} block @param {number} old @param {number} bar @param {number} bars @returns {Action[]}
 */
function stepChanged(block, old, bar, bars) {
  if (bar === block.bar) return [{ do: "stretch", bar: old, bars }];
  if (bars === block.bars) return [{ do: "move", bar: old, to: bar }];
  // What is to be shorter is so before it goes, or it would cover what comes after it.
  return bar > block.bar ? [{ do: "stretch", bar: old, bars }, { do: "move", bar: old, to: bar }] : [{ do: "move", bar: old, to: bar }, { do: "stretch", bar, bars }];
}

/** What of a range another one leaves free. @param {[number, number]} old @param {number[]} range @returns {[number, number][]} */
export function rest(old, range) {
  /** @type {[number, number][]} */
  const parts = [[old[0], Math.min(old[1], range[0])], [Math.max(old[0], range[1]), old[1]]];
  return parts.filter(([first, end]) => end > first + 1e-6);
}

/** Levels drawn on the way from one point to another, none left out. @param {Map<number, number>} drawn @param {Hit} from @param {Hit} to */
export function drawnTo(drawn, from, to) {
  const result = new Map(drawn), way = to.bar - from.bar;
  for (let k = 1; k <= Math.abs(way); k++) result.set(from.bar + Math.sign(way) * k, from.level + (to.level - from.level) * k / Math.abs(way));
  if (!way) result.set(to.bar, to.level);
  return result;
}

/** Energy that was drawn, as an action; bars that were jumped over keep what is between. @param {Map<number, number>} drawn @returns {Action[]} */
export function drawnAction(drawn) {
  if (!drawn.size) return [];
  const bars = [...drawn.keys()].sort((a, b) => a - b);
  const values = bars.map(bar => Math.round(clamp(drawn.get(bar) ?? 0, 0, 1) * 100) / 100);
  return [{ do: "energy", bars: [bars[0], bars[bars.length - 1] + 1], values }];
}

/**
 * Something from the library let go over the timeline: where it would be placed.
 * @param {State} state @param {Hit} hit @returns {[number, number]}
 */
export function placeAt(state, hit) {
  const block = blocksOf(state, "steps").find(step => hit.time >= step.start && hit.time < step.end);
  // Near the beginning of a step its place is meant, else the bar under the pointer.
  return block && hit.bar === Math.floor(block.bar) ? barsOf(block) : [hit.bar, hit.bar + 1];
}

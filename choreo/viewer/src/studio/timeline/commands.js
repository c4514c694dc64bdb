// What buttons and keys ask of the session for what is selected; each gives the actions, or words why there is none.

import { clamp, wholeBar } from "./bars.js";
import { BLOCK_ROWS, barsOf, blocksOf } from "./rows.js";
import { changed } from "./gestures.js";
import { stepOf, stepsIn, wholeBars } from "./selection.js";

/** @typedef {import("./bars.js").State} State */
/** @typedef {import("./selection.js").Selection} Selection */
/** @typedef {import("./gestures.js").Action} Action */
/** @typedef {{actions: Action[], selection?: Selection} | {words: string}} Asked */

const NOTHING = { words: "Select a step first: click one, or use the arrow keys." };
const WILDER = 0.2; // of energy, which goes from 0 to 1

/** @type {Record<string, (state: State, selection: Selection, value?: any) => Asked>} */
const COMMANDS = {
  mirror: (state, selection) => ({ actions: [{ do: "mirror", bar: wholeBar(first(state, selection).bar) }] }),
  lock: (state, selection) =>
    ({ actions: [{ do: "lock", bars: wholeBars(state, selection), on: !stepsIn(state, selection).every(step => step.locked) }] }),
  hold: (state, selection) =>
    ({ actions: [{ do: "hold", bars: wholeBars(state, selection), on: !stepsIn(state, selection).every(step => step.holds) }] }),
  ban: (state, selection) => ({ actions: [{ do: "ban", move: first(state, selection).name, on: true }] }),
  else: (state, selection) => ({ actions: [{ do: "replace", bars: wholeBars(state, selection) }] }),
  retake: (state, selection, seed) => ({ actions: [{ do: "take_b", bars: wholeBars(state, selection), seed: seed ?? nextSeed(state) }] }),
  wilder: (state, selection) => energy(state, selection, WILDER),
  calmer: (state, selection) => energy(state, selection, -WILDER),
  style: (state, selection, style) => ({ actions: [{ do: "style", bars: wholeBars(state, selection), style }] }),
  facing: (state, selection, degrees) => ({ actions: [{ do: "facing", bars: wholeBars(state, selection), degrees: degrees === null ? null : Number(degrees) }] }),
  formation: (state, selection, name) => ({ actions: [{ do: "formation", bars: wholeBars(state, selection), name }] }),
  role: (state, selection, name) => ({ actions: [{ do: "role", bars: wholeBars(state, selection), name }] }),
  shot: (state, selection, shot) => ({ actions: [{ do: "shot", bars: wholeBars(state, selection), shot: shot || null }] }),
  light: (state, selection, light) => ({ actions: [{ do: "light", bars: wholeBars(state, selection), light: light || null }] }),
  longer: (state, selection, by = 1) => {
    const block = blockOf(state, selection), bars = clamp(block.bars + by, 1, Math.max(state.plan.bars.length - 1 - block.bar, 1));
    if (bars === block.bars) return { words: by > 0 ? "It cannot be longer." : "It cannot be shorter than a bar." };
    return { actions: changed(state, block, block.bar, bars), selection: { ...selection, bars: [block.bar, block.bar + bars] } };
  },
  begin: (state, selection, by = 1) => {
    const block = blockOf(state, selection), bar = block.bar + by, bars = block.bars - by;
    if (bar < 0) return { words: "There is no room on that side." };
    if (bars < 1) return { words: "It cannot be shorter than a bar." };
    return { actions: changed(state, block, bar, bars), selection: { ...selection, bars: [bar, bar + bars] } };
  },
  later: (state, selection, by = 1) => {
    const block = blockOf(state, selection), bar = block.bar + by;
    if (bar < 0 || bar + block.bars > state.plan.bars.length - 1) return { words: "There is no room on that side." };
    return { actions: changed(state, block, bar, block.bars), selection: { ...selection, bars: [bar, bar + block.bars] } };
  },
};
export const NAMES = Object.keys(COMMANDS);

/**
 * @param {string} name One of `NAMES`. @param {State} state @param {Selection | null} selection
 * @param {any} [value] What is chosen. @returns {Asked}
 */
export function asked(name, state, selection, value) {
  if (!selection || !stepsIn(state, selection).length) return NOTHING;
  return COMMANDS[name](state, selection, value);
}

/** @param {State} state @param {Selection} selection */
const first = (state, selection) => /** @type {State["plan"]["steps"][number]} */ (stepOf(state, selection));

/** The block that is selected; of a range of bars the first step. @param {State} state @param {Selection} selection */
function blockOf(state, selection) {
  const row = BLOCK_ROWS.includes(selection.row) ? selection.row : "steps", blocks = blocksOf(state, row);
  return blocks.find(block => barsOf(block)[1] > selection.bars[0] + 1e-6) ?? blocks[0];
}

/** @param {State} state @param {Selection} selection @param {number} by @returns {Asked} */
function energy(state, selection, by) {
  const bars = wholeBars(state, selection);
  const values = state.plan.energy.slice(bars[0], bars[1]).map((heard, k) =>
    Math.round(clamp((state.plan.drawn[bars[0] + k] ?? heard) + by, 0, 1) * 100) / 100);
  return { actions: [{ do: "energy", bars, values }] };
}

/** A seed that was not danced yet. @param {State} state */
export const nextSeed = state => Math.max(Number(state.plan.seed) || 0, state.take ? Number(state.take.seed) || 0 : 0) + 1;

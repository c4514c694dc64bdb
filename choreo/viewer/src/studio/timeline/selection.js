// What is selected: a row and a range of bars, and how keys move it.

import { barCount, clamp, overlap, partAt, spokenBars } from "./bars.js";
import { BLOCK_ROWS, barsOf, blocksOf, rowsOf } from "./rows.js";

/** @typedef {import("./bars.js").State} State */
/**
 * `row` is the row of a block, or `range` for bars of the song. `many` is whether it was extended over several blocks.
 * @typedef {{row: string, bars: [number, number], many: boolean}} Selection
 */

/** @param {string} row @param {[number, number]} bars @returns {Selection} */
export const selected = (row, bars, many = false) => ({ row, bars, many });

/** Bars in any order as a range that holds both. @param {number} one @param {number} other @returns {[number, number]} */
export const between = (one, other) => [Math.min(one, other), Math.max(one, other) + 1];

/** The steps that are selected. @param {State} state @param {Selection | null} selection */
export const stepsIn = (state, selection) =>
  selection ? state.plan.steps.filter(step => overlap(barsOf(step), selection.bars)) : [];

/** The one step that is meant: the first that is selected. @param {State} state @param {Selection | null} selection */
export const stepOf = (state, selection) => stepsIn(state, selection)[0] ?? null;

/** Bars of a selection as whole bars within the dance. @param {State} state @param {Selection} selection @returns {[number, number]} */
export const wholeBars = (state, { bars }) => {
  const first = clamp(Math.floor(bars[0] + 1e-6), 0, barCount(state) - 1);
  return [first, clamp(Math.ceil(bars[1] - 1e-6), first + 1, barCount(state))];
};

/**
 * The next block in a row, or the row's first when nothing is selected; null when the row has none.
 * @param {State} state @param {Selection | null} selection @param {number} by 1 or -1, or a large number for an end
 * @param {boolean} [extend] Keep what is selected and add to it, or take away. @returns {Selection | null}
 */
export function stepped(state, selection, by, extend = false) {
  // From a range of bars one goes on to its steps.
  const row = BLOCK_ROWS.includes(selection?.row ?? "") ? /** @type {Selection} */ (selection).row : "steps", blocks = blocksOf(state, row);
  if (!blocks.length) return selection;
  if (!selection) return selected(row, barsOf(blocks[by > 0 && by < 2 ? 0 : by > 0 ? blocks.length - 1 : 0]));
  const [first, end] = selection.bars;
  if (extend) {
    const last = Math.max(partAt(blocks, end - 0.25), 0), other = blocks[clamp(last + by, 0, blocks.length - 1)];
    const grown = other.bar + other.bars;
    return grown > first + 1e-6 ? selected(row, [first, grown], true) : selection;
  }
  const at = Math.max(partAt(blocks, by > 0 ? end - 0.25 : first), 0);
  return selected(row, barsOf(blocks[clamp(at + by, 0, blocks.length - 1)]));
}

/**
 * The block above or below.
 * @param {State} state @param {Selection | null} selection @param {number} by @returns {Selection | null}
 */
export function rowed(state, selection, by) {
  const rows = rowsOf(state, false).map(row => row.name).filter(name => BLOCK_ROWS.includes(name) && blocksOf(state, name).length);
  if (!rows.length) return selection;
  if (!selection) return stepped(state, null, 1);
  const row = rows[clamp(Math.max(rows.indexOf(selection.row), 0) + by, 0, rows.length - 1)];
  if (row === selection.row) return selection;
  const blocks = blocksOf(state, row);
  return selected(row, barsOf(blocks[Math.max(partAt(blocks, selection.bars[0]), 0)]));
}

/**
 * After a change: the selection on what is there now. One block is followed where it begins, whatever length it has.
 * @param {State} state @param {Selection | null} selection @returns {Selection | null}
 */
export function kept(state, selection) {
  if (!selection) return null;
  const count = barCount(state), { row, bars, many } = selection;
  if (bars[0] >= count) return null;
  if (row !== "range" && !many) {
    const blocks = blocksOf(state, row), block = blocks[partAt(blocks, bars[0])];
    return block ? selected(row, barsOf(block)) : null;
  }
  return { ...selection, bars: [bars[0], Math.min(bars[1], count)] };
}

/** A step in words. @param {State["plan"]["steps"][number]} step */
export function stepWords(step) {
  const words = [step.label || step.name];
  if (step.mirror) words.push("mirrored");
  if (step.holds) words.push("held");
  if (step.locked) words.push("locked");
  if (step.pinned) words.push("pinned");
  return `${spokenBars(barsOf(step))}: ${words.join(", ")}`;
}

/** What is selected, in words. @param {State} state @param {Selection | null} selection */
export function words(state, selection) {
  if (!selection) return "Nothing selected";
  const steps = stepsIn(state, selection);
  if (selection.row === "steps" && steps.length === 1) return stepWords(steps[0]);
  const blocks = blocksOf(state, selection.row), block = blocks[partAt(blocks, selection.bars[0])];
  const spoken = spokenBars(selection.bars);
  if (selection.row === "steps" || selection.row === "range" || !block) return `${spoken}: ${steps.length} steps`;
  return `${spoken}: ${{ parts: "dancers", shots: "camera", lights: "lights" }[selection.row]} ${block.label}`;
}

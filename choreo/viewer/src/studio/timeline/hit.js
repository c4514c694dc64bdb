// What lies under a point of the canvas.

import { barIn, snapped } from "./bars.js";
import { BLOCK_ROWS, blocksOf, rowAt } from "./rows.js";
import { GUTTER } from "./view.js";

/** @typedef {import("./rows.js").Block} Block */
/**
 * `bar` is the bar in which the point lies, `line` the bar line nearest to it, `level` the energy at its height. `edge`
 * is set where the start or the end of `block` can be taken hold of.
 * @typedef {{row: string, time: number, bar: number, line: number, level: number, block: Block | null, edge: "" | "start" | "end"}} Hit
 */

const EDGE = [7, 16]; // pixels on both sides of an edge, with a mouse and with fingers

/**
 * @param {import("./bars.js").State} state @param {import("./rows.js").Row[]} rows @param {import("./view.js").View} view
 * @param {number} x @param {number} y @param {boolean} [coarse] @returns {Hit}
 */
export function hitAt(state, rows, view, x, y, coarse = false) {
  const row = rowAt(rows, y), { bars } = state.plan, time = view.time(Math.max(x, GUTTER));
  const level = Math.min(1, Math.max(0, 1 - (y - row.y) / row.height));
  /** @type {Hit} */
  const hit = { row: row.name, time, bar: barIn(bars, time), line: snapped(bars, time), level, block: null, edge: "" };
  if (!BLOCK_ROWS.includes(row.name) || x < GUTTER) return hit;
  const blocks = blocksOf(state, row.name), reach = EDGE[coarse ? 1 : 0];
  // A short block keeps its middle third for being taken as a whole.
  const near = (/** @type {Block} */ block) => Math.min(reach, (block.end - block.start) * view.rate / 3);
  const at = blocks.findIndex(block => time >= block.start - 1e-6 && time < block.end - 1e-6);
  hit.block = blocks[at] ?? null;
  // What is before the first block has no place to go.
  if (hit.block && view.x(hit.block.end) - x <= near(hit.block)) hit.edge = "end";
  else if (hit.block && hit.block.bar > 0 && x - view.x(hit.block.start) <= near(hit.block)) hit.edge = "start";
  else if (!hit.block) {
    const last = blocks[blocks.length - 1];
    if (last && Math.abs(x - view.x(last.end)) <= near(last)) Object.assign(hit, { block: last, edge: "end" });
  }
  return hit;
}

/** The part of the song that a bar lies in, as bars. @param {import("./bars.js").State} state @param {number} time @returns {[number, number] | null} */
export function sectionAt(state, time) {
  const found = state.plan.sections.find(([start, end]) => time >= start - 1e-3 && time < end - 1e-3);
  if (!found) return null;
  const range = /** @type {[number, number]} */ ([snapped(state.plan.bars, found[0]), snapped(state.plan.bars, found[1])]);
  return range[1] > range[0] ? range : null;
}


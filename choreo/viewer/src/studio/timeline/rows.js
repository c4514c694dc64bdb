// The rows of the timeline from top to bottom: which there are, where each lies, and what lies in it. No drawing here.

import { overlap, timeOf } from "./bars.js";

/** @typedef {import("../types.d.ts").State} State */
/** @typedef {{name: string, label: string, y: number, height: number}} Row */
/** @typedef {{row: string, number: number, bar: number, bars: number, start: number, end: number, label: string, own: boolean}} Block */

const GAP = 3;
/** Heights with a mouse or pen, and with fingers, which need 32 pixels to hit. @type {[string, string, number, number][]} */
const HEIGHTS = [
  ["wave", "Song", 34, 34], ["ruler", "Bars", 20, 32], ["sections", "Parts", 18, 32], ["energy", "Energy", 32, 40],
  ["steps", "Steps", 58, 64], ["parts", "Dancers", 22, 32], ["shots", "Camera", 22, 32], ["lights", "Lights", 22, 32],
  ["overview", "", 10, 14],
];
/** Rows whose blocks are chosen and dragged. */
export const BLOCK_ROWS = ["steps", "parts", "shots", "lights"];

/**
 * Rows of a state; dancers have theirs when there are several, camera and lights when the plan says something of them.
 * @param {State} state @param {boolean} coarse Whether fingers point. @returns {Row[]}
 */
export function rowsOf(state, coarse) {
  const { plan } = state, absent = new Set();
  if (plan.dancers.count < 2 || !plan.dancers.parts.length) absent.add("parts");
  if (!plan.shots.length) absent.add("shots");
  if (!plan.lights.length) absent.add("lights");
  let y = 0;
  return HEIGHTS.filter(([name]) => !absent.has(name)).map(([name, label, fine, fingers]) => {
    const height = coarse ? fingers : fine, row = { name, label, y, height };
    y += height + GAP;
    return row;
  });
}

/** Height of all rows. @param {Row[]} rows */
export const heightOf = rows => rows.length ? rows[rows.length - 1].y + rows[rows.length - 1].height : 0;

/** The row at a height; what lies between two belongs to the upper one. @param {Row[]} rows @param {number} y */
export const rowAt = (rows, y) => rows.findLast(row => y >= row.y) ?? rows[0];

/**
 * Blocks of a row, in the order of time.
 * @param {State} state @param {string} row @returns {Block[]}
 */
export function blocksOf(state, row) {
  const { plan } = state;
  const block = (/** @type {number} */ number, /** @type {number} */ bar, /** @type {number} */ bars, /** @type {string} */ label, own = false) =>
    ({ row, number, bar, bars, start: timeOf(plan.bars, bar), end: timeOf(plan.bars, bar + bars), label, own });
  if (row === "steps")
    return plan.steps.map((step, k) => ({ ...block(k, step.bar, step.bars, step.label || step.name, step.pinned), start: step.start, end: step.end }));
  if (row === "parts")
    return plan.dancers.parts.map((part, k) => block(k, part.bars[0], part.bars[1] - part.bars[0], [part.formation, part.roles].filter(Boolean).join(", ")));
  if (row === "shots") return plan.shots.map((shot, k) => block(k, shot.bar, shot.bars, shot.shot, shot.own));
  if (row === "lights") return plan.lights.map((light, k) => block(k, light.bar, light.bars, light.light, light.own));
  return [];
}

/** Bars of a block. @param {{bar: number, bars: number}} block @returns {[number, number]} */
export const barsOf = block => [block.bar, block.bar + block.bars];

/** Blocks of a row in a range of bars. @param {State} state @param {string} row @param {[number, number]} range */
export const blocksIn = (state, row, range) => blocksOf(state, row).filter(block => overlap(barsOf(block), range));

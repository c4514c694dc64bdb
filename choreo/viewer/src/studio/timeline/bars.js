// Bars and seconds: what lies where on the song. Bars count from 0 at the plan's first; half bars are allowed.

/** @typedef {import("../types.d.ts").State} State */
/** @typedef {[number, number]} Range Bars from the first to before the second. */

/** How many bars a plan has. @param {State} state */
export const barCount = state => state.plan.bars.length - 1;

/**
 * Seconds of a bar, which may be a half one or lie outside of the dance.
 * @param {number[]} bars @param {number} bar
 */
export function timeOf(bars, bar) {
  const last = bars.length - 1;
  if (last < 1) return bars[0] ?? 0;
  if (bar < 0) return bars[0] + bar * (bars[1] - bars[0]);
  if (bar >= last) return bars[last] + (bar - last) * (bars[last] - bars[last - 1]);
  const whole = Math.floor(bar);
  return bars[whole] + (bar - whole) * (bars[whole + 1] - bars[whole]);
}

/**
 * Bar of a time, with its fraction.
 * @param {number[]} bars @param {number} time
 */
export function barOf(bars, time) {
  const last = bars.length - 1;
  if (last < 1) return 0;
  let low = 0, high = last - 1;
  while (low < high) { const middle = (low + high + 1) >> 1; if (bars[middle] <= time) low = middle; else high = middle - 1; }
  return low + (time - bars[low]) / (bars[low + 1] - bars[low]);
}

/** @param {number} value @param {number} low @param {number} high */
export const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

/** The whole bar in which one begins. @param {number} bar */
export const wholeBar = bar => Math.floor(bar + 1e-6);

/** The bar line nearest to a time, within the dance. @param {number[]} bars @param {number} time */
export const snapped = (bars, time) => clamp(Math.round(barOf(bars, time)), 0, bars.length - 1);

/** The bar in which a time lies, within the dance. @param {number[]} bars @param {number} time */
export const barIn = (bars, time) => clamp(Math.floor(barOf(bars, time) + 1e-6), 0, Math.max(bars.length - 2, 0));

/** The beat nearest to a time. @param {number[]} beats @param {number} time */
export function nearestBeat(beats, time) {
  let best = 0;
  for (let k = 1; k < beats.length; k++) if (Math.abs(beats[k] - time) < Math.abs(beats[best] - time)) best = k;
  return beats[best] ?? time;
}

/** Number of the step, or of another row's part, that a bar lies in; -1 for none. @param {{bar: number, bars: number}[]} parts @param {number} bar */
export const partAt = (parts, bar) => parts.findIndex(part => bar >= part.bar - 1e-6 && bar < part.bar + part.bars - 1e-6);

/** Whether two ranges share a bar. @param {Range} one @param {Range} other */
export const overlap = (one, other) => Math.min(one[1], other[1]) > Math.max(one[0], other[0]) + 1e-6;

/** Bars as a director counts them, from 1. @param {Range} range */
export function spokenBars([first, end]) {
  const from = Math.floor(first + 1e-6) + 1, to = Math.max(Math.ceil(end - 1e-6), from);
  return from === to ? `bar ${from}` : `bars ${from} to ${to}`;
}

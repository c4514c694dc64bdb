// Words over the stage: what is danced and what comes next, which of two takes is which, what is only tried, and what is still being made.

import { make } from "./panels/parts.js";

/** @typedef {import("./types.d.ts").Step} Step */

/** @param {Step[]} steps @param {number} time */
const at = (steps, time) => steps.findIndex(step => time >= step.start - 1e-3 && time < step.end - 1e-3);

/**
 * @param {{store: import("./store.js").Store, dance: import("./dance.js").Dance, stage: any, film: ReturnType<typeof import("./film.js").filming>,
 *   both: ReturnType<typeof import("./takes.js").takes>}} page
 */
export function names({ store, dance, stage, film, both }) {
  const box = /** @type {HTMLElement} */ (document.getElementById("names")), late = /** @type {HTMLElement} */ (document.getElementById("late"));
  const trying = /** @type {HTMLElement} */ (document.getElementById("trying"));
  /** @type {HTMLElement[][]} */
  let views = [];

  function arrange() {
    const kind = dance.tried?.kind, count = stage ? stage.shown.length : 1, [columns, rows] = stage ? stage.layout() : [1, 1];
    box.style.gridTemplate = `repeat(${rows}, minmax(0, 1fr)) / repeat(${columns}, minmax(0, 1fr))`;
    views = Array.from({ length: count }, (_, k) => {
      const title = kind === "beside" ? `${"AB"[k]} · ${["as it was", "the new take"][k]}` : "";
      return [make("b", {}, title), make("span"), make("small"), make("small")];
    });
    box.replaceChildren(...views.map(parts => make("div", {}, ...parts)));
    trying.hidden = kind !== "try" || both.watching !== "";
    /** @type {HTMLElement} */ (document.getElementById("camera")).hidden = kind === "beside"; // names are there; keys do it, too
  }
  dance.on(arrange);
  store.on(arrange);

  /** @param {number} time */
  function draw(time) {
    const { state } = store;
    if (!state) return;
    late.hidden = !dance.late(time) || Boolean(dance.tried);
    const { steps, beats } = state.plan;
    const shot = film.shotAt(time), filmed = shot && `camera: ${shot}`;
    views.forEach(([, now, next, seen], k) => {
      const { tried } = dance, other = tried && (tried.kind === "try" || k === 1), which = both.watching;
      const list = !other || which === "a" ? steps : which ? state.take?.steps ?? [] : [], number = at(list, time), step = list[number];
      const beat = step ? beats.filter(each => each > step.start - 0.02 && each <= time + 1e-3).length : 0;
      const words = step ? `${step.label || step.name}${step.mirror ? " (mirrored)" : ""}  ${Math.max(beat, 1)}` : "", after = list[number + 1];
      if (now.textContent !== words) now.textContent = words;
      if (seen.textContent !== filmed) seen.textContent = filmed;
      const then = step && after ? `then ${after.label || after.name}` : "";
      if (next.textContent !== then) next.textContent = then;
    });
  }
  return { draw, arrange };
}

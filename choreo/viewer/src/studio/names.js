// Words over the stage: what is danced and what comes next, which of two takes is which, and what is still being made.

import { make, button } from "./panels/parts.js";
import { spokenBars } from "./timeline/bars.js";

/** @typedef {import("./types.d.ts").Step} Step */

/** @param {Step[]} steps @param {number} time */
const at = (steps, time) => steps.findIndex(step => time >= step.start - 1e-3 && time < step.end - 1e-3);

/**
 * @param {{store: import("./store.js").Store, dance: import("./dance.js").Dance, stage: any, act: (action: any, said?: string) => void}} page
 */
export function names({ store, dance, stage, act }) {
  const box = /** @type {HTMLElement} */ (document.getElementById("names")), late = /** @type {HTMLElement} */ (document.getElementById("late"));
  const takes = /** @type {HTMLElement} */ (document.getElementById("take-bar"));
  const trying = /** @type {HTMLElement} */ (document.getElementById("trying"));
  /** @type {HTMLElement[][]} */
  let views = [];

  function arrange() {
    const kind = dance.tried?.kind, count = stage ? stage.shown.length : 1, [columns, rows] = stage ? stage.layout() : [1, 1];
    box.style.gridTemplate = `repeat(${rows}, minmax(0, 1fr)) / repeat(${columns}, minmax(0, 1fr))`;
    views = Array.from({ length: count }, (_, k) => {
      const title = kind === "beside" ? `${"AB"[k]} · ${["as it was", "the new take"][k]}` : "";
      return [make("b", {}, title), make("span"), make("small")];
    });
    box.replaceChildren(...views.map(parts => make("div", {}, ...parts)));
    trying.hidden = kind !== "try";
    /** @type {HTMLElement} */ (document.getElementById("camera")).hidden = kind === "beside"; // names are there; keys do it, too
    const take = store.state?.take;
    takes.hidden = !take;
    if (take) {
      const [first, end] = take.bars;
      takes.replaceChildren(make("span", {}, `Two takes of ${spokenBars(take.bars)}`),
        kind === "beside"
          ? button("Stop", () => dance.preview(null))
          : button("Side by side", () => { dance.beside({ do: "choose", take: "b" }, first, end).catch(trouble => store.tell("trouble", { error: trouble.message })); }, { id: "side-by-side" }),
        button("Keep A", () => act({ do: "choose", take: "a" }, "Take A stays."), { id: "take-a" }),
        button("Keep B", () => act({ do: "choose", take: "b" }, "Take B it is."), { id: "take-b" }));
    }
  }
  dance.on(arrange);
  let waiting = false;
  store.on(state => {
    const take = state?.take, own = performance.now() - store.acted < 3000;
    if (take && !waiting && own) dance.beside({ do: "choose", take: "b" }, take.bars[0], take.bars[1]).catch(() => {});
    if (!take && waiting && dance.tried) dance.preview(null);
    waiting = Boolean(take);
    arrange();
  });

  /** @param {number} time */
  function draw(time) {
    const { state } = store;
    if (!state) return;
    late.hidden = !dance.late(time) || Boolean(dance.tried);
    const { steps, beats } = state.plan;
    views.forEach(([, now, next], k) => {
      const other = dance.tried && (dance.tried.kind === "try" || k === 1);
      const list = other ? (state.take && dance.tried?.kind === "beside" ? state.take.steps : []) : steps, number = at(list, time), step = list[number];
      const beat = step ? beats.filter(each => each > step.start - 0.02 && each <= time + 1e-3).length : 0;
      const words = step ? `${step.label || step.name}${step.mirror ? " (mirrored)" : ""}  ${Math.max(beat, 1)}` : "", after = list[number + 1];
      if (now.textContent !== words) now.textContent = words;
      const then = step && after ? `then ${after.label || after.name}` : "";
      if (next.textContent !== then) next.textContent = then;
    });
  }
  return { draw, arrange };
}

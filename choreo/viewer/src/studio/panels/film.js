// Camera and lights of a range; they are blocks on the timeline that can be dragged, too.

import { spokenBars } from "../timeline/bars.js";
import { blocksIn } from "../timeline/rows.js";
import { group, choice, make, same } from "./parts.js";

/** @typedef {import("../timeline/bars.js").State} State */

/**
 * What is planned in some bars, and whose it is.
 * @param {State} state @param {string} row @param {[number, number]} bars
 */
function planned(state, row, bars) {
  const told = blocksIn(state, row, bars).map(block => `${block.label}${block.own ? " (yours)" : ""}`);
  return told.filter((each, k) => each !== told[k - 1]).join(", ");
}

/** @param {{timeline: import("../timeline/timeline.js").Timeline, film: ReturnType<typeof import("../film.js").filming>}} page */
export function filmPanel({ timeline, film }) {
  const shot = choice("Camera", value => value && timeline.command("shot", value === "-" ? null : value), "film-shot");
  const light = choice("Lights", value => value && timeline.command("light", value === "-" ? null : value), "film-light");
  const words = make("p", { className: "facts" }), now = make("p", {});
  const element = make("div", {}, make("div", { className: "tools" }, film.button("See it as it is filmed")),
    group("Camera and lights of the selected bars", words, now, make("div", { className: "pair" }, shot.label, light.label),
      make("p", { className: "hint" }, "Your own have a coloured edge. Drag a block on the rows Camera and Lights to move it, an end to make it longer.")));
  timeline.watchers.add(() => {
    const { state, selection } = timeline;
    if (!state) return;
    words.textContent = selection ? spokenBars(selection.bars) : "Select bars on the timeline: drag over the numbers of bars, or click a block.";
    now.textContent = selection ? `Now: ${planned(state, "shots", selection.bars)}; lights ${planned(state, "lights", selection.bars)}` : "";
    for (const [each, names] of /** @type {const} */ ([[shot, state.choices.shots], [light, state.choices.lights]])) {
      each.fill([["", "choose …"], ["-", "the director's"], ...same(names)], "");
      each.select.disabled = !selection;
    }
  });
  return { element };
}

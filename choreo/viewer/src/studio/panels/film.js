// Camera and lights of a range; they are blocks on the timeline that can be dragged, too.

import { spokenBars } from "../timeline/bars.js";
import { group, choice, make, same } from "./parts.js";

/** @param {{timeline: import("../timeline/timeline.js").Timeline}} page */
export function filmPanel({ timeline }) {
  const shot = choice("Camera", value => value && timeline.command("shot", value === "-" ? null : value), "film-shot");
  const light = choice("Lights", value => value && timeline.command("light", value === "-" ? null : value), "film-light");
  const words = make("p", { className: "facts" });
  const element = make("div", {}, group("Camera and lights of the selected bars", words, make("div", { className: "pair" }, shot.label, light.label),
    make("p", { className: "hint" }, "Your own have a coloured edge. Drag a block on the rows Camera and Lights to move it, its end to make it longer.")));
  timeline.watchers.add(() => {
    const { state, selection } = timeline;
    if (!state) return;
    words.textContent = selection ? spokenBars(selection.bars) : "Select bars on the timeline: drag over the numbers of bars, or click a block.";
    for (const [each, names] of /** @type {const} */ ([[shot, state.choices.shots], [light, state.choices.lights]])) {
      each.fill([["", "choose …"], ["-", "as planned"], ...same(names)], "");
      each.select.disabled = !selection;
    }
  });
  return { element };
}

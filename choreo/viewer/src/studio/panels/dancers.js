// How many dance, how they stand, and who dances what in which bars.

import { choice, group, make, same } from "./parts.js";

const MOST = 9;

/** @param {{timeline: import("../timeline/timeline.js").Timeline}} page */
export function dancersPanel({ timeline }) {
  const count = choice("How many", value => change({ count: Number(value) }), "dancers-count");
  const formation = choice("Formation", value => change({ formation: value }), "dancers-formation");
  const unison = choice("Together", value => change({ unison: value }), "dancers-unison");
  const change = (/** @type {object} */ what) => {
    const { count: old, formation: stands, unison: together } = timeline.state.plan.dancers;
    timeline.acted([{ do: "dancers", count: old, formation: stands, unison: together, ...what }]);
  };
  const here = choice("Formation here", value => value && timeline.command("formation", value), "part-formation");
  const role = choice("Who dances what", value => value && timeline.command("role", value), "part-role");
  const hint = make("p", { className: "hint" });
  const several = group("In the selected bars", hint, make("div", { className: "pair" }, here.label, role.label));
  const element = make("div", {},
    group("Dancers", make("div", { className: "pair" }, count.label, formation.label), unison.label), several);
  timeline.watchers.add(() => {
    const { state } = timeline;
    if (!state) return;
    const { dancers } = state.plan, { formations, roles, unisons } = state.choices, most = state.choices.dancers ?? MOST;
    count.fill(Array.from({ length: most }, (_, k) => [String(k + 1), String(k + 1)]), String(dancers.count));
    formation.fill(same([...new Set([dancers.formation, ...formations])].filter(Boolean)), dancers.formation);
    unison.fill(same([...new Set([dancers.unison, ...unisons])].filter(Boolean)), dancers.unison);
    formation.select.disabled = unison.select.disabled = dancers.count < 2;
    const by = dancers.count > 1 && dancers.parts.length > 0;
    here.fill([["", "as planned"], ...same(formations.filter(each => each !== "auto"))], "");
    role.fill([["", "as planned"], ...same(roles)], "");
    here.select.disabled = role.select.disabled = !by || !timeline.selection;
    hint.textContent = dancers.count < 2 ? "More than one dancer first." : !by ? "These dancers have one formation all along; choose auto for formation and together, and it changes with the song."
      : "Select bars on the timeline, then choose; or drag the edges of the row Dancers.";
  });
  return { element };
}

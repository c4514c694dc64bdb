// What is selected, in words, and what can be done with it.

import { spokenBars, wholeBar } from "../timeline/bars.js";
import { stepOf, stepsIn } from "../timeline/selection.js";
import { button, choice, group, make, same } from "./parts.js";

/** @type {[string, string][]} */
const FACINGS = [["", "planned"], ["-", "as the dance has it"], ["0", "the audience"], ["90", "stage left"], ["-90", "stage right"], ["180", "away"], ["45", "half left"], ["-45", "half right"]];

/** @param {{timeline: import("../timeline/timeline.js").Timeline, say: (words: string) => void}} page */
export function stepPanel({ timeline, say }) {
  const title = make("h2", {}), facts = make("p", { className: "facts" }), because = make("summary", {}), more = make("p", {}), why = make("details", { className: "why" }, because, more);
  const ask = (/** @type {string} */ name, /** @type {any} */ value = undefined) => timeline.command(name, value);
  const pressed = (/** @type {string} */ words, /** @type {() => void} */ act, /** @type {string} */ title) => button(words, act, { title, "aria-pressed": "false" });
  const pin = () => {
    timeline.here();
    const step = stepOf(timeline.state, timeline.selection);
    if (!step) return say("Select a step first.");
    timeline.acted([step.pinned ? { do: "unpin", bar: wholeBar(step.bar) } : { do: "pin", bar: wholeBar(step.bar) }]);
  };
  const marks = {
    mirror: pressed("Mirror", () => ask("mirror"), "Left and right changed (M)"),
    lock: pressed("Lock", () => ask("lock"), "Stays as it is whatever is planned anew (U)"),
    pin: pressed("Pin", pin, "This move at this place, also in new plans (P)"),
    hold: pressed("Hold", () => ask("hold"), "Stand still here (H)"),
  };
  const ban = button("Ban", () => ask("ban"), { title: "Never this move, in the whole dance (X)" });
  const actions = [
    button("Something else", () => ask("else"), { title: "Plan these bars without it (Delete)" }),
    button("Another take", () => ask("retake"), { title: "Plan these bars with a new seed and compare (R)" }),
    button("Wilder", () => ask("wilder"), { title: "More energy here (W)" }),
    button("Calmer", () => ask("calmer"), { title: "Less energy here (Shift+W)" }),
    button("Shorter", () => ask("longer", -1), { title: "A bar less (Alt+Down)" }),
    button("Longer", () => ask("longer", 1), { title: "A bar more (Alt+Up)" }),
  ];
  const style = choice("Style", value => value && ask("style", value === "-" ? null : value), "step-style");
  const facing = choice("Facing", value => value && ask("facing", value === "-" ? null : value), "step-facing");

  const element = make("div", {}, title, facts, why,
    make("div", { className: "tools", role: "group", "aria-label": "Marks of the step" }, ...Object.values(marks), ban),
    make("div", { className: "tools", role: "group", "aria-label": "Change it" }, ...actions),
    make("div", { className: "pair beside" }, style.label, facing.label));

  timeline.watchers.add(() => {
    const { state, selection } = timeline;
    if (!state) return;
    const steps = stepsIn(state, selection), step = steps[0], one = steps.length === 1;
    title.textContent = !step ? "Nothing selected" : one ? step.label || step.name : `${steps.length} steps`;
    facts.textContent = !step ? "Click a step on the timeline to change it, or drag over the numbers of bars to choose several."
      : [spokenBars(selection?.bars ?? [0, 1]), ...(one ? [step.style, state.choices.levels?.[step.level] ?? "", step.mirror ? "mirrored" : ""] : [])].filter(Boolean).join(" · ");
    why.hidden = !one || !(step.why.length || step.manner);
    if (one) {
      because.textContent = step.why[0] ? `Why: ${step.why[0]} …` : "How it is danced";
      more.textContent = [...step.why.slice(1), step.manner].filter(Boolean).join("; ");
    }
    for (const [name, field] of /** @type {const} */ ([["mirror", "mirror"], ["lock", "locked"], ["pin", "pinned"], ["hold", "holds"]]))
      marks[name].setAttribute("aria-pressed", String(Boolean(step) && steps.every(each => each[field])));
    for (const each of [...Object.values(marks), ban, ...actions, style.select, facing.select]) each.disabled = !step;
    style.fill([["", "planned"], ["-", "as the dance has it"], ...same(state.choices.styles)], "");
    facing.fill(FACINGS, "");
  });
  return { element, pin };
}

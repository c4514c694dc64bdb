// Energy drawn by hand, and how the song is counted.

import { button, group, make } from "./parts.js";

/** @param {{timeline: import("../timeline/timeline.js").Timeline, clock: any}} page */
export function energyPanel({ timeline, clock }) {
  const pen = button("Draw energy", () => timeline.setMode(timeline.mode === "energy" ? "select" : "energy"), { "aria-pressed": "false", title: "Draw on the energy row (E)" });
  const off = button("As the song has it", () => timeline.acted([{ do: "energy_off" }]), { title: "Forget what was drawn" });
  const one = button("Move the one", () => timeline.setMode(timeline.mode === "downbeat" ? "select" : "downbeat"), { "aria-pressed": "false", title: "Drag to the beat that is the one" });
  const tap = () => timeline.acted([{ do: "downbeat", time: clock.time() }]);
  const counted = make("p", { className: "facts" });
  const octaves = ["half", "auto", "double"].map(octave =>
    button({ half: "Half tempo", auto: "As heard", double: "Double tempo" }[octave] ?? "", () => timeline.acted([{ do: "octave", octave }]), { value: octave, "aria-pressed": "false" }));
  const element = make("div", {},
    group("Energy", make("p", { className: "hint" }, "Higher is wilder. Draw on the row Energy of the timeline, or select bars and make them wilder or calmer."),
      make("div", { className: "tools" }, pen, button("Wilder", () => timeline.command("wilder")), button("Calmer", () => timeline.command("calmer")), off)),
    group("Count", counted, make("div", { className: "tools" }, button("Tap the one", tap, { title: "While it plays: this beat is the one (T)" }), one),
      make("div", { className: "tools", role: "group", "aria-label": "Tempo" }, ...octaves),
      make("p", { className: "hint" }, "A new count plans the dance anew; what is locked, pinned and banned stays.")));
  timeline.watchers.add(() => {
    const { state } = timeline;
    if (!state) return;
    pen.setAttribute("aria-pressed", String(timeline.mode === "energy"));
    one.setAttribute("aria-pressed", String(timeline.mode === "downbeat"));
    off.disabled = !Object.keys(state.plan.drawn).length;
    counted.textContent = `${Math.round(state.song.tempo)} beats a minute, ${state.song.metre} to the bar`;
    octaves.forEach(each => each.setAttribute("aria-pressed", String(each.value === state.song.octave)));
  });
  return { element, tap };
}

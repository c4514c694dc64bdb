// What holds for the whole dance: bans and wishes, with a way to take each back; style and facing of a range.

import { button, choice, group, make, same } from "./parts.js";

/** @param {{timeline: import("../timeline/timeline.js").Timeline}} page */
export function stylePanel({ timeline }) {
  const style = choice("Style of the selected bars", value => value && timeline.command("style", value === "-" ? null : value), "range-style");
  const list = make("ul", { className: "wishes", "aria-label": "Wishes and bans" });
  const text = make("input", { type: "text", id: "wish", maxLength: 200, placeholder: "chorus=wild, 24=spin", autocomplete: "off" });
  const form = make("form", { onsubmit: (/** @type {Event} */ event) => {
    event.preventDefault();
    if (text.value.trim()) timeline.acted([{ do: "wish", text: text.value.trim() }]);
    text.value = "";
  } }, make("label", { for: "wish" }, make("span", {}, "Wish"), text), make("button", { type: "submit" }, "Add"));
  const element = make("div", {}, group("Style", style.label), group("Wishes", form, list));
  timeline.watchers.add(() => {
    const { state } = timeline;
    if (!state) return;
    style.fill([["", "planned"], ["-", "as the dance has it"], ...same(state.choices.styles)], "");
    const rows = [
      ...state.plan.wishes.map(wish => ({ words: wish, undo: { do: "unwish", text: wish } })),
      ...state.plan.bans.map(move => ({ words: `never ${move}`, undo: { do: "ban", move, on: false } })),
    ];
    list.replaceChildren(...rows.map(({ words, undo }) => make("li", {}, make("span", {}, words), button("Take back", () => timeline.acted([undo]), { "aria-label": `Take back: ${words}` }))));
    if (!rows.length) list.append(make("li", { className: "hint" }, "None yet."));
  });
  return { element };
}

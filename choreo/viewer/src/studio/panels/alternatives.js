// The ten best steps for a place: each is danced while it is pointed at, and taken by a click or Enter.

import { spokenBars, wholeBar } from "../timeline/bars.js";
import { stepOf } from "../timeline/selection.js";
import { figureOf } from "./figures.js";
import { later, make } from "./parts.js";

const COUNT = 10, WAIT = 150; // milliseconds of pointing after which a step is tried

/** @param {{timeline: import("../timeline/timeline.js").Timeline, store: any, dance: any, say: (words: string) => void}} page */
export function alternatives({ timeline, store, dance, say }) {
  const list = make("ol", { className: "rows", "aria-label": "Other steps for this place" });
  const title = make("h3", {}, "Other steps here"), hint = make("p", { className: "hint" });
  const element = make("section", { id: "alternatives", "aria-label": "Alternatives" }, title, hint, list);
  const wait = later(WAIT);
  let shown = "none yet", asking = 0, trying = "", coming = Promise.resolve();
  /** @type {{draw: () => void}[]} */
  let figures = [];

  const leave = () => {
    wait.stop();
    if (!trying) return;
    trying = "";
    dance.preview(null);
  };
  const tried = (/** @type {any} */ row, /** @type {any} */ step) => {
    const key = `${row.clip} ${row.mirror}`;
    if (trying === key) return;
    wait.ask(() => {
      trying = key;
      const first = Math.max(Math.floor(step.bar) - 1, 0), last = Math.min(Math.ceil(step.bar + step.bars) + 1, timeline.state.plan.bars.length - 1);
      Promise.resolve(dance.tryOut(action(row, step), first, last)).catch(error => say(error.message));
    });
  };
  const action = (/** @type {any} */ row, /** @type {any} */ step) => ({ do: "swap", bar: wholeBar(step.bar), clip: row.clip, mirror: row.mirror });
  const take = async (/** @type {any} */ row, /** @type {any} */ step) => {
    leave();
    await timeline.acted([action(row, step)]);
  };

  const item = (/** @type {any} */ row, /** @type {any} */ step) => {
    const figure = figureOf(timeline, row.clip, row.mirror), name = row.label || row.name;
    figures.push(figure);
    // Not when a row comes under a mouse that rests: only a mouse that moves points at something.
    const on = () => { figure.move(true); if (!row.current) tried(row, step); }, off = () => { figure.move(false); leave(); };
    const facts = [row.style, row.mirror ? "mirrored" : "", row.current ? "danced now" : ""].filter(Boolean).join(" · ");
    const press = make("button", {
      type: "button", className: "row", onpointermove: on, onpointerleave: off, onfocus: on, onblur: off, onclick: () => take(row, step),
      "aria-pressed": String(Boolean(row.current)), title: row.why.join(", "), "aria-label": `${name}, ${facts}. ${row.why.join(", ")}`,
    }, figure.canvas, make("span", { className: "said" }, make("b", {}, name), make("small", {}, facts), make("small", { className: "why" }, row.why.join(", "))));
    Object.assign(press.dataset, { clip: row.clip, mirror: row.mirror });
    return make("li", {}, press);
  };

  function refresh() {
    const { state } = timeline, step = state && stepOf(state, timeline.selection);
    const key = step ? `${state.revision} ${step.bar}` : "";
    if (key === shown || element.closest("[hidden]")) return coming;
    shown = key;
    leave();
    hint.textContent = step ? "Point at one to see it, press to take it." : "Click a step on the timeline, and the ten that fit best there are listed here.";
    title.textContent = step ? `Other steps for ${spokenBars([step.bar, step.bar + step.bars])}` : "Other steps";
    const number = ++asking;
    if (step) return coming = fill(step, number);
    figures = [];
    list.replaceChildren();
    return coming = Promise.resolve();
  }

  async function fill(/** @type {any} */ step, /** @type {number} */ number) {
    try {
      const rows = await store.ask("alternatives", { bar: wholeBar(step.bar), count: COUNT });
      if (number !== asking) return;
      const focused = list.contains(document.activeElement);
      figures = [];
      list.replaceChildren(...rows.map((/** @type {any} */ row) => item(row, step)));
      if (!rows.length) hint.textContent = "Nothing else can be danced here.";
      if (focused) first();
    } catch (error) {
      if (number === asking) hint.textContent = /** @type {Error} */ (error).message;
    }
  }
  const first = () => /** @type {HTMLElement | null} */ (list.querySelector("[aria-pressed=false]") ?? list.querySelector("button"))?.focus();

  list.addEventListener("keydown", event => {
    const by = /** @type {Record<string, number>} */ ({ ArrowDown: 1, ArrowUp: -1 })[event.key];
    if (by) {
      const all = [...list.querySelectorAll("button")], at = all.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
      all[Math.min(Math.max(at + by, 0), all.length - 1)]?.focus();
    } else if (event.key === "Escape") { leave(); timeline.canvas.focus(); } else return;
    event.preventDefault();
    event.stopPropagation();
  });
  timeline.watchers.add(refresh);
  timeline.figured.add(() => figures.forEach(figure => figure.draw()));
  return {
    element, refresh,
    /** Go there with the keyboard, once the list is there. */
    async focus() { await refresh(); first(); },
  };
}

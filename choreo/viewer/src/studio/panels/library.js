// All moves there are: searched by words, style and level, tried by pointing, dragged onto the timeline, added as files.

import { spokenBars, wholeBar } from "../timeline/bars.js";
import { figureOf } from "./figures.js";
import { button, choice, later, make, same } from "./parts.js";

const WAIT = 180, LIMIT = 60, FAR = 6;
const FILES = [".bvh", ".vmd", ".glb"];

/** @param {{timeline: import("../timeline/timeline.js").Timeline, store: any, say: (words: string) => void}} page */
export function library({ timeline, store, say }) {
  const wait = later(WAIT);
  const query = make("input", { type: "search", id: "search", placeholder: "spin, arms up, slow …", autocomplete: "off", oninput: () => wait.ask(refresh) });
  const style = choice("Style", () => refresh(), "search-style"), level = choice("Level", () => refresh(), "search-level");
  const files = make("input", { type: "file", accept: FILES.join(","), multiple: true, className: "unseen", tabIndex: -1, "aria-hidden": "true", onchange: () => upload([...files.files ?? []]) });
  const list = make("ol", { className: "rows", "aria-label": "Moves" }), hint = make("p", { className: "hint" });
  const element = make("section", { id: "library", "aria-label": "Library of moves" },
    make("label", { for: "search" }, make("span", {}, "Search"), query), make("div", { className: "pair" }, style.label, level.label),
    make("div", { className: "tools" }, button("Add your own files …", () => files.click(), { title: "BVH, VMD or GLB; or drop them here" }), files), hint, list);
  let asking = 0, filled = false;

  const place = (/** @type {any} */ row, /** @type {number} */ bar, mirror = false) =>
    timeline.acted([{ do: "place", bar, clip: row.clip, mirror }], { row: "steps", bars: [bar, bar + 1], many: false });
  const here = () => { timeline.here(); return wholeBar(timeline.selection?.bars[0] ?? 0); };

  function drag(/** @type {HTMLElement} */ handle, /** @type {any} */ row, /** @type {string} */ name) {
    /** @type {HTMLElement | null} */
    let ghost = null;
    let x = 0, y = 0, down = false;
    const stop = () => { ghost?.remove(); ghost = null; down = false; timeline.cancel(); };
    handle.addEventListener("pointerdown", event => {
      // Fingers take the grip, so that the list can be scrolled.
      if (event.button || (event.pointerType === "touch" && !(/** @type {HTMLElement} */ (event.target).closest(".grip")))) return;
      if (/** @type {HTMLElement} */ (event.target).closest("button")) return;
      [x, y, down] = [event.clientX, event.clientY, true];
      handle.setPointerCapture(event.pointerId);
    });
    handle.addEventListener("pointermove", event => {
      if (!down) return;
      if (!ghost && Math.hypot(event.clientX - x, event.clientY - y) > FAR) {
        ghost = make("div", { className: "ghost" }, name);
        document.body.append(ghost);
      }
      if (!ghost) return;
      ghost.style.transform = `translate(${event.clientX + 12}px, ${event.clientY + 8}px)`;
      const bars = timeline.over(event.clientX, event.clientY);
      ghost.textContent = bars ? `${name}: from ${spokenBars([bars[0], bars[0] + 1])}` : name;
    });
    handle.addEventListener("pointerup", event => {
      const bars = ghost && timeline.over(event.clientX, event.clientY);
      stop();
      if (bars) place(row, bars[0]);
    });
    handle.addEventListener("pointercancel", stop);
    document.addEventListener("keydown", event => event.key === "Escape" && ghost && stop());
  }

  const item = (/** @type {any} */ row) => {
    const figure = figureOf(timeline, row.clip, false), name = row.label || row.name;
    figures.push(figure);
    const facts = [row.style, words(row.level), row.own ? "your own" : ""].filter(Boolean).join(" · ");
    const line = make("li", { className: "row", onpointerenter: () => figure.move(true), onpointerleave: () => figure.move(false), onfocusin: () => figure.move(true), onfocusout: () => figure.move(false) },
      figure.canvas, make("span", { className: "said" }, make("b", {}, name), make("small", {}, facts)),
      button("Put here", () => place(row, here()), { "aria-label": `Put ${name} at the selected step`, title: "At the step that is selected; or drag it onto the timeline" }),
      make("span", { className: "grip", "aria-hidden": "true", title: "Drag onto the timeline" }, "⠿"));
    line.dataset.clip = row.clip;
    drag(line, row, name);
    return line;
  };
  const words = (/** @type {any} */ value) => (typeof value === "number" ? timeline.state.choices.levels?.[value] ?? `level ${value}` : value || "");
  /** @type {{draw: () => void}[]} */
  let figures = [];

  async function refresh() {
    const number = ++asking;
    filled = true;
    try {
      const chosen = level.select.value;
      const rows = await store.ask("library", { query: query.value, style: style.select.value || null, level: chosen === "" ? null : Number(chosen), limit: LIMIT });
      if (number !== asking) return;
      hint.textContent = rows.length ? `${rows.length === LIMIT ? `The ${LIMIT} best` : rows.length} moves. Drag one onto the timeline.` : "Nothing fits; try fewer words or another style.";
      figures = [];
      list.replaceChildren(...rows.map(item));
    } catch (error) {
      if (number === asking) hint.textContent = /** @type {Error} */ (error).message;
    }
  }

  async function upload(/** @type {File[]} */ dropped, /** @type {number | null} */ bar = null) {
    for (const file of dropped) {
      hint.textContent = `Adding ${file.name} …`;
      try {
        const rows = (await store.send("upload", file)).clips;
        query.value = style.select.value = level.select.value = ""; // or what was added might not be in the list
        await refresh();
        say(`${file.name}: ${rows.length} clips added`);
        if (bar !== null && rows.length) await place(rows[0], bar);
        else {
          const line = /** @type {HTMLElement | undefined} */ ([...list.children].find(each => /** @type {HTMLElement} */ (each).dataset.clip === rows[0]?.clip));
          line?.scrollIntoView({ block: "nearest" });
        }
      } catch (error) {
        hint.textContent = /** @type {Error} */ (error).message;
        say(hint.textContent);
      }
    }
    files.value = "";
  }

  // Files may be dropped on the library, or on the timeline, where their first clip is placed.
  for (const [target, onTimeline] of /** @type {[HTMLElement, boolean][]} */ ([[element, false], [timeline.canvas, true]])) {
    target.addEventListener("dragover", event => {
      if (![...event.dataTransfer?.types ?? []].includes("Files")) return;
      event.preventDefault();
      event.stopPropagation();
      if (onTimeline) timeline.over(event.clientX, event.clientY);
    });
    target.addEventListener("dragleave", () => timeline.cancel());
    target.addEventListener("drop", event => {
      const dropped = [...event.dataTransfer?.files ?? []].filter(file => FILES.some(ending => file.name.toLowerCase().endsWith(ending)));
      if (!dropped.length) return;
      event.preventDefault();
      event.stopPropagation();
      const bars = onTimeline ? timeline.over(event.clientX, event.clientY) : null;
      timeline.cancel();
      upload(dropped, bars ? bars[0] : null);
    });
  }
  timeline.watchers.add(() => {
    const { state } = timeline;
    if (!state) return;
    style.fill([["", "every style"], ...same(state.choices.styles)], style.select.value);
    level.fill([["", "every level"], ...(state.choices.levels ?? []).map((each, k) => /** @type {[string, string]} */ ([String(k), each]))], level.select.value);
  });
  timeline.figured.add(() => figures.forEach(figure => figure.draw()));
  return { element, focus() { query.focus(); query.select(); if (!filled) refresh(); }, opened() { if (!filled) refresh(); } };
}

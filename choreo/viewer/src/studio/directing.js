// Directing: timeline, panels and keys put together on the page's elements.

import { listing } from "./timeline/listing.js";
import { MODES } from "./timeline/gestures.js";
import { Timeline } from "./timeline/timeline.js";
import { alternatives } from "./panels/alternatives.js";
import { dancersPanel } from "./panels/dancers.js";
import { energyPanel } from "./panels/energy.js";
import { filmPanel } from "./panels/film.js";
import { library } from "./panels/library.js";
import { button, make } from "./panels/parts.js";
import { stepPanel } from "./panels/step.js";
import { stylePanel } from "./panels/style.js";
import { directingKeys } from "./directing_keys.js";

/**
 * @param {{store: any, clock: any, dance: any, film: ReturnType<typeof import("./film.js").filming>}} page
 * @returns {{timeline: Timeline, keys: import("./directing_keys.js").KeyRow[], show: (tab: string) => void}}
 */
export function direct({ store, clock, dance, film }) {
  const canvas = /** @type {HTMLCanvasElement} */ (document.getElementById("timeline"));
  const status = document.getElementById("status"), panel = /** @type {HTMLElement} */ (document.getElementById("panel"));
  const say = (/** @type {string} */ words) => { if (status) status.textContent = words; };
  const timeline = new Timeline(canvas, { store, clock }, say);
  const page = { timeline, store, clock, dance, film, say };
  const others = alternatives(page), moves = library(page), step = stepPanel(page), energy = energyPanel(page);
  const style = stylePanel(page), dancers = dancersPanel(page), camera = filmPanel(page);

  /** @type {[string, string, HTMLElement[]][]} */
  const tabs = [
    ["step", "Step", [step.element, others.element]], ["moves", "Moves", [moves.element]], ["music", "Music", [energy.element, style.element]],
    ["dancers", "Dancers", [dancers.element]], ["film", "Film", [camera.element]],
  ];
  /** @type {Map<string, [HTMLButtonElement, HTMLElement]>} */
  const made = new Map();
  const show = (/** @type {string} */ wanted) => {
    for (const [name, [tab, sheet]] of made) {
      tab.setAttribute("aria-selected", String(name === wanted));
      tab.tabIndex = name === wanted ? 0 : -1;
      sheet.hidden = name !== wanted;
    }
    if (wanted === "moves") moves.opened();
    timeline.watch();
  };
  const bar = make("div", { role: "tablist", className: "tabs", "aria-label": "What to direct" });
  panel.replaceChildren(bar);
  for (const [name, words, inside] of tabs) {
    const tab = button(words, () => show(name), { id: `tab-${name}`, role: "tab", "aria-controls": `sheet-${name}` });
    const sheet = make("div", { id: `sheet-${name}`, role: "tabpanel", className: "sheet", "aria-labelledby": `tab-${name}`, hidden: true }, ...inside);
    made.set(name, [tab, sheet]);
    bar.append(tab);
    panel.append(sheet);
  }
  bar.addEventListener("keydown", event => {
    const by = /** @type {Record<string, number>} */ ({ ArrowRight: 1, ArrowLeft: -1 })[event.key], names = tabs.map(([name]) => name);
    if (!by) return;
    const at = names.findIndex(name => made.get(name)?.[0] === document.activeElement), next = names[(at + by + names.length) % names.length];
    show(next);
    made.get(next)?.[0].focus();
    event.preventDefault();
    event.stopPropagation();
  });

  const row = (/** @type {string} */ tab) => ({ parts: "dancers", shots: "film", lights: "film", steps: "step" }[tab] ?? "");
  timeline.opened = () => show(row(timeline.selection?.row ?? "steps") || "step");
  const open = () => {
    timeline.here();
    timeline.opened();
    if (timeline.selection?.row === "steps" || timeline.selection?.row === "range") others.focus();
    else /** @type {HTMLElement | null} */ (made.get(row(timeline.selection?.row ?? ""))?.[1].querySelector("select:not(:disabled)"))?.focus();
  };
  tools(timeline, canvas);
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", "Timeline: song, bars, parts, energy, steps, dancers, camera and lights. Arrow keys choose; the list that follows has the steps as buttons.");
  canvas.after(listing(timeline, open));
  show("step");
  store.on(() => timeline.take());
  const keys = directingKeys({ timeline, store, show, open, search: () => { show("moves"); moves.focus(); }, pin: step.pin, tap: energy.tap, dance });
  return { timeline, keys, show };
}

/** Ways of pointing, and how near one looks, in a row above the canvas. @param {Timeline} timeline @param {HTMLElement} canvas */
function tools(timeline, canvas) {
  /** @type {Record<string, string>} */
  const words = { select: "Choose", energy: "Draw energy", downbeat: "Move the one" };
  /** @type {Record<string, string>} */
  const titles = { select: "Choose and drag blocks (Escape)", energy: "Draw on the energy row (E)", downbeat: "Drag the first beat of the bar" };
  const modes = MODES.map(mode => button(words[mode], () => timeline.setMode(mode), { value: mode, title: titles[mode], "aria-pressed": "false" }));
  const said = make("span", { className: "facts" });
  canvas.before(make("div", { className: "tools", id: "strip-tools" },
    make("span", { role: "group", "aria-label": "Pointer" }, ...modes), said,
    make("span", { role: "group", "aria-label": "Zoom" }, button("−", () => timeline.zoom(0.7), { title: "Farther (-)", "aria-label": "Farther" }),
      button("+", () => timeline.zoom(1.4), { title: "Nearer (+)", "aria-label": "Nearer" }), button("All", () => timeline.whole(), { title: "The whole song (0)" }))));
  /** @type {Record<string, string>} */
  const hints = { select: "Click a step; drag it or its end; drag over bars to choose them.", energy: "Draw on the row Energy: higher is wilder.", downbeat: "Click the beat that is the one." };
  timeline.watchers.add(() => {
    for (const each of modes) each.setAttribute("aria-pressed", String(each.value === timeline.mode));
    said.textContent = hints[timeline.mode] ?? "";
  });
}

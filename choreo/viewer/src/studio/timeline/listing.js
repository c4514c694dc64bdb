// The timeline for those who cannot see it: a list of its steps as buttons behind the canvas, kept as it is.

import { partAt } from "./bars.js";
import { barsOf } from "./rows.js";
import { selected, stepWords } from "./selection.js";

/**
 * @param {import("./timeline.js").Timeline} timeline @param {() => void} open What pressing a step opens.
 * @returns {HTMLElement}
 */
export function listing(timeline, open) {
  const list = document.createElement("ol");
  list.id = "steps";
  list.className = "unseen";
  list.setAttribute("aria-label", "Steps of the dance");
  let shown = "";
  const fill = () => {
    const { state } = timeline;
    if (!state) return;
    const { steps } = state.plan, said = steps.map(step => [stepWords(step), step.style, ...step.why].filter(Boolean).join("; "));
    const at = timeline.selection ? partAt(steps, timeline.selection.bars[0]) : -1;
    if (said.join("\n") !== shown) {
      shown = said.join("\n");
      while (list.children.length > steps.length) list.lastElementChild?.remove();
      while (list.children.length < steps.length) {
        const button = document.createElement("button"), item = document.createElement("li");
        const number = list.children.length;
        button.addEventListener("focus", () => go(number));
        button.addEventListener("click", () => { go(number); open(); });
        item.append(button);
        list.append(item);
      }
      said.forEach((line, k) => { /** @type {Element} */ (list.children[k].firstChild).textContent = line; });
    }
    [...list.children].forEach((item, k) => {
      const button = /** @type {HTMLButtonElement} */ (item.firstChild);
      button.tabIndex = k === Math.max(at, 0) ? 0 : -1;
      if (k === at) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    });
  };
  const go = (/** @type {number} */ number) => {
    const step = timeline.state.plan.steps[number];
    if (step) timeline.select(selected("steps", barsOf(step)), { quiet: true });
  };
  list.addEventListener("keydown", event => {
    const at = [...list.children].findIndex(item => item.firstChild === document.activeElement);
    const by = /** @type {Record<string, number>} */ ({ ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 })[event.key];
    if (!by || event.altKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    event.stopPropagation();
    /** @type {HTMLElement | undefined} */ (list.children[at + by]?.firstChild)?.focus();
  });
  timeline.watchers.add(fill);
  fill();
  return list;
}

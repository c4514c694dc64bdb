// Two takes of the same bars: watched one after the other or side by side, in a bar over the dance, until one is kept.

import { button, make } from "./panels/parts.js";
import { spokenBars } from "./timeline/bars.js";

/** @typedef {"a" | "b" | "beside"} Watched */

/** @param {{store: import("./store.js").Store, dance: import("./dance.js").Dance, done: (promise: Promise<any>, said?: string) => Promise<any>, say: (words: string) => void}} page */
export function takes({ store, dance, done, say }) {
  const bar = /** @type {HTMLElement} */ (document.getElementById("take-bar"));
  let watched = /** @type {Watched | ""} */ (""), coming = 0; // what is watched, and how many are being made

  const title = make("span"), press = (/** @type {Watched} */ which, /** @type {string} */ words, /** @type {string} */ title_, id = "") =>
    button(words, () => watch(which), { title: title_, "aria-pressed": "false", ...(id ? { id } : {}) });
  /** @type {Record<Watched, HTMLButtonElement>} */
  const buttons = {
    a: press("a", "Watch A", "As it was (A)"), b: press("b", "Watch B", "The new take (B)"),
    beside: press("beside", "Side by side", "Both at once, round and round (S)", "side-by-side"),
  };
  bar.replaceChildren(title, ...Object.values(buttons),
    button("Keep A", () => keep("a"), { id: "keep-a", title: "As it was stays (Shift+A)" }), button("Keep B", () => keep("b"), { id: "keep-b", title: "The new take stays (Shift+B)" }));

  /** Watch one, or both; once more ends it. @param {Watched} which */
  async function watch(which) {
    const take = store.state?.take;
    if (!take) return say("There is one take only; R makes another.");
    if (watched === which) return dance.preview(null);
    watched = which;
    coming++;
    const action = { do: "choose", take: which === "a" ? "a" : "b" }, [first, last] = take.bars;
    await done(which === "beside" ? dance.beside(action, first, last) : dance.tryOut(action, first, last),
      which === "beside" ? `Takes A and B of ${spokenBars(take.bars)}` : `Take ${which.toUpperCase()} of ${spokenBars(take.bars)}`).catch(() => {});
    coming--;
    arrange();
  }

  /** @param {"a" | "b"} which */
  function keep(which) {
    if (!store.state?.take) return say("There is one take only; R makes another.");
    dance.preview(null);
    done(store.act(/** @type {any} */ ({ do: "choose", take: which })), which === "a" ? "Take A stays." : "Take B it is.").catch(() => {});
  }

  function arrange() {
    const take = store.state?.take;
    if (!dance.tried && !coming) watched = "";
    bar.hidden = !take;
    if (!take) return;
    title.textContent = `Two takes of ${spokenBars(take.bars)}`;
    title.title = `A is what was there, B is new: ${take.steps.map(each => each.label || each.name).join(", ")}`;
    for (const [which, each] of Object.entries(buttons)) each.setAttribute("aria-pressed", String(which === watched));
  }
  dance.on(arrange);
  let waiting = false;
  store.on(state => {
    const take = state?.take, own = performance.now() - store.acted < 3000;
    if (!take && waiting && watched) dance.preview(null);
    const fresh = take && !waiting && own; // this page asked for it: both are shown at once
    waiting = Boolean(take);
    arrange();
    if (fresh) watch("beside");
  });
  const group = "Takes";
  return {
    /** Which take is danced, or both; empty where neither is. @returns {Watched | ""} */
    get watching() { return dance.tried ? watched : ""; },
    /** @type {import("./directing_keys.js").KeyRow[]} */
    keys: [
      { keys: ["a"], group, words: "watch take A", act: () => watch("a") },
      { keys: ["b"], group, words: "watch take B", act: () => watch("b") },
      { keys: ["s"], group, words: "both takes side by side", act: () => watch("beside") },
      { keys: ["Shift+A"], group, words: "keep take A", act: () => keep("a") },
      { keys: ["Shift+B"], group, words: "keep take B", act: () => keep("b") },
    ],
  };
}

// The director's camera and lights: the dance seen as it would be filmed, instead of from where one looks oneself.

import { button } from "./panels/parts.js";

const SHAPE = 16 / 9;
const JUST = 400; // milliseconds after a hand let go in which the view still moves by it

/**
 * @param {{store: import("./store.js").Store, dance: import("./dance.js").Dance, stage: any, warn: (words: string) => void}} page
 */
export function filming({ store, dance, stage, warn }) {
  const view = /** @type {HTMLElement} */ (document.getElementById("view"));
  /** @type {Set<() => void>} */
  const listeners = new Set();
  /** @type {Set<HTMLButtonElement>} */
  const switches = new Set();
  /** @type {import("./types.d.ts").Filmed | null} */
  let film = null;
  let on = false, asked = -1;

  /** Ask for the film of the dance as it is now, once all of it is danced. */
  function refresh() {
    const revision = store.state?.revision ?? -1;
    if (!on || !store.connected || asked === revision || film?.revision === revision || dance.whole !== revision) return;
    asked = revision;
    store.ask("film").then(({ head, array }) => {
      const cues = head.lights?.cues.map((/** @type {any[]} */ [start, ...cue]) => [start + head.start, ...cue]);
      film = {
        ...head, eye: array(head.eye), target: array(head.target), aspect: SHAPE,
        cuts: new Set(head.shots.map((/** @type {[number, string]} */ [first]) => first)), lights: head.lights && { ...head.lights, cues },
      };
      show();
    }).catch(error => {
      // A film that is overtaken by a change is asked for again after it.
      if (store.state?.revision !== revision) return;
      warn(error.message);
      set(false);
    }).finally(() => {
      asked = -1;
      refresh();
    });
  }

  function show() {
    const shows = on && film;
    view.classList.toggle("filmed", Boolean(shows));
    if (stage && (stage.film !== film || !shows)) stage.direct(shows ? film : null);
    for (const listener of listeners) listener();
    dance.stale = true;
  }

  /** @param {boolean} to */
  function set(to) {
    if (on === to || !stage) return;
    on = to;
    for (const each of switches) each.setAttribute("aria-pressed", String(on));
    show();
    refresh();
  }

  let pressed = false, touched = -Infinity;
  stage?.controls.addEventListener("start", () => { pressed = true; });
  stage?.controls.addEventListener("end", () => { pressed = false; touched = performance.now(); });
  stage?.controls.addEventListener("change", () => { if (pressed || performance.now() - touched < JUST) set(false); });
  store.hear("connection", (/** @type {boolean} */ open) => { if (!open) asked = -1; });
  dance.on(refresh);

  return {
    set,
    /** Hear of the view becoming the film's, or one's own again. @param {() => void} listener */
    on(listener) { listeners.add(listener); },
    toggle: () => set(!on),
    /** Whether the view is the film's. */
    get shows() { return Boolean(on && film); },
    /** Name of the shot at a time; empty where it is not shown. @param {number} time */
    shotAt(time) {
      if (!on || !film) return "";
      const frame = (time - film.start) * film.fps + 1e-6;
      return film.shots.findLast(([first]) => first <= frame)?.[1] ?? film.shots[0]?.[1] ?? "";
    },
    /** A button that turns it on and off. @param {string} words @param {Record<string, any>} [properties] */
    button(words, properties = {}) {
      const made = button(words, () => set(!on), { title: "The dance as it is filmed and lit (D)", "aria-pressed": String(on), ...properties });
      made.disabled = !stage;
      switches.add(made);
      return made;
    },
  };
}

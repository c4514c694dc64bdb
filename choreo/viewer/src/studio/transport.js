// Playing: buttons and keys for the clock, the metronome and the camera.

import { clock as written } from "../timeline.js";
import { RATES } from "./clock.js";

/** @typedef {import("./directing_keys.js").KeyRow} KeyRow */

/**
 * @param {{clock: import("./clock.js").Clock, metronome: import("./sound.js").Metronome, stage: any, range: () => [number, number] | null,
 *   state: () => import("./types.d.ts").State | null, dance: import("./dance.js").Dance,
 *   film: ReturnType<typeof import("./film.js").filming>}} page
 */
export function transport({ clock, metronome, stage, range, state, dance, film }) {
  const byId = (/** @type {string} */ id) => /** @type {HTMLButtonElement} */ (document.getElementById(id));
  const play = byId("play"), loop = byId("loop"), shown = byId("clock"), rate = /** @type {HTMLSelectElement} */ (/** @type {unknown} */ (byId("rate")));
  const aloud = [["metronome", "click"], ["count", "count"]];

  /** What a loop would go round: what is chosen, else the part of the song that plays. @returns {[number, number] | null} */
  function wanted() {
    const { plan } = state() ?? {}, time = clock.time();
    if (!plan) return null;
    const chosen = range();
    if (chosen) return chosen;
    const part = plan.sections.find(([start, end]) => time >= start - 1e-3 && time < end - 1e-3);
    return part ? [Math.max(part[0], 0), Math.min(part[1], clock.duration)] : [Math.max(plan.start, 0), Math.min(plan.end, clock.duration)];
  }
  const toggleLoop = () => { clock.setLoop(clock.loop ? null : wanted()); };
  const toggleAloud = (/** @type {"click" | "count"} */ which) => {
    metronome.set(metronome.aloud === which ? "off" : which);
    changed();
  };
  const beat = (/** @type {number} */ by) => {
    const { beats } = state()?.plan ?? { beats: [] }, time = clock.time();
    const at = by > 0 ? beats.find(each => each > time + 0.02) : [...beats].reverse().find(each => each < time - 0.02);
    clock.seek(at ?? (by > 0 ? clock.duration : 0));
  };
  const follow = () => {
    if (!stage) return;
    if (film.shows) return film.set(false); // back to one's own view, as it was
    stage.follow = !stage.follow;
    dance.stale = true;
    changed();
  };
  const face = (/** @type {number} */ angle) => { film.set(false); stage?.face(angle); dance.stale = true; };
  const orbit = (/** @type {number} */ angle) => { film.set(false); stage?.orbit(angle); dance.stale = true; };

  function changed() {
    play.dataset.playing = String(clock.playing);
    play.setAttribute("aria-label", clock.playing ? "Pause" : "Play");
    loop.setAttribute("aria-pressed", String(Boolean(clock.loop)));
    rate.value = String(clock.rate);
    byId("follow").setAttribute("aria-pressed", String(Boolean(stage?.follow) && !film.shows));
    for (const [id, which] of aloud) byId(id).setAttribute("aria-pressed", String(metronome.aloud === which));
  }
  clock.on(changed);
  play.addEventListener("click", () => clock.toggle());
  loop.addEventListener("click", toggleLoop);
  byId("beat-back").addEventListener("click", () => beat(-1));
  byId("beat-on").addEventListener("click", () => beat(1));
  byId("begin").addEventListener("click", () => clock.seek(Math.max(state()?.plan.start ?? 0, 0)));
  rate.addEventListener("change", () => clock.setRate(Number(rate.value)));
  byId("metronome").addEventListener("click", () => toggleAloud("click"));
  byId("count").addEventListener("click", () => toggleAloud("count"));
  byId("follow").addEventListener("click", follow);
  byId("front").addEventListener("click", () => face(0));
  byId("behind").addEventListener("click", () => face(Math.PI));
  film.on(changed);
  changed();

  let last = "";
  /** @param {number} time */
  function draw(time) {
    const words = `${written(time)} / ${written(clock.duration)}`;
    if (words !== last) shown.textContent = last = words;
  }
  const group = "Play", camera = "View";
  /** @type {KeyRow[]} */
  const keys = [
    { keys: [" ", "k"], group, words: "play and pause", act: () => clock.toggle() },
    { keys: ["l"], group, words: "go round what is chosen, or this part of the song", act: toggleLoop },
    { keys: RATES.map((_, k) => String(k + 1)), group, words: "a quarter, half, three quarters, all of the speed", act: event => clock.setRate(RATES[Number(event.key) - 1]) },
    { keys: [","], group, words: "a frame back", act: () => clock.seek(clock.time() - 1 / 30) },
    { keys: ["."], group, words: "a frame on", act: () => clock.seek(clock.time() + 1 / 30) },
    { keys: ["<"], group, words: "a beat back", act: () => beat(-1) },
    { keys: [">"], group, words: "a beat on", act: () => beat(1) },
    { keys: ["n"], group, words: "metronome", act: () => toggleAloud("click") },
    { keys: ["c"], group, words: "count aloud", act: () => toggleAloud("count") },
    { keys: ["d"], group: camera, words: "as the director films and lights it, or from where you look", act: film.toggle },
    { keys: ["f"], group: camera, words: "follow the dancers, or stand still", act: follow },
    { keys: ["v"], group: camera, words: "from the front", act: () => face(0) },
    { keys: ["Shift+V"], group: camera, words: "from behind", act: () => face(Math.PI) },
    { keys: ["["], group: camera, words: "go round to the left", act: () => orbit(-0.15) },
    { keys: ["]"], group: camera, words: "go round to the right", act: () => orbit(0.15) },
  ];
  return { draw, keys };
}

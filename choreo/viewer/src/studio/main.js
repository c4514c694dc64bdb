// Puts the studio's page together.

import { framedBody } from "../data.js";
import { Stage } from "../stage.js";
import { beatAt } from "../timeline.js";
import { Clock } from "./clock.js";
import { Dance } from "./dance.js";
import { direct } from "./directing.js";
import { filming } from "./film.js";
import { listen } from "./keys.js";
import { messages } from "./message.js";
import { names } from "./names.js";
import { opening } from "./opening.js";
import { exporting } from "./panels/export.js";
import { help } from "./panels/help.js";
import { versions } from "./panels/versions.js";
import { Metronome } from "./sound.js";
import { Store } from "./store.js";
import { takes } from "./takes.js";
import { theme } from "./theme.js";
import { transport } from "./transport.js";

const AT = 0.4; // seconds between what is told of the playhead
const byId = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
const calm = matchMedia("(prefers-reduced-motion: reduce)");

async function body() {
  const answer = await fetch("/body");
  if (!answer.ok) throw new Error("the dancer's body is missing");
  return framedBody(await answer.arrayBuffer());
}

/** @param {Store} store @param {ReturnType<typeof messages>} said @param {Promise<any>} coming */
async function begin(store, said, coming) {
  const first = /** @type {import("./types.d.ts").State} */ (store.state), facts = await coming;
  const sound = /** @type {HTMLAudioElement} */ (byId("sound"));
  sound.src = "/sound";
  const clock = new Clock(sound, first.song.seconds);
  /** @type {any} */
  let stage = null;
  try {
    stage = new Stage(byId("stage"), { body: facts, dances: [] });
    stage.shown = [];
  } catch (error) {
    said.warn(`This browser has no WebGL to draw the dance with (${/** @type {Error} */ (error).message}); everything else works.`, true);
  }
  const dance = new Dance(store, clock, stage, facts.joints.length);
  const metronome = new Metronome(clock, () => store.state);
  let dark = true;
  const look = () => stage?.look(film.shows || dark ? "dark" : "light"); // films are lit in the dark
  const film = filming({ store, dance, stage, warn: said.warn });
  film.on(look);
  byId("camera").prepend(film.button("Director", { id: "director" }));
  const { timeline, keys: directing } = direct({ store, clock, dance, film });
  const act = (/** @type {any} */ action, /** @type {string} */ words = "") => { said.done(store.act(action), words || undefined).catch(() => {}); };
  const playing = transport({ clock, metronome, stage, dance, film, range: () => timeline.range(), state: () => store.state });
  const both = takes({ store, dance, done: said.done, say: said.say });
  const over = names({ store, dance, stage, film, both });
  const { save } = versions({ store, done: said.done });
  exporting({ store, done: said.done, range: () => timeline.range() });
  const colours = theme(isDark => {
    dark = isDark;
    look();
    stage?.fit();
    dance.stale = true;
    timeline.fit();
  });

  const undo = () => act({ do: "undo" }), redo = () => act({ do: "redo" });
  for (const [id, does] of /** @type {[string, () => void][]} */ ([["undo", undo], ["redo", redo], ["save", () => save().catch(() => {})]]))
    byId(id).addEventListener("click", does);
  byId("stop-trying").addEventListener("click", () => dance.preview(null));
  const group = "File";
  const rows = [
    ...playing.keys, ...directing, ...both.keys,
    { keys: ["Ctrl+z"], group, words: "undo", act: undo },
    { keys: ["Ctrl+Shift+Z", "Ctrl+y"], group, words: "redo", act: redo },
    { keys: ["Ctrl+s"], group, words: "save", act: () => { save().catch(() => {}); } },
    { keys: ["Shift+E"], group, words: "export", act: () => byId("ask-export").click() },
    { keys: ["Shift+D"], group, words: "other colours", act: () => colours.next() },
    { keys: ["?"], group, words: "this sheet", act: () => sheet.open() },
  ];
  const sheet = help(rows);
  listen(rows);

  /** @param {import("./types.d.ts").State | null} state */
  function renew(state) {
    if (!state) return location.reload();
    if (state.song.name !== first.song.name || state.song.seconds !== first.song.seconds) return location.reload();
    const { song, history, plan } = state;
    document.title = `${state.saved ? "" : "• "}${song.name} - choreo studio`;
    byId("title").textContent = song.name.replace(/\.\w{2,4}$/, "");
    byId("facts").textContent = [`${Math.round(song.tempo)} beats a minute`, `${song.metre} to the bar`, plan.style].filter(Boolean).join(" · ");
    /** @type {HTMLButtonElement} */ (byId("undo")).disabled = !history.undo;
    /** @type {HTMLButtonElement} */ (byId("redo")).disabled = !history.redo;
    byId("saved").textContent = state.saved ? "saved" : "not saved yet";
    if (history.said && history.said !== spoken) said.say(history.said);
    spoken = history.said;
    const notes = state.notes.join(" ");
    if (notes && notes !== noted) said.warn(notes);
    noted = notes;
  }
  let spoken = first.history.said, noted = "";
  store.on(renew);
  renew(first);
  over.arrange();
  dance.renew();
  new ResizeObserver(() => { stage?.fit(); over.arrange(); dance.stale = true; }).observe(byId("stage"));
  colours.apply();
  clock.seek(Math.max(first.plan.start, 0));

  let last = -1, told = -10, at = -1;
  function frame() {
    requestAnimationFrame(frame);
    const { state } = store, time = clock.time(), now = performance.now() / 1000;
    if (!state) return;
    if (time !== at && now - told > AT && store.connected) { told = now; at = time; store.say("at", { time }); }
    timeline.draw(time);
    playing.draw(time);
    over.draw(time);
    const moved = stage?.update();
    if (!stage || !dance.track || (!moved && !dance.stale && time === last)) return;
    if (!stage.shown.length) { stage.shown = [0]; stage.fit(); over.arrange(); }
    last = time;
    dance.stale = false;
    const { beats, positions } = state.plan, beat = beatAt(beats, time);
    const flash = beat >= 0 && !calm.matches ? Math.exp((beats[beat] - time) / 0.14) * (positions[beat] === 1 ? 1 : 0.55) : 0;
    stage.draw(time, flash);
    dance.drawn = { time, heard: sound.currentTime };
  }
  frame();
  // For programs that look at the page, such as its tests.
  Object.assign(/** @type {any} */ (window).studio, {
    clock, dance, timeline, stage, metronome, film,
    joint: (/** @type {string} */ name, dancer = 0, view = 0) => stage.dances[view].dancers[dancer].joint(name),
  });
  document.documentElement.dataset.ready = "yes";
}

function start() {
  const store = new Store(), said = messages();
  Object.assign(window, { studio: { store } });
  if (!("DecompressionStream" in window)) return said.warn("This browser is too old for the studio: it needs one of 2023 or newer.", true);
  /** @type {Promise<any> | null} */
  let coming = null;
  opening(store, () => !store.state || store.state.saved || confirm("The dance is not saved. Open another song all the same?"));
  store.hear("connection", on => {
    byId("lost").hidden = on;
    document.body.classList.toggle("lost", !on);
  });
  for (const what of ["trouble", "failed"]) store.hear(what, told => store.state && said.warn(told.error));
  store.on(state => {
    if (!state || coming) { if (!state) document.documentElement.dataset.ready = "open"; return; }
    coming = body();
    begin(store, said, coming).catch(error => { said.warn(`The page is damaged: ${error.message}`, true); throw error; });
  });
  store.connect();
}

start();

// What the studio's page does without a page: keys, counts, frames by revision, and the clock that waits for the song.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { Player } from "../../choreo/viewer/src/player.js";
import { directingKeys } from "../../choreo/viewer/src/studio/directing_keys.js";
import { emptyTrack, held, write } from "../../choreo/viewer/src/studio/dance.js";
import { namesOf, written } from "../../choreo/viewer/src/studio/keys.js";
import { countOf, Metronome } from "../../choreo/viewer/src/studio/sound.js";

const JOINTS = 2;
const typed = (key, held_ = {}) => namesOf({ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...held_ });

test("keys are named as the table has them, whatever is held and however letters are set", () => {
  assert.deepEqual(typed("M"), ["m"]); // with the lock of capitals
  assert.equal(typed("W", { shiftKey: true })[0], "Shift+W");
  assert.equal(typed("Z", { metaKey: true, shiftKey: true })[0], "Ctrl+Shift+Z");
  assert.ok(typed("?", { shiftKey: true }).includes("?"));
  assert.ok(!typed("L", { shiftKey: true }).includes("l"));
  assert.ok(!typed("ArrowLeft", { shiftKey: true }).includes("ArrowLeft"));
  assert.deepEqual(typed("ArrowUp", { altKey: true }), ["Alt+ArrowUp"]);
  assert.equal(written("Ctrl+Shift+Z"), "Ctrl + Shift + Z");
  assert.equal(written("+"), "+");
  assert.equal(written(" "), "Space");
});

test("no key of the transport is one of directing's, and the documentation has them all", () => {
  const source = readFileSync(new URL("../../choreo/viewer/src/studio/transport.js", import.meta.url), "utf8");
  const others_ = ["main.js", "takes.js"].map(name => readFileSync(new URL(`../../choreo/viewer/src/studio/${name}`, import.meta.url), "utf8")).join("");
  const own = [...(source + others_).matchAll(/\{ keys: \[([^\]]*)\]/g)].flatMap(found => [...found[1].matchAll(/"([^"]+)"/g)].map(each => each[1]));
  const others = directingKeys({}).flatMap(row => row.keys);
  assert.ok(own.length > 14, String(own.length));
  assert.deepEqual(own.filter(key => others.includes(key)), []);
  assert.equal(new Set(own).size, own.length);
  const docs = readFileSync(new URL("../../docs/studio.md", import.meta.url), "utf8");
  for (const key of own) assert.ok(docs.includes(`\`${written(key)}\``), key);
});

test("beats are counted over two bars, in threes, too", () => {
  const plan = metre => {
    const beats = Array.from({ length: 4 * metre + 1 }, (_, k) => 0.5 * k);
    return { beats, bars: [0, 1, 2, 3, 4].map(k => 0.5 * k * metre), positions: beats.map((_, k) => k % metre + 1) };
  };
  assert.deepEqual([0, 3, 4, 7, 8].map(beat => countOf(plan(4), beat, 4)), [1, 4, 5, 8, 1]);
  assert.deepEqual([0, 2, 3, 5, 6].map(beat => countOf(plan(3), beat, 3)), [1, 3, 4, 6, 1]);
});

/** A metronome beside a song that plays from second 0 on; `late` is how late one of both clocks is read. */
function metronome(rate, late) {
  const state = { song: { metre: 4 }, plan: { beats: Array.from({ length: 40 }, (_, k) => 0.5 * k), bars: Array.from({ length: 10 }, (_, k) => 2 * k), positions: Array.from({ length: 40 }, (_, k) => k % 4 + 1) } };
  const sound = { frequency: {}, gain: { setValueAtTime() {}, linearRampToValueAtTime() {}, exponentialRampToValueAtTime() {} }, connect: other => other, start() {}, stop() {} };
  const clock = { playing: true, rate, loop: null, waiting: 0, now: 0, time() { return this.now; }, on(heard) { this.changed = heard; } };
  const made = new Metronome(clock, () => state);
  made.context = { get currentTime() { return 7 + clock.now / rate + late(); }, baseLatency: 0.02, outputLatency: 0, getOutputTimestamp: () => ({}), createOscillator: () => ({ ...sound }), createGain: () => ({ ...sound }), destination: null };
  made.aloud = "click";
  return { made, clock, state };
}

test("clicks are told ahead, each once, at the song's own times, whatever the speed", context => {
  context.mock.timers.enable({ apis: ["setInterval"] });
  for (const rate of [0.5, 1]) {
    const { made, clock, state } = metronome(rate, () => 0);
    for (let k = 0; k < 150; k++) { clock.now += 0.04 * rate; made.tick(); }
    assert.deepEqual(made.scheduled.map(each => each.beat), state.plan.beats.map((_, k) => k).slice(1, made.scheduled.length + 1));
    assert.ok(made.scheduled.length >= 10 * rate);
    for (const { time, when, told } of made.scheduled) {
      assert.ok(Math.abs(when - (7 - 0.02 + time / rate)) < 1e-9, `${when} for ${time}`);
      assert.ok(when - told > 0.4 || time < 1);
    }
  }
});

test("clicks stay even where clocks are read late, and go with a song that was held up", context => {
  context.mock.timers.enable({ apis: ["setInterval"] });
  let held = 0, turn = 0;
  const { made, clock } = metronome(1, () => held + 0.02 * (turn++ * 7 % 11 / 5 - 1)); // 20 ms early to 20 ms late
  for (let k = 0; k < 150; k++) { clock.now += 0.04; made.tick(); }
  for (const [k, { time, when }] of [...made.scheduled.entries()].slice(3)) { // the first are told at the first look
    const { time: before, when: then } = made.scheduled[k - 1];
    assert.ok(Math.abs(when - then - (time - before)) < 0.015, `${k}`);
  }
  held = 0.3;
  for (let k = 0; k < 50; k++) { clock.now += 0.04; made.tick(); }
  const { time, when } = made.scheduled.at(-1);
  assert.ok(Math.abs(when - (7 - 0.02 + 0.3 + time)) < 0.025);
});

/** Frames that all have one number in them. */
const filled = (begin, frames, value, dancers = 1) => {
  const track = emptyTrack(begin, frames, 30, dancers, JOINTS);
  for (const dancer of track.dancers) { dancer.translation.fill(value); dancer.rotations.fill(value); dancer.known.fill(1); }
  return track;
};

test("newer frames go over older ones, older ones never over newer ones", () => {
  const track = emptyTrack(2, 90, 30, 1, JOINTS), [dancer] = track.dancers;
  assert.equal(write(track, filled(3, 30, 5), 1, JOINTS), 30);
  assert.deepEqual([29, 30, 59, 60].map(k => dancer.known[k]), [0, 1, 1, 0]);
  assert.equal(write(track, filled(3.5, 30, 6), 2, JOINTS), 30);
  assert.equal(write(track, filled(2, 90, 7), 1, JOINTS), 60);
  assert.deepEqual([0, 44, 45, 74, 75].map(k => dancer.translation[3 * k + 2]), [7, 7, 6, 6, 7]);
  assert.deepEqual([44, 45].map(k => dancer.rotations[4 * JOINTS * k + 7]), [7, 6]);
  assert.equal(write(track, filled(4.5, 60, 8), 3, JOINTS), 15); // what lies beyond the dance is left out
});

test("a dancer that frames do not have is not seen", () => {
  const track = emptyTrack(0, 30, 30, 2, JOINTS);
  write(track, filled(0, 30, 1, 1), 1, JOINTS);
  assert.deepEqual(track.dancers.map(each => each.known[10]), [1, 0]);
});

test("the ends of a dance hold its first and last frame", () => {
  const track = emptyTrack(0, 40, 30, 1, JOINTS), window_ = filled(0.1, 30, 4);
  write(track, held(window_, track, true, true, JOINTS), 1, JOINTS);
  assert.ok(track.dancers[0].known.every(Boolean));
  assert.ok(track.dancers[0].translation.every(each => each === 4));
  assert.equal(held(window_, track, false, false, JOINTS), window_);
});

/** A song that begins to sound some time after it is asked to. */
class Song extends EventTarget {
  constructor(delay) { super(); Object.assign(this, { delay, duration: 60, paused: true, seeking: false, readyState: 4, error: null, ended: false, from: 0, since: 0 }); }
  get currentTime() { return this.paused ? this.from : this.from + Math.max(0, performance.now() - this.since - this.delay) / 1000; }
  set currentTime(time) { this.from = time; this.since = performance.now(); }
  play() { this.since = performance.now(); this.paused = false; return Promise.resolve(); }
  pause() { this.from = this.currentTime; this.paused = true; }
}
const wait = milliseconds => new Promise(done => setTimeout(done, milliseconds));

test("the clock waits for a song that is slow to start, then goes with it", async () => {
  const song = new Song(120), player = new Player(song, 0, 60);
  player.seek(5);
  player.play();
  await wait(60);
  assert.equal(player.time(), 5);
  await wait(120);
  player.time();
  for (let k = 0; k < 5; k++) { await wait(16); assert.ok(Math.abs(player.time() - song.currentTime) < 0.02); }
  player.seek(20);
  await wait(160);
  player.time();
  assert.ok(Math.abs(player.time() - song.currentTime) < 0.02);
  player.pause();
  assert.ok(song.paused);
});

test("a pause that is told late does not stop a song that plays again", () => {
  const song = new Song(0), player = new Player(song, 0, 60);
  player.play();
  player.pause();
  player.play();
  song.dispatchEvent(new Event("pause")); // of the pause before
  assert.ok(player.playing);
  song.pause(); // by the keyboard or a headset
  song.dispatchEvent(new Event("pause"));
  assert.ok(!player.playing);
});

test("a loop goes back to its beginning, and a song that fails does not stop the clock", async () => {
  const song = new Song(0), player = new Player(song, 0, 60);
  player.loop = [1, 1.1];
  player.seek(1.05);
  player.play();
  for (let k = 0; k < 20; k++) { await wait(10); assert.ok(player.time() >= 1 && player.time() < 1.12); }
  player.pause();
  const broken = new Song(0), other = new Player(broken, 0, 60);
  broken.error = {};
  other.play();
  await wait(50);
  assert.ok(other.time() > 0.03);
});

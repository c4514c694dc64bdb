// The timeline's arithmetic, without a page: where things lie, what a pointer hits, what a gesture asks for.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { barIn, barOf, nearestBeat, snapped, spokenBars, timeOf } from "../../choreo/viewer/src/studio/timeline/bars.js";
import { asked, NAMES } from "../../choreo/viewer/src/studio/timeline/commands.js";
import { begun, drawnTo, ended, moved, placeAt, rest } from "../../choreo/viewer/src/studio/timeline/gestures.js";
import { hitAt, sectionAt } from "../../choreo/viewer/src/studio/timeline/hit.js";
import { BLOCK_ROWS, blocksOf, heightOf, rowAt, rowsOf } from "../../choreo/viewer/src/studio/timeline/rows.js";
import { kept, rowed, selected, stepped, stepWords, words } from "../../choreo/viewer/src/studio/timeline/selection.js";
import { GUTTER, View } from "../../choreo/viewer/src/studio/timeline/view.js";
import { directingKeys } from "../../choreo/viewer/src/studio/directing_keys.js";
import { state } from "./state.mjs";

const song = state(), rows = rowsOf(song, false), view = new View();
view.fit(1200, 0, 36);
view.whole();
const row = name => rows.find(each => each.name === name);
const hit = (name, time, { up = 0.5, coarse = false, off = 0 } = {}) =>
  hitAt(song, rows, view, view.x(time) + off, row(name).y + row(name).height * (1 - up), coarse);
const drag = (from, to, manner = {}) => {
  const gesture = begun(song, from, { mode: "select", shift: false, coarse: false, selection: null, ...manner });
  return ended(song, to ? moved(song, gesture, to, true) : gesture);
};

test("seconds and bars are each other's inverse, inside and outside of the dance, in uneven bars", () => {
  const uneven = [0.5, 2.4, 4.6, 6.1, 8.4];
  for (let bar = -2; bar < 6; bar += 0.25) assert.ok(Math.abs(barOf(uneven, timeOf(uneven, bar)) - bar) < 1e-9, `bar ${bar}`);
  assert.equal(snapped(uneven, 3.6), 2);
  assert.equal(snapped(uneven, 99), 4);
  assert.equal(barIn(uneven, 2.4), 1);
  assert.equal(barIn(uneven, -3), 0);
  assert.equal(nearestBeat([1, 1.5, 2.1], 1.7), 1.5);
  assert.equal(spokenBars([0, 1]), "bar 1");
  assert.equal(spokenBars([2, 4.5]), "bars 3 to 5");
});

test("zooming keeps what is under the pointer, and nothing outside of the song is looked at", () => {
  const other = new View();
  other.fit(1000, 0, 200);
  other.to(50);
  const held = other.time(400);
  other.zoom(2, 400);
  assert.ok(Math.abs(other.time(400) - held) < 1e-9);
  for (let k = 0; k < 40; k++) other.zoom(0.7, 300);
  assert.ok(Math.abs(other.seconds - 201) < 1e-9);
  other.to(1e6);
  assert.ok(other.from <= 0);
  other.zoom(4);
  other.show(190);
  assert.ok(other.x(190) > GUTTER && other.x(190) < 1000);
});

test("rows do not overlap, have room for fingers, and are there when there is something in them", () => {
  for (const coarse of [false, true]) {
    const all = rowsOf(song, coarse);
    all.slice(1).forEach((each, k) => assert.ok(each.y >= all[k].y + all[k].height));
    assert.equal(heightOf(all), all.at(-1).y + all.at(-1).height);
    for (const each of all) assert.equal(rowAt(all, each.y + each.height / 2), each);
    if (coarse) for (const each of all) if (BLOCK_ROWS.includes(each.name)) assert.ok(each.height >= 32);
  }
  const alone = state({ dancers: { count: 1, formation: "auto", unison: "auto", parts: [] }, shots: [], lights: [] });
  assert.deepEqual(rowsOf(alone, false).map(each => each.name).filter(name => BLOCK_ROWS.includes(name)), ["steps"]);
});

test("every block is hit in its middle, and each of its ends can be taken hold of from within", () => {
  for (const name of BLOCK_ROWS)
    for (const block of blocksOf(song, name)) {
      const middle = hit(name, (block.start + block.end) / 2);
      assert.deepEqual([middle.block.number, middle.edge], [block.number, ""], `${name} ${block.number}`);
      const end = hit(name, block.end, { off: -5 }), start = hit(name, block.start, { off: 5 });
      assert.deepEqual([end.block.number, end.edge], [block.number, "end"], `${name} ${block.number}`);
      assert.deepEqual([start.block.number, start.edge], [block.number, block.bar > 0 ? "start" : ""], `${name} ${block.number}`);
    }
  const after = hit("steps", 33, { off: 4 });
  assert.deepEqual([after.block.number, after.edge], [7, "end"], "the last end, from where no block is");
  assert.equal(hit("steps", 5, { off: 12 }).edge, "");
  assert.equal(hit("steps", 5, { off: 12, coarse: true }).edge, "start");
  assert.equal(hit("wave", 9).block, null);
  assert.ok(Math.abs(hit("energy", 9, { up: 0.75 }).level - 0.75) < 1e-9);
});

test("a press on a step chooses it and opens others; dragging it moves it by whole bars", () => {
  assert.deepEqual(drag(hit("steps", 11), null), { selection: selected("steps", [4, 6]), open: true });
  assert.deepEqual(drag(hit("steps", 11), hit("steps", 17.3)).actions, [{ do: "move", bar: 4, to: 7 }]);
  assert.deepEqual(drag(hit("steps", 11), hit("steps", 11.6)), {});
  assert.deepEqual(drag(hit("steps", 31), hit("steps", 36)), {}, "there is no room after the last bar");
});

test("dragging an end makes a step longer or shorter, never shorter than a bar", () => {
  assert.deepEqual(drag(hit("steps", 13, { off: -3 }), hit("steps", 17.2)).actions, [{ do: "stretch", bar: 4, bars: 4 }]);
  assert.deepEqual(drag(hit("steps", 13, { off: -3 }), hit("steps", 2)).actions, [{ do: "stretch", bar: 4, bars: 1 }]);
});

test("dragging the start of a step leaves its end where it is, whatever is earlier or later", () => {
  const start = hit("steps", 9, { off: 3 });
  assert.deepEqual(drag(start, hit("steps", 5.3)).actions, [{ do: "move", bar: 4, to: 2 }, { do: "stretch", bar: 2, bars: 4 }]);
  assert.deepEqual(drag(start, hit("steps", 11.2)).actions, [{ do: "stretch", bar: 4, bars: 1 }, { do: "move", bar: 4, to: 5 }]);
  assert.deepEqual(drag(start, hit("steps", 30)).selection.bars, [5, 6], "a bar is left");
  assert.deepEqual(drag(start, hit("steps", -3)).selection.bars, [0, 6]);
  assert.deepEqual(drag(start, hit("steps", 9.2)), {});
});

test("with fingers a block moves when it is chosen; else the song is looked along", () => {
  assert.deepEqual(drag(hit("steps", 11), hit("steps", 17), { coarse: true }), {});
  const chosen = { coarse: true, selection: selected("steps", [4, 6]) };
  assert.deepEqual(drag(hit("steps", 11), hit("steps", 17), chosen).actions, [{ do: "move", bar: 4, to: 7 }]);
});

test("bars are chosen over their numbers, in both directions", () => {
  assert.deepEqual(drag(hit("ruler", 4), hit("ruler", 12)).selection.bars, [1, 6]);
  assert.deepEqual(drag(hit("ruler", 12), hit("ruler", 4)).selection.bars, [1, 6]);
  assert.deepEqual(sectionAt(song, 20), [8, 16]);
  assert.equal(sectionAt(song, 0.2), null);
});

test("energy is drawn without holes, however fast the pen is", () => {
  const from = hit("energy", 4, { up: 0.2 }), to = hit("energy", 14, { up: 0.7 });
  const [action] = drag(from, to, { mode: "energy" }).actions;
  assert.deepEqual(action.bars, [1, 7]);
  assert.deepEqual(action.values, [0.2, 0.3, 0.4, 0.5, 0.6, 0.7]);
  assert.deepEqual([...drawnTo(new Map(), to, from).keys()], [5, 4, 3, 2, 1]);
  assert.equal(drag(from, to).actions, undefined, "without the pen nothing is drawn");
});

test("the one goes to the beat nearest to the pointer", () => {
  assert.deepEqual(drag(hit("ruler", 5), hit("ruler", 6.4), { mode: "downbeat" }).actions, [{ do: "downbeat", time: 6.5 }]);
});

test("a shot that leaves bars gives them back to what was planned", () => {
  assert.deepEqual(drag(hit("shots", 25), hit("shots", 21)).actions, [{ do: "shot", bars: [14, 16], shot: null }, { do: "shot", bars: [6, 14], shot: "medium" }]);
  assert.deepEqual(drag(hit("shots", 17, { off: -3 }), hit("shots", 21)).actions, [{ do: "shot", bars: [0, 10], shot: "wide" }]);
  assert.deepEqual(drag(hit("shots", 17, { off: 3 }), hit("shots", 21)).actions, [{ do: "shot", bars: [8, 10], shot: null }, { do: "shot", bars: [10, 16], shot: "medium" }]);
  assert.deepEqual(rest([2, 6], [3, 5]), [[2, 3], [5, 6]]);
});

test("a part of the dancers that gets longer keeps its formation and role", () => {
  assert.deepEqual(drag(hit("parts", 17, { off: -3 }), hit("parts", 21)).actions, [{ do: "formation", bars: [0, 10], name: "V" }, { do: "role", bars: [0, 10], name: "unison" }]);
  const shorter = drag(hit("parts", 17, { off: -3 }), hit("parts", 13)).actions;
  assert.deepEqual(shorter[0], { do: "formation", bars: [6, 8], name: "line" });
  assert.deepEqual(shorter.at(-1), { do: "role", bars: [0, 6], name: "unison" });
});

test("what is let go over the first bar of a step takes the step's place, else the bar under it", () => {
  assert.deepEqual(placeAt(song, hit("steps", 9.5)), [4, 6]);
  assert.deepEqual(placeAt(song, hit("wave", 11.5)), [5, 6]);
});

test("arrow keys go from step to step and from row to row, and stay inside", () => {
  let now = null;
  for (let k = 0; k < 12; k++) now = stepped(song, now, 1);
  assert.deepEqual(now, selected("steps", [14, 16]));
  assert.deepEqual(stepped(song, now, -1e6), selected("steps", [0, 2]));
  const two = stepped(song, selected("steps", [2, 4]), 1, true);
  assert.deepEqual(two.bars, [2, 6]);
  assert.deepEqual(stepped(song, two, -1, true).bars, [2, 4]);
  assert.deepEqual(stepped(song, selected("steps", [2, 4]), -1, true).bars, [2, 4]);
  assert.deepEqual(stepped(song, selected("range", [5, 8], true), 1), selected("steps", [8, 10]));
  const below = rowed(song, selected("steps", [10, 12]), 1);
  assert.deepEqual(below, selected("parts", [8, 16]));
  assert.equal(rowed(song, rowed(song, rowed(song, below, 1), 1), 1).row, "lights");
  assert.equal(words(song, below), "bars 9 to 16: dancers line, canon");
});

test("after a change the same block is selected, whatever length it has now", () => {
  const longer = state();
  longer.plan.steps = [{ ...longer.plan.steps[0], bars: 3, end: 7 }, ...longer.plan.steps.slice(2)];
  assert.deepEqual(kept(longer, selected("steps", [0, 2])).bars, [0, 3]);
  assert.equal(kept({ ...longer, plan: { ...longer.plan, bars: [1, 3, 5] } }, selected("steps", [8, 10])), null);
  assert.equal(stepWords(song.plan.steps[3]), "bars 7 to 8: move 3, mirrored, locked");
});

test("commands ask for whole bars of the dance, and say why when there is nothing to ask", () => {
  const chosen = selected("steps", [6, 8]);
  assert.deepEqual(asked("lock", song, chosen).actions, [{ do: "lock", bars: [6, 8], on: false }]);
  assert.deepEqual(asked("lock", song, selected("range", [5, 8], true)).actions, [{ do: "lock", bars: [5, 8], on: true }]);
  assert.deepEqual(asked("wilder", song, selected("range", [14, 16], true)).actions[0].values, [1, 1]);
  assert.deepEqual(asked("calmer", song, selected("range", [0, 5], true)).actions[0].values, [0, 0, 0, 0, 0.05]);
  assert.deepEqual(asked("wilder", state({ drawn: { 3: 0.5 } }), selected("range", [2, 4], true)).actions[0].values, [0.33, 0.7]);
  assert.deepEqual(asked("retake", song, chosen).actions, [{ do: "take_b", bars: [6, 8], seed: 5 }]);
  assert.deepEqual(asked("longer", song, chosen, 1).actions, [{ do: "stretch", bar: 6, bars: 3 }]);
  assert.deepEqual(asked("begin", song, chosen, -1).actions, [{ do: "move", bar: 6, to: 5 }, { do: "stretch", bar: 5, bars: 3 }]);
  assert.ok(asked("begin", song, selected("steps", [0, 2]), -1).words && asked("begin", song, selected("range", [6, 7]), 2).words);
  assert.deepEqual(asked("later", song, chosen, -1).actions, [{ do: "move", bar: 6, to: 5 }]);
  assert.ok(asked("later", song, selected("steps", [14, 16]), 1).words);
  for (const name of NAMES) assert.ok(asked(name, song, null).words);
});

test("no key stands for two things, and each is told in words", () => {
  const table = directingKeys({}), keys = table.flatMap(line => line.keys);
  assert.equal(new Set(keys).size, keys.length);
  const told = readFileSync(new URL("../../docs/studio.md", import.meta.url), "utf8");
  for (const line of table) assert.ok(line.group && told.includes(` | ${line.words} |\n`), `docs/studio.md has no row "${line.words}"`);
});

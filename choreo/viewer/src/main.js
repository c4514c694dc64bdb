// Puts page, clock, stage and timeline together.
import { unpack } from "./data.js";
import { Player } from "./player.js";
import { Stage } from "./stage.js";
import { Timeline, beatAt, clock, spanAt } from "./timeline.js";

const byId = id => document.getElementById(id);
const calm = matchMedia("(prefers-reduced-motion: reduce)"), dark = matchMedia("(prefers-color-scheme: dark)");
const RATES = [0.25, 0.5, 1];

function failed(words) {
  const message = byId("message");
  message.textContent = words;
  message.hidden = false;
}

function label(dance, time) {
  const { timeline } = dance;
  if (!timeline) return ["", ""];
  const at = spanAt(timeline.steps, time), step = timeline.steps[at], next = timeline.steps[at + 1];
  if (!step) return ["", ""];
  const first = beatAt(timeline.beats, step[0]), beat = beatAt(timeline.beats, time), end = beatAt(timeline.beats, step[1] - 0.02);
  return [`${step[2]}  ${Math.max(beat - first + 1, 1)}/${end - first + 1}`, next && next[0] < timeline.end ? `then ${next[2]}` : ""];
}

async function begin() {
  if (!("DecompressionStream" in window)) return failed("This browser is too old for this page: it needs one of 2023 or newer.");
  const facts = await unpack();
  for (const { timeline } of facts.dances) if (timeline) timeline.end = facts.duration;
  const player = new Player(byId("sound"), facts.start, facts.duration);
  let stage;
  try {
    stage = new Stage(byId("stage"), facts);
  } catch (error) {
    return failed(`This browser has no WebGL to draw with (${error.message}).`);
  }
  const strip = new Timeline(byId("timeline"), facts, time => player.seek(time));
  const scrub = byId("scrub"), play = byId("play"), loop = byId("loop"), follow = byId("follow"), names = byId("names");
  scrub.max = facts.duration;
  const heard = facts.dances.find(dance => dance.timeline);
  if (heard) byId("tempo").textContent = `${Math.round(heard.timeline.tempo)} beats a minute, ${heard.timeline.metre} to the bar`;
  const lead = () => facts.dances[stage.shown[0]].timeline;

  let stale = true, last = -1;
  const fit = () => { stage.fit(); strip.fit(); stale = true; };
  const theme = () => { stage.look(dark.matches ? "dark" : "light"); fit(); };
  function shown(numbers) {
    stage.shown = numbers;
    stale = true;
    stage.fit();
    strip.show(numbers.map(number => facts.dances[number]));
    const [columns, rows] = stage.layout();
    names.style.gridTemplate = `repeat(${rows}, 1fr) / repeat(${columns}, 1fr)`;
    names.replaceChildren(...numbers.map(() => {
      const box = document.createElement("div");
      box.append(...["b", "span", "small"].map(tag => document.createElement(tag)));
      return box;
    }));
    document.querySelectorAll("#dances button").forEach((button, k) => button.setAttribute("aria-pressed", numbers.includes(k)));
  }
  function pick(number) {
    if (!facts.dances[number]) return;
    const on = stage.shown.includes(number);
    const numbers = on ? stage.shown.filter(other => other !== number) : [...stage.shown, number].sort((a, b) => a - b);
    if (numbers.length) shown(numbers);
  }
  function toggleLoop() {
    const timeline = lead(), step = timeline && timeline.steps[spanAt(timeline.steps, player.time())];
    player.loop = player.loop || !step ? null : [Math.max(step[0], 0), Math.min(step[1], facts.duration)];
    loop.setAttribute("aria-pressed", Boolean(player.loop));
  }
  function toggleFollow() { stage.follow = !stage.follow; stale = true; follow.setAttribute("aria-pressed", stage.follow); }
  function beat(by) {
    const timeline = lead(), time = player.time();
    if (!timeline) return player.seek(time + by * 0.5);
    const at = beatAt(timeline.beats, time);
    const back = by < 0 && time - timeline.beats[at] > 0.15 ? 1 : 0;
    player.seek(timeline.beats[at + by + back] ?? (by < 0 ? 0 : facts.duration));
  }
  function step(by) {
    const timeline = lead();
    if (!timeline) return;
    const at = spanAt(timeline.steps, player.time()), here = timeline.steps[at];
    const back = by < 0 && here && player.time() - here[0] > 0.4 ? 1 : 0, other = timeline.steps[at + by + back];
    if (other) player.seek(other[0]);
  }

  if (facts.dances.length > 1)
    facts.dances.forEach((dance, number) => {
      const button = document.createElement("button");
      button.textContent = `${number + 1} ${dance.name}`;
      button.title = `Show or hide (${number + 1})`;
      button.addEventListener("click", () => pick(number));
      byId("dances").append(button);
    });
  const rates = RATES.map(rate => document.querySelector(`#rates [value="${rate}"]`));
  rates.forEach((button, k) => button.addEventListener("click", () => player.setRate(RATES[k])));
  player.changed = () => {
    play.textContent = player.playing ? "Pause" : "Play";
    play.setAttribute("aria-pressed", player.playing);
    rates.forEach((button, k) => button.setAttribute("aria-pressed", player.rate === RATES[k]));
  };
  play.addEventListener("click", () => player.toggle());
  byId("before").addEventListener("click", () => step(-1));
  byId("after").addEventListener("click", () => step(1));
  loop.addEventListener("click", toggleLoop);
  follow.addEventListener("click", toggleFollow);
  byId("front").addEventListener("click", () => stage.face(0));
  scrub.addEventListener("input", () => player.seek(Number(scrub.value)));

  const keys = {
    " ": () => player.toggle(), k: () => player.toggle(),
    ArrowRight: event => (event.shiftKey ? step(1) : beat(1)), ArrowLeft: event => (event.shiftKey ? step(-1) : beat(-1)),
    ArrowUp: () => player.setRate(RATES[Math.min(RATES.indexOf(player.rate) + 1, 2)]),
    ArrowDown: () => player.setRate(RATES[Math.max(RATES.indexOf(player.rate) - 1, 0)]),
    ".": () => player.seek(player.time() + 1 / 30), ",": () => player.seek(player.time() - 1 / 30),
    Home: () => player.seek(0), End: () => player.seek(facts.duration),
    l: toggleLoop, f: toggleFollow, v: () => stage.face(0), b: () => stage.face(Math.PI),
    a: () => stage.orbit(-0.15), d: () => stage.orbit(0.15),
  };
  document.addEventListener("keydown", event => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === " " && event.target instanceof HTMLButtonElement) return;
    const act = keys[event.key] ?? keys[event.key.toLowerCase()];
    if (act) { event.preventDefault(); act(event); }
    else if (/^[1-9]$/.test(event.key)) pick(Number(event.key) - 1);
  });

  shown(stage.shown);
  theme();
  player.changed();
  new ResizeObserver(fit).observe(byId("stage"));
  dark.addEventListener("change", theme);
  const wanted = /[#&]t=([\d.]+)/.exec(location.hash);
  if (wanted) player.seek(Number(wanted[1]));

  function frame() {
    requestAnimationFrame(frame);
    const time = player.time(), timeline = lead();
    const moved = stage.update();
    if (!moved && !stale && time === last) return;
    last = time;
    stale = false;
    let flash = 0;
    if (timeline) {
      const at = beatAt(timeline.beats, time), since = time - timeline.beats[at];
      if (at >= 0 && !calm.matches) flash = Math.exp(-since / 0.14) * (timeline.positions[at] === 1 ? 1 : 0.55);
    }
    stage.draw(time, flash);
    strip.draw(time);
    if (document.activeElement !== scrub || player.playing) scrub.value = time;
    byId("clock").textContent = `${clock(time)} / ${clock(facts.duration)}`;
    scrub.setAttribute("aria-valuetext", clock(time));
    stage.shown.forEach((number, k) => {
      const [now, next] = label(facts.dances[number], time), [name, step, after] = names.children[k].children;
      name.textContent = stage.shown.length > 1 ? facts.dances[number].name : "";
      step.textContent = now;
      after.textContent = next;
    });
  }
  frame();
  // For programs that look at the page, such as its tests.
  window.choreo = {
    player, stage, facts,
    joint(dance, name, dancer = 0) { return stage.dances[dance].dancers[dancer].joint(name); },
  };
  document.documentElement.dataset.ready = "yes";
}

begin().catch(error => { failed(`The page is damaged: ${error.message}`); throw error; });

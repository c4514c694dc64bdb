// The close-up of the beats, taps, clicks and the option. `heard`, `shown` and `now` belong to the page.
const REACH = 4;  // seconds that the close-up shows before and after
const AHEAD = .2;  // seconds by which clicks are planned
const get = name => document.getElementById(name);
const near = get("near"), brush = near.getContext("2d");
let taps = [], said = null, tapping = false, held = null, planned = 0, sounds = null;

function settle(what) {
  said = what;
  shown = asSaid(heard, said);
  planned = sound.currentTime;
  const same = !said || words(optionsFor(heard, facts.given, said)) === "";
  get("option").textContent = same ? "" : words(optionsFor(heard, facts.given, said));
  get("copy").disabled = get("over").disabled = !said;
  get("copy").textContent = "Copy";
  get("means").textContent = !said ? "" : said.every === 1 ? "You tap every beat: tap the ones alone."
    : said.bpm ? "No beats that are heard fit your taps: an exact grid at your pace."
    : [said.pace === 2 ? "twice the pace" : said.pace === .5 ? "half the pace" : "", said.metre ? shown.metre + " beats in a bar" : "",
       said.shift ? "beats moved by " + said.shift.toFixed(2) + " s" : "", "the one at " + said.one.toFixed(2) + " s"].filter(Boolean).join(", ");
  for (const choice of document.querySelectorAll("#choices button"))
    choice.setAttribute("aria-pressed", String(choice.dataset.time ? !!said && Math.abs(said.one - choice.dataset.time) < .02 : !said));
  drawAll(); drawCursor();
}
const choose = time => { taps = []; settle(meant(heard, [time])); };
function step(by) {  // the one, a beat on or back
  const from = said ? said.one : heard.beats[Math.max(0, heard.positions.indexOf(1))];
  const k = Math.round(inBeats(heard.beats, from)) + by;
  choose(heard.beats[Math.min(Math.max(k, 0), heard.beats.length - 1)]);
}

function tap() {
  if (sound.paused) { startTapping(); return; }
  if (!tapping) startTapping();
  if (taps.length && sound.currentTime <= taps.at(-1)) taps = [];
  taps.push(sound.currentTime);
  settle(meant(heard, taps));
}
function startTapping() {
  tapping = true; taps = [];
  document.activeElement?.blur();  // the space bar taps, whatever was pressed before
  get("tap").textContent = "One!"; get("tap").classList.add("on");
  get("hint").textContent = "Tap on every one: this button, or the space bar. Esc stops.";
  sound.play();
}
function stopTapping() {
  tapping = false;
  get("tap").textContent = "Tap the ones"; get("tap").classList.remove("on");
  get("hint").textContent = "Or click on a beat below, or drag a bar line to it.";
}

function clicksIn(from, to) {  // seconds, and whether each is a one
  return shown.beats.flatMap((t, i) => t > from && t <= to ? [[t, shown.positions[i] === 1]] : []);
}
function click(after, accent) {
  const tone = sounds.createOscillator(), level = sounds.createGain(), at = sounds.currentTime + Math.max(0, after);
  tone.frequency.value = accent ? 1760 : 1050;
  level.gain.setValueAtTime(accent ? .5 : .22, at);
  level.gain.exponentialRampToValueAtTime(.001, at + .05);
  tone.connect(level).connect(sounds.destination);
  tone.start(at); tone.stop(at + .06);
}
setInterval(() => {
  if (sound.paused || !get("clicks").checked) { planned = sound.currentTime; return; }
  sounds ||= new AudioContext();
  const time = sound.currentTime;
  if (planned < time - 1 || planned > time + 1) planned = time;
  for (const [at, accent] of clicksIn(Math.max(planned, time), time + AHEAD)) click((at - time) / sound.playbackRate, accent);
  planned = Math.max(planned, time + AHEAD);
}, 40);

function drawNear() {
  const scale = devicePixelRatio || 1, wide = near.clientWidth, high = near.clientHeight;
  near.width = wide * scale; near.height = high * scale;
  brush.setTransform(scale, 0, 0, scale, 0, 0);
  brush.font = "13px system-ui, sans-serif"; brush.textAlign = "center";
  const middle = held === null ? sound.currentTime : held, from = middle - REACH, to = s => (s - from) / (2 * REACH) * wide;
  brush.fillStyle = colour("wave");
  const first = Math.max(0, Math.floor(from * facts.fine_rate)), last = Math.min(facts.fine.length, Math.ceil((middle + REACH) * facts.fine_rate));
  for (let i = first; i < last; i++) {
    const half = 44 * facts.fine[i] / 99 + .5;
    brush.fillRect(to(i / facts.fine_rate), 66 - half, wide / (2 * REACH * facts.fine_rate) + .3, 2 * half);
  }
  shown.beats.forEach((s, i) => {
    if (s < from || s > middle + REACH) return;
    const one = shown.positions[i] === 1;
    brush.fillStyle = colour(one ? "down" : "beat");
    brush.fillRect(to(s) - (one ? 1.5 : .6), one ? 6 : 34, one ? 3 : 1.2, one ? 108 : 80);
    brush.fillText(shown.positions[i], to(s), 130);
  });
  brush.fillStyle = colour("tempo");
  for (const s of taps) { brush.beginPath(); brush.moveTo(to(s), 12); brush.lineTo(to(s) - 6, 0); brush.lineTo(to(s) + 6, 0); brush.fill(); }
  brush.fillStyle = colour("cursor"); brush.fillRect(to(sound.currentTime) - .7, 0, 1.4, 116);
}

function oneAt(event) {
  const box = near.getBoundingClientRect(), time = held - REACH + 2 * REACH * (event.clientX - box.left) / box.width;
  if (time >= 0 && time < facts.duration) choose(time);
}
near.addEventListener("pointerdown", e => { held = sound.currentTime; near.setPointerCapture(e.pointerId); oneAt(e); });
near.addEventListener("pointermove", e => { if (held !== null) oneAt(e); });
for (const end of ["pointerup", "pointercancel"]) near.addEventListener(end, () => { held = null; drawNear(); });
get("tap").addEventListener("pointerdown", e => { e.preventDefault(); tap(); });
get("tap").addEventListener("click", e => { if (!e.detail) tap(); });  // from the keyboard
get("earlier").addEventListener("click", () => step(-1));
get("later").addEventListener("click", () => step(1));
get("over").addEventListener("click", () => { taps = []; settle(null); });
get("copy").addEventListener("click", async () => {
  try { await navigator.clipboard.writeText(get("option").textContent); }
  catch { getSelection().selectAllChildren(get("option")); document.execCommand("copy"); }
  get("copy").textContent = "Copied";
});
for (const choice of document.querySelectorAll("#choices button"))
  choice.addEventListener("click", () => { choice.dataset.time ? choose(+choice.dataset.time) : (taps = [], settle(null)); });
sound.addEventListener("pause", stopTapping);

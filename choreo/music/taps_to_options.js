// From what a person taps to the options that make choreo hear it so, and to the beats as they will be then.
// `song` has beats, positions, metres (a number for each beat), metre, parts (of a beat), bpm, grid, duration; `given` the options
// that the page was made with, by flag.
const PACES = {half: .5, double: 2};
const FITS = [1, 1.5, 2, 2.5, 3, 3.5, 4, 5, 6, 7, 8, 10, 12, 14];  // beats between two ones that a person may mean
const LOOSE = .12;  // of a beat, by which the beats between ones that are tapped may differ from those
const DRIFT = .25;  // of a beat: taps that on the whole leave their place by more are at another pace
const OFF_BEAT = .3;  // of a beat: taps that are on the whole as far from beats lie on the off-beat
const FASTEST = 170;  // a pace is not doubled beyond this

const median = values => {
  const sorted = [...values].sort((a, b) => a - b), middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};
const mod = (a, n) => ((a % n) + n) % n;
const steps = values => values.slice(1).map((v, i) => v - values[i]);

function lastAtOrBefore(beats, time) {  // index, -1 when all are later
  let low = 0, high = beats.length;
  while (low < high) { const mid = (low + high) >> 1; beats[mid] <= time ? low = mid + 1 : high = mid; }
  return low - 1;
}
function inBeats(beats, time) {  // the time as a number of beats, counted on beyond the ends
  const k = Math.min(Math.max(lastAtOrBefore(beats, time), 0), beats.length - 2);
  return k + (time - beats[k]) / (beats[k + 1] - beats[k]);
}
function atBeat(beats, index) {  // the other way round
  const k = Math.min(Math.max(Math.floor(index), 0), beats.length - 2);
  return beats[k] + (index - k) * (beats[k + 1] - beats[k]);
}
function line(counts, values) {  // least squares
  const n = counts.length, x = counts.reduce((a, b) => a + b) / n, y = values.reduce((a, b) => a + b) / n;
  const slope = counts.reduce((s, c, i) => s + (c - x) * (values[i] - y), 0) / counts.reduce((s, c) => s + (c - x) ** 2, 0);
  return {slope, start: y - slope * x};
}

// What is tapped: `pace` and `metre` (0: as heard), `shift` of all beats in seconds, `bpm` where no beats fit, the second of
// a one. Null without taps; `every` is 1 where every beat is tapped.
function meant(song, taps) {
  if (!taps.length || song.beats.length < 2) return null;
  const as = {pace: 1, metre: 0, shift: 0, bpm: 0}, at = taps.map(t => inBeats(song.beats, t));
  if (taps.length < 3) return {...as, one: atBeat(song.beats, Math.round(at.at(-1)))};
  const usual = median(steps(taps)), counts = [0];
  for (const gap of steps(taps)) counts.push(counts.at(-1) + Math.max(1, Math.round(gap / usual)));
  const every = median(steps(at).map((gap, i) => gap / (counts[i + 1] - counts[i])));
  const fit = FITS.reduce((a, b) => Math.abs(b - every) < Math.abs(a - every) ? b : a);
  const places = at.map((a, i) => a - fit * counts[i]), drift = median(places.map(p => Math.abs(p - median(places))));
  if (fit === 1 && Math.abs(every - 1) < LOOSE) return {...as, every: 1, one: atBeat(song.beats, Math.round(at[0]))};
  if (Math.abs(every - fit) > LOOSE || drift > DRIFT) {
    const seconds = line(counts, taps);
    let bpm = 60 * song.metre / seconds.slope;
    while (bpm > FASTEST + 30) bpm /= 2;
    while (bpm < 50) bpm *= 2;
    return {...as, bpm, one: seconds.start};
  }
  const double = 2 * fit === song.metre && song.parts === 2 && 2 * song.bpm <= FASTEST || fit % 1;
  if (double) { as.pace = 2; as.metre = 2 * fit === song.metre ? 0 : 2 * fit; }
  else if (fit === 2 * song.metre || fit > 7 || fit === 6 && song.metre !== 6) {
    as.pace = .5; as.metre = fit === 2 * song.metre ? 0 : fit / 2;
  } else if (fit !== song.metre) as.metre = fit;
  const parts = double ? 2 : 1, turn = 2 * Math.PI * parts;
  const angle = Math.atan2(at.reduce((s, a) => s + Math.sin(turn * a), 0), at.reduce((s, a) => s + Math.cos(turn * a), 0));
  const late = angle / turn;  // of a beat, -.5 to .5
  if (!double && Math.abs(late) > OFF_BEAT) as.shift = late * 60 / song.bpm;
  const near = at.map(a => Math.round(parts * (a - (as.shift ? late : 0)))), round = parts * fit;
  const votes = near.map(n => near.filter(m => mod(m - n, round) === 0).length);
  const chosen = near[votes.indexOf(Math.max(...votes))];
  return {...as, one: atBeat(song.beats, chosen / parts) + as.shift};
}

// The options for it, by flag: those that were given, changed.
function optionsFor(song, given, said) {
  const options = {...given}, put = (flag, value, digits) => options[flag] = String(+value.toFixed(digits));
  const offset = +(given["--offset"] || 0), parts = {3: 9, 2: 6, 4: 12};
  const stepped = said.pace * (PACES[given["--octave"]] || 1);
  if (said.metre) put("--meter", song.parts === 3 && said.pace === 1 ? parts[said.metre] || said.metre : said.metre, 0);
  if (said.bpm) { delete options["--beats"]; delete options["--octave"]; put("--bpm", said.bpm, 2); }
  else if (said.pace !== 1) {
    if (given["--bpm"] && !given["--octave"]) put("--bpm", given["--bpm"] * said.pace, 3);
    else if (stepped === 1) delete options["--octave"];
    else if (stepped === .5 || stepped === 2) options["--octave"] = stepped === 2 ? "double" : "half";
    else { delete options["--octave"]; put("--bpm", song.bpm * said.pace, 2); }
  }
  if (said.shift) put("--offset", offset + said.shift, 2);
  const exact = said.bpm || song.grid;  // of a grid, --offset moves the downbeat as well
  put("--downbeat", Math.max(0, said.one - (exact ? +(options["--offset"] || 0) : 0)), said.bpm ? 3 : 2);
  return options;
}
const words = options => Object.entries(options).map(([flag, value]) => flag + " " + value).join(" ");

// Beats, positions and beats in a bar as they will be.
function asSaid(song, said) {
  if (!said) return {beats: song.beats, positions: song.positions, metre: song.metre};
  let {beats, positions} = song, {metre} = song;
  if (said.bpm) {
    const period = 60 / said.bpm, first = Math.ceil(-said.one / period), last = (song.duration - said.one) / period;
    beats = [];
    for (let k = first; k < last; k++) beats.push(said.one + k * period);
  } else if (said.shift) beats = beats.map(t => t + said.shift);
  if (said.pace === 2) beats = beats.flatMap((t, i) => i ? [(beats[i - 1] + t) / 2, t] : [t]);
  let one = Math.round(inBeats(beats, said.one));
  if (said.pace === .5) { beats = beats.filter((_, i) => mod(i - one, 2) === 0); one = Math.round(inBeats(beats, said.one)); }
  metre = said.metre || metre;
  const steady = song.metres.every(m => m === metre);
  if (said.bpm || said.metre || said.pace !== 1 || steady) return {beats, positions: beats.map((_, i) => mod(i - one, metre) + 1), metre};
  const ones = positions.flatMap((p, i) => p === 1 ? [i] : []);
  const late = one - ones.reduce((a, b) => Math.abs(b - one) < Math.abs(a - one) ? b : a, ones[0]);
  positions = beats.map((_, i) => {
    const k = Math.min(Math.max(i - late, 0), beats.length - 1);
    return mod(song.positions[k] - 1 + i - late - k, song.metres[k]) + 1;
  });
  return {beats, positions, metre};
}

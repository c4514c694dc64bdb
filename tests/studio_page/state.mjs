// A state as the server sends it: 16 bars of two seconds, 8 steps, three dancers.

const BARS = 16;

/** @param {object} [plan] What differs. */
export function state(plan = {}) {
  const bars = Array.from({ length: BARS + 1 }, (_, k) => 1 + 2 * k);
  const step = (number, bars_ = 2, bar = 2 * number) => ({
    bar, bars: bars_, start: bars[bar], end: bars[bar + bars_], clip: `clip-${number}`, name: `move-${number}`, label: `move ${number}`, style: "house",
    mirror: number % 2 === 1, manner: "", holds: false, locked: number === 3, pinned: false, recording: false, level: 1, why: ["fits the tempo"],
  });
  return {
    revision: 1, song: { name: "song", seconds: 36, tempo: 120, metre: 4, octave: "auto", downbeat: null },
    plan: {
      start: 1, end: 33, seed: 4, style: "house", bars, beats: Array.from({ length: 65 }, (_, k) => 1 + k / 2),
      positions: Array.from({ length: 65 }, (_, k) => k % 4 + 1), steps: Array.from({ length: 8 }, (_, k) => step(k)),
      sections: [[1, 17, "verse", "A"], [17, 33, "chorus", "B"]], energy: Array.from({ length: BARS }, (_, k) => k / BARS), drawn: {},
      wishes: [], bans: [], locks: [[6, 8]],
      dancers: { count: 3, formation: "auto", unison: "auto", parts: [{ bars: [0, 8], formation: "V", roles: "unison" }, { bars: [8, 16], formation: "line", roles: "canon" }] },
      shots: [{ bar: 0, bars: 8, shot: "wide", own: false }, { bar: 8, bars: 8, shot: "medium", own: true }],
      lights: [{ bar: 0, bars: 16, light: "blue", own: false }], ...plan,
    },
    take: null, history: { undo: 0, redo: 0, said: "" }, versions: [], saved: true, path: "song.json", notes: [],
    choices: { styles: ["house", "ballet"], formations: ["V", "line"], roles: ["unison", "canon"], unisons: ["auto", "unison"], shots: ["wide", "medium"], lights: ["blue", "amber"], formats: ["mp4"], levels: ["easy", "middle"] },
    exports: [],
  };
}

// Keys for directing: rows of the page's one table of keys.

/**
 * `keys` are names as `KeyboardEvent.key` has them, after Ctrl+, Shift+ and Alt+ in this order; `words` stand on the sheet.
 * @typedef {{keys: string[], group: string, words: string, act: (event: KeyboardEvent) => void}} KeyRow
 */

/** @param {any} hands What keys do: the timeline, tabs and panels. @returns {KeyRow[]} */
export function directingKeys({ timeline, show, open, search, pin, tap, dance }) {
  const command = (/** @type {string} */ name, /** @type {any} */ value = undefined) => () => timeline.command(name, value);
  const choose = "Choose", change = "Change", takes = "Takes", look = "Look";
  return [
    { keys: ["ArrowLeft"], group: choose, words: "the step before", act: () => timeline.step(-1) },
    { keys: ["ArrowRight"], group: choose, words: "the next step", act: () => timeline.step(1) },
    { keys: ["Shift+ArrowLeft"], group: choose, words: "one step less", act: () => timeline.step(-1, true) },
    { keys: ["Shift+ArrowRight"], group: choose, words: "one step more", act: () => timeline.step(1, true) },
    { keys: ["ArrowUp"], group: choose, words: "the row above", act: () => timeline.row(-1) },
    { keys: ["ArrowDown"], group: choose, words: "the row below: dancers, camera, lights", act: () => timeline.row(1) },
    { keys: ["Home"], group: choose, words: "the first step", act: () => timeline.step(-1e6) },
    { keys: ["End"], group: choose, words: "the last step", act: () => timeline.step(1e6) },
    { keys: ["Enter"], group: choose, words: "other steps for this place", act: open },
    { keys: ["/"], group: choose, words: "search all moves", act: search },
    { keys: ["Escape"], group: choose, words: "stop dragging and trying, choose nothing", act: () => {
      dance.preview(null);
      if (timeline.cancel()) return;
      if (timeline.mode !== "select") timeline.setMode("select");
      else timeline.select(null);
    } },
    { keys: ["Alt+ArrowLeft"], group: change, words: "a bar earlier", act: command("later", -1) },
    { keys: ["Alt+ArrowRight"], group: change, words: "a bar later", act: command("later", 1) },
    { keys: ["Shift+Alt+ArrowLeft"], group: change, words: "begin a bar earlier", act: command("begin", -1) },
    { keys: ["Shift+Alt+ArrowRight"], group: change, words: "begin a bar later", act: command("begin", 1) },
    { keys: ["Alt+ArrowDown"], group: change, words: "a bar shorter", act: command("longer", -1) },
    { keys: ["Alt+ArrowUp"], group: change, words: "a bar longer", act: command("longer", 1) },
    { keys: ["m"], group: change, words: "mirror", act: command("mirror") },
    { keys: ["u"], group: change, words: "lock or unlock", act: command("lock") },
    { keys: ["p"], group: change, words: "pin or unpin", act: pin },
    { keys: ["h"], group: change, words: "hold still or move again", act: command("hold") },
    { keys: ["x"], group: change, words: "never this move", act: command("ban") },
    { keys: ["Delete", "Backspace"], group: change, words: "something else here", act: command("else") },
    { keys: ["w"], group: change, words: "wilder here", act: command("wilder") },
    { keys: ["Shift+W"], group: change, words: "calmer here", act: command("calmer") },
    { keys: ["e"], group: change, words: "draw energy", act: () => timeline.setMode(timeline.mode === "energy" ? "select" : "energy") },
    { keys: ["t"], group: change, words: "this beat is the one", act: tap },
    { keys: ["r"], group: takes, words: "another take of what is chosen", act: command("retake") },
    { keys: ["+", "="], group: look, words: "nearer", act: () => timeline.zoom(1.4) },
    { keys: ["-"], group: look, words: "farther", act: () => timeline.zoom(0.7) },
    { keys: ["0"], group: look, words: "the whole song", act: () => timeline.whole() },
  ];
}

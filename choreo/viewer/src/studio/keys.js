// One table of keys: what they do, and the words of the sheet under `?`.

/** @typedef {import("./directing_keys.js").KeyRow} KeyRow */

const WRITING = "input:not([type=checkbox]):not([type=radio]):not([type=range]):not([type=button]), textarea, select, [contenteditable]";
const PRESSED = "button, a[href], summary, [role=option], [role=tab]";
/** @type {Record<string, string>} */
const WORDS = { " ": "Space", ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", Escape: "Esc", Delete: "Del", Backspace: "Backspace", Enter: "Enter" };

/** Names under which an event may stand in the table, the exact one first. @param {KeyboardEvent} event */
export function namesOf(event) {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key, letter = /^[a-z]$/.test(key);
  const ctrl = event.ctrlKey || event.metaKey ? "Ctrl+" : "", alt = event.altKey ? "Alt+" : "";
  if (!event.shiftKey) return [`${ctrl}${alt}${key}`];
  const upper = letter ? key.toUpperCase() : key;
  const exact = [`${ctrl}Shift+${alt}${upper}`, `${ctrl}Shift+${alt}${key}`];
  return letter || key.length > 1 ? exact : [...exact, `${ctrl}${alt}${key}`];
}

/** How a key is written on the sheet. @param {string} name */
export function written(name) {
  return name === "+" ? "+" : name.split(/\+(?=.)/).map(part => WORDS[part] ?? (part.length === 1 ? part.toUpperCase() : part)).join(" + ");
}

/** @param {KeyRow[]} rows */
export function listen(rows) {
  const table = new Map(rows.flatMap(row => row.keys.map(key => /** @type {[string, KeyRow]} */ ([key, row]))));
  /** @type {Element | null} */
  let pointed = null; // the button that was pressed with a pointer last
  document.addEventListener("pointerdown", event => { pointed = /** @type {Element} */ (event.target).closest(PRESSED); }, true);
  document.addEventListener("keydown", event => {
    if (event.key === "Tab") pointed = null;
    if (event.defaultPrevented || event.isComposing) return;
    const names = namesOf(event), row = names.map(name => table.get(name)).find(Boolean);
    const target = /** @type {Element} */ (event.target);
    if (!row || document.querySelector("dialog[open]")) return;
    const always = event.key === "Escape" || /^Ctrl\+(s|z|y|Shift\+Z)$/.test(names[0]);
    if (target.closest?.(WRITING) && (!always || (names[0] !== "Ctrl+s" && event.key !== "Escape"))) return;
    // Keys that press a button stay the button's while the keyboard is on it; after a click they are the page's again.
    const pressed = target.closest?.(PRESSED);
    if ((event.key === " " || event.key === "Enter") && pressed && pressed !== pointed) return;
    if (/^Arrow/.test(event.key) && target.closest?.("[type=range], [role=tab]")) return;
    event.preventDefault();
    row.act(event);
  });
}

// Versions that have a name, and the file in which the plan is saved.

import { button, make } from "./parts.js";
import { sheet } from "./dialogs.js";

/** @param {{store: import("../store.js").Store, done: (promise: Promise<any>, said?: string) => Promise<any>}} page */
export function versions({ store, done }) {
  const list = /** @type {HTMLElement} */ (document.getElementById("version-list"));
  const name = /** @type {HTMLInputElement} */ (document.getElementById("version-name"));
  const path = /** @type {HTMLInputElement} */ (document.getElementById("save-name"));
  const shown = sheet("versions", "ask-versions", () => {
    path.value = store.state?.path ?? "";
    if (!name.value) name.placeholder = `version ${(store.state?.versions.length ?? 0) + 1}`;
  });
  const form = (/** @type {string} */ id, /** @type {() => void} */ act) =>
    document.getElementById(id)?.addEventListener("submit", event => { event.preventDefault(); act(); });
  form("version-form", () => {
    const given = name.value.trim() || name.placeholder;
    done(store.act(/** @type {any} */ ({ do: "version", name: given })), `This version is called ${given}.`).then(() => { name.value = ""; });
  });
  form("save-form", () => { save(path.value.trim()).then(shown.close); });

  /** @param {string} [as] */
  function save(as) {
    return done(store.ask("save", as && as !== store.state?.path ? { path: as } : {}).then(({ path: file }) => {
      if (file) path.value = file.split(/[\\/]/).pop() ?? file;
      return file;
    }), "The plan is saved.");
  }

  let drawn = "";
  store.on(state => {
    const key = JSON.stringify(state?.versions ?? []);
    if (!state || key === drawn) return;
    drawn = key;
    list.replaceChildren(...state.versions.map(each =>
      make("li", {}, make("span", {}, each), button("Open", () => done(store.act(/** @type {any} */ ({ do: "open_version", name: each })), `${each} is on the stage; undo goes back.`),
        { "aria-label": `Open ${each}` }))));
    if (!state.versions.length) list.append(make("li", { className: "faint" }, "None yet. A version is the dance as it is now, kept under a name while you go on."));
  });
  return { ...shown, save };
}

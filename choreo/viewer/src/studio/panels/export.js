// Files made of the dance: which, how large, how far they are, and where to take them.

import { button, make } from "./parts.js";
import { sheet } from "./dialogs.js";

/** @typedef {import("../types.d.ts").Export} Export */

/** @type {Record<string, string>} */
const WORDS = {
  mp4: "Video (MP4)", webm: "Video with clear background (WebM)", mov: "Video for editing (MOV)", gif: "Moving picture (GIF)", webp: "Moving picture (WebP)", apng: "Moving picture (PNG)",
  png: "Single pictures (PNG)", exr: "Single pictures (EXR)", sheet: "Contact sheet", web: "Web page in 3D", glb: "Character, animated (GLB)", vrma: "Animation for VRM (VRMA)",
  fbx: "Autodesk (FBX)", usd: "Universal scene (USD)", usdz: "Universal scene (USDZ)", bvh: "Motion capture (BVH)", vmd: "MikuMikuDance (VMD)", "vmd-folded": "MikuMikuDance, folded (VMD)",
  "vmd-camera": "MikuMikuDance, camera (VMD)", smpl: "SMPL parameters", amass: "AMASS parameters (NPZ)", csv: "Positions of joints (CSV)", plan: "The plan (JSON)",
};
const ORDER = Object.keys(WORDS);
/** @type {[string, string, Record<string, number>][]} */
const SIZES = [
  ["720", "1280 × 720", { width: 1280, height: 720 }], ["1080", "1920 × 1080", { width: 1920, height: 1080 }],
  ["2160", "3840 × 2160", { width: 3840, height: 2160 }], ["tall", "1080 × 1920, upright", { width: 1080, height: 1920 }], ["small", "640 × 360, quick", { width: 640, height: 360 }],
];
/** @type {Record<string, string>} */
const STATES = { running: "running", done: "done", failed: "failed", cancelled: "cancelled" };

/** @param {{store: import("../store.js").Store, done: (promise: Promise<any>, said?: string) => Promise<any>, range: () => [number, number] | null}} page */
export function exporting({ store, done, range }) {
  const formats = /** @type {HTMLElement} */ (document.getElementById("export-formats"));
  const list = /** @type {HTMLElement} */ (document.getElementById("export-list"));
  const size = /** @type {HTMLSelectElement} */ (document.getElementById("export-size"));
  const part = /** @type {HTMLInputElement} */ (document.getElementById("export-part"));
  const begin = /** @type {HTMLButtonElement} */ (document.getElementById("export-begin"));
  const shown = sheet("exporting", "ask-export", () => {
    const span = range();
    part.disabled = !span;
    if (!span) part.checked = false;
  });
  size.replaceChildren(...SIZES.map(([value, words]) => make("option", { value }, words)));
  const chosen = () => [...formats.querySelectorAll("input")].filter(each => each.checked).map(each => each.value);
  const ready = () => { begin.disabled = !chosen().length; };
  formats.addEventListener("change", ready);
  document.getElementById("export-form")?.addEventListener("submit", event => {
    event.preventDefault();
    const span = part.checked ? range() : null, start = store.state?.plan.start ?? 0;
    const options = { ...SIZES.find(([value]) => value === size.value)?.[2], ...(span ? { start: Math.max(span[0] - start, 0), duration: span[1] - span[0] } : {}) };
    done(store.ask("export", { formats: chosen(), options }), "Export begun; you can go on directing.").catch(() => {});
  });

  let offered = "";
  /** @type {Map<string, {element: HTMLElement, key: string}>} */
  const rows = new Map();
  function offer(/** @type {string[]} */ names) {
    if (JSON.stringify(names) === offered) return;
    offered = JSON.stringify(names);
    const place = (/** @type {string} */ name) => (ORDER.indexOf(name) + ORDER.length + 1) % (ORDER.length + 1);
    formats.replaceChildren(...[...names].sort((a, b) => place(a) - place(b)).map(name => make("label", { className: "tick" },
      make("input", { type: "checkbox", value: name, checked: name === "mp4" }), make("span", {}, WORDS[name] ?? name.toUpperCase()))));
    ready();
  }
  function row(/** @type {Export} */ each) {
    const name = each.formats.map(format => WORDS[format] ?? format.toUpperCase()).join(", "), percent = Math.round(100 * each.share);
    const words = each.state === "running" ? `${percent} %${each.said ? `, ${each.said}` : ""}` : each.said ? `${STATES[each.state]}: ${each.said}` : STATES[each.state];
    const inside = [make("b", {}, name), make("small", {}, words)];
    if (each.state === "running") inside.push(make("progress", { max: 1, value: each.share, "aria-label": `${name}: ${percent} %` }));
    const tools = each.state === "running"
      ? [button("Cancel", () => done(store.ask("cancel", { export: Number(each.id) })), { "aria-label": `Cancel ${name}` })]
      : each.files.map(file => make("a", { href: `/exports/${each.id}/${encodeURIComponent(file)}`, download: file, className: "button" }, file));
    return make("li", { className: each.state }, make("div", { className: "said" }, ...inside), make("div", { className: "tools" }, ...tools));
  }
  store.on(state => {
    if (!state) return;
    offer(state.choices.formats);
    const running = state.exports.filter(each => each.state === "running").length;
    /** @type {HTMLElement} */ (document.getElementById("export-count")).textContent = running ? ` (${running})` : "";
    for (const each of state.exports) {
      const key = JSON.stringify(each), before = rows.get(String(each.id));
      if (before?.key === key) continue;
      const element = row(each);
      if (before) before.element.replaceWith(element);
      rows.set(String(each.id), { element, key });
    }
    const order = state.exports.map(each => /** @type {HTMLElement} */ (rows.get(String(each.id))?.element));
    if (order.some((element, k) => list.children[k] !== element) || list.children.length !== order.length) list.replaceChildren(...order);
    /** @type {HTMLElement} */ (document.getElementById("export-made")).hidden = !order.length;
  });
  return shown;
}

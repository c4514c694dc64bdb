// The sheet of keys, made of the table that the keys are heard with.

import { written } from "../keys.js";
import { make } from "./parts.js";
import { sheet } from "./dialogs.js";

/** @param {import("../directing_keys.js").KeyRow[]} rows */
export function help(rows) {
  const groups = [...new Set(rows.map(row => row.group))];
  const keysOf = (/** @type {string[]} */ keys) => keys.flatMap((key, k) => [...(k ? [" "] : []), make("kbd", {}, written(key))]);
  document.getElementById("keys")?.replaceChildren(...groups.map(group =>
    make("section", {}, make("h3", {}, group), make("dl", {}, ...rows.filter(row => row.group === group).flatMap(row =>
      [make("dt", {}, ...keysOf(row.keys)), make("dd", {}, row.words)])))));
  return sheet("help", "ask-help");
}

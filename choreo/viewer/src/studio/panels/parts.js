// Small parts that panels are made of.

/**
 * An element with its properties (`on...` are listeners, `aria-...`, `role` and `for` attributes) and what is in it.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag @param {Record<string, any>} [properties] @param {...(Node | string | null | false)} inside
 * @returns {HTMLElementTagNameMap[T]}
 */
export function make(tag, properties = {}, ...inside) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name.includes("-") || name === "role" || name === "for") element.setAttribute(name, String(value));
    else /** @type {any} */ (element)[name] = value;
  }
  element.append(...inside.filter(part => part !== null && part !== false).map(part => /** @type {Node | string} */ (part)));
  return element;
}

/** @param {string} words @param {() => void} act @param {Record<string, any>} [properties] */
export const button = (words, act, properties = {}) => make("button", { type: "button", onclick: act, ...properties }, words);

/**
 * A choice with its name before it. Chosen again and again: the value that asks for nothing stays on top.
 * @param {string} name @param {(value: string) => void} act @param {string} id
 */
export function choice(name, act, id) {
  const select = make("select", { id, onchange: () => act(select.value) });
  const label = make("label", { for: id }, make("span", {}, name), select);
  let shown = "";
  return {
    label, select,
    /** @param {[string, string][]} options Values and words. @param {string} value */
    fill(options, value) {
      const now = JSON.stringify(options);
      if (now !== shown) { shown = now; select.replaceChildren(...options.map(([each, words]) => make("option", { value: each }, words))); }
      if (document.activeElement !== select || select.value !== value) select.value = value;
    },
  };
}

/** Words as they are for whoever chooses one. @param {string[]} names @returns {[string, string][]} */
export const same = names => names.map(name => [name, name]);

/** A group under a heading. @param {string} title @param {...(Node | string | null | false)} inside */
export const group = (title, ...inside) => make("section", { "aria-label": title }, make("h3", {}, title), ...inside);

/**
 * Do something once a moment has passed in which nothing else was asked for.
 * @param {number} wait Milliseconds.
 */
export function later(wait) {
  let timer = 0;
  return {
    /** @param {() => void} act */
    ask(act) { clearTimeout(timer); timer = window.setTimeout(act, wait); },
    stop() { clearTimeout(timer); },
  };
}

// Light or dark: as the system has it, unless chosen here.

const NAMES = ["system", "light", "dark"], KEPT = "choreo-studio-theme";

/** @param {(dark: boolean) => void} changed */
export function theme(changed) {
  const dark = matchMedia("(prefers-color-scheme: dark)"), button = /** @type {HTMLElement} */ (document.getElementById("theme"));
  let name = "system";
  try { name = localStorage.getItem(KEPT) ?? name; } catch { /* nothing is kept in this browser */ }
  if (!NAMES.includes(name)) name = "system";
  function apply() {
    const isDark = name === "dark" || (name === "system" && dark.matches);
    document.documentElement.dataset.theme = isDark ? "dark" : "light";
    button.setAttribute("aria-label", `Colours: ${name === "system" ? "as the system has them" : name}`);
    button.title = `Colours: ${name === "system" ? "as the system has them" : name} (Shift+D)`;
    button.dataset.name = name;
    changed(isDark);
  }
  function next() {
    name = NAMES[(NAMES.indexOf(name) + 1) % NAMES.length];
    try { localStorage.setItem(KEPT, name); } catch { /* as above */ }
    apply();
  }
  button.addEventListener("click", next);
  dark.addEventListener("change", apply);
  return { next, apply };
}

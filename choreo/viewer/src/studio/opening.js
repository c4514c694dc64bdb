// The page before there is a dance: a place to drop a song or a plan, and how far listening is.

const STAGES = { reading: "Reading the file", listening: "Listening to the song", planning: "Choosing the steps" };

/** @param {import("./store.js").Store} store @param {() => boolean} replaces Whether the user lets what is open go. */
export function opening(store, replaces) {
  const byId = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
  const page = byId("opening"), files = /** @type {HTMLInputElement} */ (byId("open-file")), bar = /** @type {HTMLProgressElement} */ (byId("open-progress"));
  const busy = byId("open-busy"), choice = byId("open-choice"), words = byId("open-words"), error = byId("open-error");
  let waiting = false;

  function show() {
    page.hidden = !store.heard || (Boolean(store.state) && !waiting);
    busy.hidden = !waiting;
    choice.hidden = waiting;
    document.body.classList.toggle("opening", !page.hidden);
  }
  function failed(/** @type {string} */ said) {
    waiting = false;
    error.textContent = said;
    error.hidden = !said;
    show();
  }
  async function open(/** @type {File | undefined} */ file) {
    if (!file || waiting) return;
    if (store.state && !replaces()) return;
    failed("");
    waiting = true;
    words.textContent = `Opening ${file.name} …`;
    bar.removeAttribute("value");
    show();
    try {
      await store.send("open", file);
    } catch (trouble) {
      failed(/** @type {Error} */ (trouble).message);
      if (store.state) store.tell("failed", { error: /** @type {Error} */ (trouble).message });
    }
    files.value = "";
  }
  files.addEventListener("change", () => open(files.files?.[0]));
  byId("open-button").addEventListener("click", () => files.click());
  byId("ask-open").addEventListener("click", () => files.click());
  document.addEventListener("dragover", event => {
    if (![...event.dataTransfer?.types ?? []].includes("Files")) return;
    event.preventDefault();
    document.body.classList.add("dropping");
  });
  document.addEventListener("dragleave", event => { if (!event.relatedTarget) document.body.classList.remove("dropping"); });
  document.addEventListener("drop", event => {
    document.body.classList.remove("dropping");
    event.preventDefault();
    open(event.dataTransfer?.files[0]);
  });
  store.hear("listening", told => {
    if (!told.name) return;
    waiting = true;
    const stage = /** @type {Record<string, string>} */ (STAGES)[told.stage] ?? told.stage;
    words.textContent = `${told.name}: ${stage} …`;
    if (told.share > 0) bar.value = told.share; else bar.removeAttribute("value");
    show();
  });
  store.hear("failed", told => failed(told.error));
  store.on(state => { if (state) waiting = false; show(); });
}

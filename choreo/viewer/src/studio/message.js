// What the page says: quietly in the line of status, or as a message that stays until it is read.

const READ = 12_000; // milliseconds after which a message goes

/** What is said, and what went wrong. */
export function messages() {
  const status = /** @type {HTMLElement} */ (document.getElementById("status")), box = /** @type {HTMLElement} */ (document.getElementById("message"));
  const words = /** @type {HTMLElement} */ (document.getElementById("message-words"));
  let timer = 0;
  const clear = () => { box.hidden = true; words.textContent = ""; };
  document.getElementById("message-close")?.addEventListener("click", clear);
  const say = (/** @type {string} */ said) => { status.textContent = said; };
  /** @param {string} said @param {boolean} [stays] */
  function warn(said, stays = false) {
    words.textContent = said;
    // In an open sheet, or it could neither be seen nor heard.
    (document.querySelector("dialog[open]") ?? /** @type {HTMLElement} */ (document.getElementById("view"))).append(box);
    box.hidden = false;
    clearTimeout(timer);
    if (!stays) timer = window.setTimeout(clear, READ);
  }
  /** Wait for something, say that it is done, or what went wrong. @param {Promise<any>} promise @param {string} [said] */
  async function done(promise, said) {
    try {
      const answer = await promise;
      const notes = answer?.notes?.join(" ");
      if (notes) warn(notes);
      if (said ?? answer?.said) say(said ?? answer.said);
      return answer;
    } catch (error) {
      warn(/** @type {Error} */ (error).message);
      throw error;
    }
  }
  return { say, warn, clear, done };
}

// Sheets over the page: opened by a button, closed by their cross, by Escape, or by a press beside them.

/**
 * @param {string} id Of the dialog. @param {string} [opener] Id of its button. @param {() => void} [opened]
 * @returns {{element: HTMLDialogElement, open: () => void, close: () => void}}
 */
export function sheet(id, opener, opened = () => {}) {
  const element = /** @type {HTMLDialogElement} */ (document.getElementById(id));
  const open = () => { if (!element.open) { opened(); element.showModal(); } };
  const close = () => element.close();
  element.addEventListener("close", () => {
    const message = element.querySelector("#message");
    if (message) document.getElementById("view")?.append(message);
  });
  if (opener) document.getElementById(opener)?.addEventListener("click", open);
  element.querySelector(".close")?.addEventListener("click", close);
  element.addEventListener("pointerdown", event => {
    if (event.target !== element) return;
    const box = element.getBoundingClientRect();
    if (event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom) close();
  });
  return { element, open, close };
}

// The dialog before a run is stopped, cancelled or solved again. Without a script the same links lead to a page that asks the same.

const dialog = /** @type {HTMLDialogElement|null} */ (document.querySelector("[data-ask-dialog]"));

/**
 * @param {HTMLDialogElement} dialog
 * @param {HTMLAnchorElement} link that was pressed
 */
export function ask(dialog, link) {
  const find = (/** @type {string} */ name) => /** @type {HTMLElement} */ (dialog.querySelector(`[data-ask-${name}]`));
  const form = /** @type {HTMLFormElement} */ (dialog.querySelector("form"));
  const again = /** @type {HTMLFieldSetElement} */ (find("again"));
  const back = /** @type {HTMLInputElement} */ (find("back"));
  form.reset();
  form.action = link.href;
  find("question").textContent = link.dataset.question ?? "";
  find("help").textContent = link.dataset.help ?? "";
  find("confirm").textContent = link.dataset.confirm ?? "";
  again.hidden = again.disabled = link.dataset.ask !== "again";
  back.disabled = false;
  back.value = location.pathname + location.search;
  dialog.showModal();
  /** @type {HTMLInputElement} */ (form.elements.namedItem("reason")).focus();
}

if (dialog) {
  dialog.querySelector("[data-ask-close]")?.addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close(); // the backdrop belongs to the dialog
  });
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a[data-ask]") : null;
    const plain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
    if (!(link instanceof HTMLAnchorElement) || !plain) return;
    event.preventDefault();
    ask(dialog, link);
  });
}

/** Says what happened: to a screen reader, and where something failed, in sight. */

const SHOWN_FOR = 8000;

/** Speaks a sentence through the live region. @param {string} text */
export function announce(text) {
  const region = document.getElementById("live-region");
  // A repeated sentence is spoken only if the text changes.
  region.textContent = region.textContent === text ? `${text}\u00a0` : text;
}

/**
 * Shows an error until it is closed or its time is over.
 * @param {Error & {errors?: Array<{code: string, message: string, help: string[]}>}} error
 */
export function complain(error) {
  // The head of the page already says that the server is lost.
  if (error.name === "LostError") return;
  const errors = error.errors?.length ? error.errors : [{ code: "", message: error.message, help: [] }];
  for (const each of errors) show(each);
}

function show({ code, message, help }) {
  const toast = document.createElement("div");
  toast.className = "toast";
  const words = document.createElement("p");
  words.textContent = [code, message].filter(Boolean).join(": ");
  const close = document.createElement("button");
  close.type = "button";
  close.textContent = "Close";
  close.addEventListener("click", () => toast.remove());
  toast.append(words);
  for (const line of help ?? []) {
    const advice = document.createElement("p");
    advice.className = "note";
    advice.textContent = line;
    toast.append(advice);
  }
  toast.append(close);
  document.getElementById("toasts").append(toast);
  setTimeout(() => { if (!toast.matches(":hover, :focus-within")) toast.remove(); }, SHOWN_FOR);
}

/** The dialog that lists all keys. */

import { bindKeys, listKeys } from "./keys.js";

/** Makes the button and the key "?" open the list. */
export function showKeyList() {
  const dialog = document.createElement("dialog");
  dialog.setAttribute("aria-labelledby", "keys-title");
  const title = document.createElement("h2");
  title.id = "keys-title";
  title.textContent = "Keys";
  const list = document.createElement("dl");
  list.className = "keys";
  const close = document.createElement("button");
  close.type = "button";
  close.textContent = "Close";
  close.addEventListener("click", () => dialog.close());
  dialog.append(title, list, close);
  document.getElementById("dialogs").append(dialog);

  const open = () => {
    list.replaceChildren(...listKeys().flatMap(([key, words]) => {
      const term = document.createElement("dt");
      const cap = document.createElement("kbd");
      cap.textContent = key;
      term.append(cap);
      const what = document.createElement("dd");
      what.textContent = words;
      return [term, what];
    }));
    dialog.showModal();
  };
  document.getElementById("show-keys").addEventListener("click", open);
  bindKeys({ "?": open }, { "?": "this list" });
}

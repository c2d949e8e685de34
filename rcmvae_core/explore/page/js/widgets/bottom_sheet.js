// On a phone the panels are a sheet at the bottom, which folds; elsewhere the button is not shown.
import { h } from "./dom.js";

/**
 * Adds the button that folds the panels, and unfolds them where a tab is chosen.
 * @param {HTMLElement} side what holds the tabs and the open panel
 */
export function foldable(side) {
  const tabs = side.querySelector("[role=tablist]");
  const button = h(
    "button",
    { type: "button", class: "quiet sheet-button", "aria-controls": "panel", on: { click: () => set(!isOpen()) } },
  );
  const isOpen = () => side.classList.contains("open");

  function set(open) {
    side.classList.toggle("open", open);
    button.setAttribute("aria-expanded", String(open));
    button.textContent = open ? "Fold the panels" : "Unfold the panels";
  }

  tabs.before(button);
  tabs.addEventListener("click", (event) => { if (event.target.closest("[role=tab]")) set(true); });
  set(false);
}

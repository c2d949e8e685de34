/** The switch between light and dark; the choice is kept on this computer. */

const KEY = "rcmvae-scheme";

/** Shows the kept choice and follows the switch. `document` gets an event "scheme" when colours have changed. */
export function showScheme() {
  const switcher = document.getElementById("scheme");
  switcher.value = read() ?? "auto";
  const apply = () => {
    document.documentElement.dataset.scheme = switcher.value;
    document.dispatchEvent(new Event("scheme"));
  };
  switcher.addEventListener("change", () => {
    keep(switcher.value);
    apply();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", apply);
  apply();
}

/** Returns whether the page is dark now. */
export function isDark() {
  const chosen = document.documentElement.dataset.scheme;
  if (chosen === "dark" || chosen === "light") return chosen === "dark";
  return matchMedia("(prefers-color-scheme: dark)").matches;
}

// Storage is refused in some frames (a notebook's, for instance); the page works without it.
function read() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

function keep(value) {
  try {
    localStorage.setItem(KEY, value);
  } catch {
    return;
  }
}

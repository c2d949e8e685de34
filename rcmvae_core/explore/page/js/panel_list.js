/** The panels, in their order. A panel that cannot be loaded is left out and reported; the maps stay. */

export const PANELS = ["labelling", "detail", "queue", "training", "models", "channels", "ood", "help"];

/** Returns the modules of the panels that could be loaded, and calls `onError` for the others. */
export async function loadPanels(onError) {
  const loaded = await Promise.all(PANELS.map((name) => import(`./panels/${name}.js`).catch((error) => {
    onError(error);
    return null;
  })));
  return loaded.filter(Boolean);
}

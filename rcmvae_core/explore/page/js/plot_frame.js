/** The elements of one plot: title, canvases on top of each other, axes, and the line that says what is shown. */

/**
 * Builds the elements.
 * @param {"map"|number} which
 * @returns {Object<string, HTMLElement>} figure, title, badges, enlarge, stage, under, canvas, over, shown, axisX, axisY, reason
 */
export function buildFrame(which) {
  const figure = make("figure", "plot");
  figure.dataset.plot = String(which);
  const caption = make("figcaption", "plot-head", figure);
  const title = make("h3", "plot-title", caption);
  const badges = make("span", "badges", caption);
  const enlarge = make("button", "quiet enlarge", caption);
  enlarge.type = "button";
  enlarge.textContent = "Enlarge";
  const stage = make("div", "stage", figure);
  stage.tabIndex = 0;
  stage.setAttribute("role", "application");
  stage.setAttribute("aria-roledescription", "scatter plot");
  const [under, canvas, over] = ["under", "points", "over"].map((name) => {
    const layer = make("canvas", name, stage);
    layer.setAttribute("aria-hidden", "true");
    return layer;
  });
  const axisX = make("span", "axis axis-x", stage);
  const axisY = make("span", "axis axis-y", stage);
  const reason = make("p", "reason", stage);
  const shown = make("p", "shown", figure);
  shown.id = `shown-${which}`;
  stage.setAttribute("aria-describedby", shown.id);
  return { figure, title, badges, enlarge, stage, under, canvas, over, shown, axisX, axisY, reason };
}

function make(name, className, parent = null) {
  const element = document.createElement(name);
  element.className = className;
  parent?.append(element);
  return element;
}

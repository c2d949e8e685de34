/** What gives the colours and the coordinates. */

const SCOPES = { labels: "From the labels", model: "From the model", data: "From the data" };

/** Fills the view section of the side bar. @param {Object} context */
export function showViewControls({ state, actions }) {
  const host = document.getElementById("view-controls");
  const { session } = state.values;

  const colour = field("Colour by", "colour-by");
  for (const [scope, words] of Object.entries(SCOPES)) {
    const group = document.createElement("optgroup");
    group.label = words;
    group.append(...session.columns.filter((each) => each.scope === scope).map(option));
    if (group.children.length) colour.select.append(group);
  }
  colour.select.addEventListener("change", () => actions.colourBy(colour.select.value));

  const projection = field("Projection", "projection");
  projection.select.append(...session.projections.map(option));
  projection.select.addEventListener("change", () => state.set({ projection: projection.select.value }));

  const decodes = document.createElement("label");
  decodes.className = "check";
  const box = document.createElement("input");
  box.type = "checkbox";
  box.id = "show-decodes";
  decodes.append(box, "Grid of decodes under the points");
  box.addEventListener("change", () => state.set({ showDecodes: box.checked }));

  const waiting = document.createElement("p");
  waiting.className = "note";
  waiting.setAttribute("role", "status");
  host.append(colour.element, projection.element, waiting, decodes);
  const sync = () => {
    const { values } = state;
    colour.select.value = values.colourBy;
    colour.select.title = session.columns.find((each) => each.name === values.colourBy)?.description ?? "";
    projection.select.value = values.projection;
    const { drawn } = values;
    waiting.textContent = drawn && drawn.name !== values.projection ? "Computing the coordinates…" : "";
    waiting.hidden = !waiting.textContent;
    box.disabled = !(drawn?.channels.invertible || drawn?.map.invertible) || session.inputs.kind === "table";
    decodes.title = box.disabled ? "This projection has no way back to the latent space" : "";
  };
  state.subscribe(["colourBy", "projection", "drawn"], sync);
  sync();
}

function field(words, id) {
  const element = document.createElement("label");
  element.className = "field";
  const select = document.createElement("select");
  select.id = id;
  element.append(words, select);
  return { element, select };
}

function option({ name, title }) {
  const element = document.createElement("option");
  element.value = name;
  element.textContent = title;
  return element;
}

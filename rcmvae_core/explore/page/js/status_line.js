/** The head's facts and the line at the bottom: how much there is, how much is shown, and what it belongs to. */

const number = (count) => count.toLocaleString("en");

/** Fills both and keeps them. @param {Object} context */
export function showStatus({ state }) {
  const facts = document.getElementById("facts");
  const line = document.getElementById("status");
  const { inputs, channels, dim } = state.values.session;
  const what = { image: "pictures", series: "series", table: "rows" }[inputs.kind] ?? "inputs";
  const shape = inputs.shape.join(" × ");
  const plural = channels === 1 ? "1 channel" : `${channels} channels`;
  facts.textContent = `${number(inputs.count)} ${what} of ${shape} · ${plural} of ${dim} dimension${dim === 1 ? "" : "s"}`;

  const sync = () => {
    const { shown, selected, labels, model, revision, pending, connection, session, models } = state.values;
    let labelled = 0;
    for (let i = 0; i < labels.length; i++) labelled += labels[i] >= 0 ? 1 : 0;
    const name = models.find((each) => each.number === model)?.name ?? "";
    const parts = [
      `${number(shown.count)} of ${number(shown.of)} shown`, `${number(selected.length)} selected`, `${number(labelled)} labelled`,
      `model ${model} ${name}`, `label revision ${revision}`,
    ];
    if (pending && connection !== "open") parts.push(`${pending} waiting to be sent`);
    if (session.read_only) parts.push("read-only");
    line.replaceChildren(...parts.map((text) => {
      const element = document.createElement("span");
      element.textContent = text;
      return element;
    }));
  };
  state.subscribe(["shown", "selected", "labels", "model", "models", "revision", "pending", "connection"], sync);
  sync();
}

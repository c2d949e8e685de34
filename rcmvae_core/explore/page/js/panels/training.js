/** Trains the model on with the current labels, in a process of its own. */

import { banner, button, check, empty, field, fold, note, part, row, wholeNumber } from "../widgets/controls.js";
import { fill, h, soon } from "../widgets/dom.js";
import { lineChart } from "../widgets/line_chart.js";
import { count, counted, moment } from "../widgets/numbers.js";
import { failure, mounting, newest } from "../widgets/panel.js";
import { claimsPart } from "./claims.js";
import { changeWords } from "./model_words.js";

export const id = "training";
export const title = "Train";
export const key = "t";

const POLL = 2000;
const ENDED = {
  done: "Training is done.",
  stopped: "Training was stopped. No model was added, and every label is kept.",
  failed: "Training failed. The models before it and every label are kept.",
};

export const { mount, unmount } = mounting((root, context, until) => {
  const { state, api, actions } = context;
  const parts = { form: h("div"), claims: h("div"), news: h("div") };
  const form = { epochs: null, warm: true };
  root.append(parts.form, parts.claims, parts.news);
  const last = newest();

  async function load() {
    try {
      const training = await last(api.get("training"));
      if (training) state.set({ training });
    } catch (error) {
      if (state.values.connection === "open") fill(parts.news, failure(error));
    }
  }

  // News come by WebSocket; where a proxy blocks it, asking now and then does the same.
  const timer = setInterval(
    () => { if (state.values.training?.state === "running" && state.values.panel === id) load(); },
    POLL,
  );
  until(() => clearInterval(timer));

  async function post(path, body) {
    try {
      const reply = await api.post(path, body);
      if (reply?.state) state.set({ training: reply });
      await load();
    } catch (error) {
      actions.complain(error);
    }
  }

  function showForm() {
    const { session, models, model, training } = state.values;
    const running = training?.state === "running", why = whyNotTrain(session, state.values, running);
    form.epochs ??= models.find((each) => each.number === model)?.epochs || 10;
    const epochs = wholeNumber(form.epochs, [1, 1_000_000], (value) => { form.epochs = value; }, "epochs");
    epochs.disabled = running;
    const warm = check("Continue from the weights of this model", form.warm, (on) => { form.warm = on; });
    warm.querySelector("input").disabled = running;
    fill(
      parts.form,
      h("p", { text: "A new model is trained on all current labels. Meanwhile this page works, and every model before it stays." }),
      field("Epochs", epochs),
      warm,
      row(
        button("Train on", () => post("training", { epochs: form.epochs, warm_start: form.warm }), { kind: "primary", why }),
        button("Stop", () => post("training/stop", {}), { why: running ? null : "No training is running." }),
      ),
      why && !running ? note(why) : null,
    );
  }

  function showNews() {
    const training = state.values.training;
    if (!training || training.state === "idle") {
      return fill(parts.news, empty("No training has run yet. Its curves appear here while it runs."));
    }
    fill(parts.news, progress(training), ended(training, context), curves(training), lines(training));
  }

  until(state.subscribe(["training"], soon(() => { showForm(); showNews(); })));
  until(state.subscribe(["session", "model", "labels"], soon(showForm)));
  until(claimsPart(parts.claims, context));
  showForm();
  showNews();
  load();
});

function whyNotTrain(session, { labels }, running) {
  if (session.read_only) return session.why_not_label || "The server was started with --read-only.";
  if (running) return "A training is running already.";
  return labels.some((label) => label >= 0) ? null : "No input is labelled yet. Label some first.";
}

function progress({ state, epoch, epochs, started, seeds }) {
  if (state !== "running") return null;
  const seed = seeds?.length > 1 ? ` of each of ${counted(seeds.length, "seed")}` : "";
  return h("div", { class: "progress" },
    h("progress", { max: epochs || 1, value: epoch ?? 0, "aria-label": "Progress of training" }),
    note(
      `${epoch ? `Epoch ${count(epoch)}${epochs ? ` of ${count(epochs)}` : ""}${seed}` : "Starting: data are read and programs are compiled"}${started ? `; started at ${moment(started)}` : ""}.`
    ));
}

function ended(training, context) {
  const words = ENDED[training.state];
  if (!words) return null;
  const { actions } = context;
  if (training.state === "failed") return h(
    "div",
    {},
    banner(words, "warn"),
    training.errors?.length ? failure({ errors: training.errors.map(asError) }) : null,
  );
  if (training.state === "stopped") return banner(words);
  const box = h("div"), { model } = training;
  fill(box, banner(`${words} Model ${model} is its result.`));
  changeWords(context, model).then(
    (text) => fill(box, banner(`${words} ${text}`, "", button("See what changed", () => actions.showPanel("models"))))
  ).catch(() => undefined);
  return box;
}

const asError = (error) => (typeof error === "string" ? { code: "", message: error, help: [] } : error);

function curves({ curves: all }) {
  const entries = Object.entries(all ?? {}).filter(([, points]) => points.length);
  if (!entries.length) return null;
  const is = (name, ...words) => words.some((word) => name.toLowerCase().includes(word));
  const losses = entries.filter(
    ([name]) => is(name, "loss", "total")
  ), rates = entries.filter(([name]) => is(name, "accuracy")), elbos = entries.filter(([name]) => is(name, "elbo"));
  const others = entries.filter((entry) => ![...losses, ...rates, ...elbos].includes(entry));
  const chart = (name, some) => (
    some.length ? lineChart(name, some.map(([title, points]) => ({ name: title, points })), "epoch") : null
  );
  return part("Curves", chart("Loss", losses.slice(0, 4)), chart("Accuracy", rates.slice(0, 4)), chart("ELBO", elbos.slice(0, 4)),
    others.length ? fold("Other curves", false, others.slice(0, 12).map((entry) => chart(entry[0], [entry]))) : null);
}

const lines = ({ lines: last }) => (
  last?.length
    ? fold(
      "Output of the process",
      false,
      h(
        "pre",
        {
          tabIndex: 0, class: "output", text: last.join("\n"), data: { focus: "output" }, role: "region",
          "aria-label": "Output of the process",
        },
      ),
    )
    : null
);

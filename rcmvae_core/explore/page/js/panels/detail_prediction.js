// How the prediction comes about, how sure it is, and the out-of-distribution scores.
import { bar, track } from "../widgets/bars.js";
import { fold, note, part, table } from "../widgets/controls.js";
import { h } from "../widgets/dom.js";
import { count, number, percent } from "../widgets/numbers.js";
import { className, colourOf, nameOf } from "../widgets/swatch.js";

const CLASSES = 5;

/**
 * p(y|x), and below it how it is summed over the channels.
 * @param {{q: Array<{channel: number, q: number, tau: number[], product: number[]}>, p: number[], prediction: number}} seen
 * @param {Array<object>} classes
 * @returns {HTMLElement}
 */
export function predictionPart({ q, p, prediction }, classes) {
  if (!p.length) return part("Prediction", note("The model has no class yet: label some inputs, and each channel takes the class that its inputs have."));
  const order = p.map((_, place) => place).sort((a, b) => p[b] - p[a]);
  const top = order.slice(0, CLASSES);
  const rest = order.slice(CLASSES).reduce((sum, each) => sum + p[each], 0);
  const id = (place) => classes[place]?.id ?? place;
  return part(
    "Prediction",
    h("p", {}, className(prediction, classes), ` with ${percent(p[order[0]])}`),
    h("div", { class: "bars" }, top.map((place) => bar(className(id(place), classes), p[place], { colour: colourOf(id(place)) })),
      order.length > CLASSES ? bar(`${count(order.length - CLASSES)} other classes`, rest) : null),
    fold("Step by step", false,
      note("q(c|x) says how likely channel c made this input; τ says which class channel c stands for. Their products, summed over the channels, are p(y|x)."),
      steps(q, p, top.map((place) => [place, nameOf(id(place), classes)]))),
  );
}

function steps(q, p, columns) {
  const rows = q.map(({ channel, q: share, tau, product }) => [
    `channel ${channel}`, percent(share),
    ...columns.map(([place]) => h("span", { class: "product" }, `${percent(share)} × ${number(tau[place])} = `, h("strong", { text: percent(product[place]) }))),
  ]);
  const shown = q.reduce((sum, each) => sum + each.q, 0);
  const left = shown < 0.9999 ? [["other channels", percent(1 - shown), ...columns.map(([place]) => percent(Math.max(0, p[place] - q.reduce((sum, each) => sum + each.product[place], 0))))]] : [];
  const sum = ["p(y|x)", "", ...columns.map(([place]) => h("strong", { text: percent(p[place]) }))];
  return table(["Channel", "q(c|x)", ...columns.map(([, name]) => `τ to ${name}`)], [...rows, ...left, sum], "Prediction step by step");
}

/**
 * The uncertainty and its two parts.
 * @param {{entropy: number, aleatoric: number, epistemic: number}} seen
 * @returns {HTMLElement}
 */
export function uncertaintyPart({ entropy, aleatoric, epistemic }) {
  const share = (value) => (entropy > 0 ? value / entropy : 0);
  return part(
    "Uncertainty",
    h("p", { text: `The entropy of the prediction is ${number(entropy, "nats")}.` }),
    h("div", { class: "bars" },
      bar("Aleatoric", share(aleatoric), { text: number(aleatoric, "nats") }),
      note("It stays however much you label: the input itself looks like several classes."),
      bar("Epistemic", share(epistemic), { text: number(epistemic, "nats") }),
      note("It shrinks with more labels: the model does not know yet which class this is.")),
  );
}

/**
 * Every score as its quantile, with its threshold.
 * @param {{scores: Array<{name: string, value: number, quantile: number, threshold: number}>, ood: boolean}} seen
 * @param {object} session
 * @returns {HTMLElement|null}
 */
export function scoresPart({ scores, ood, reconstruction_error: error, sigma, log_likelihood: likelihood }, session) {
  const titled = (name) => session.scores.find((each) => each.name === name)?.title ?? name;
  return part(
    "Out-of-distribution scores",
    h("p", { class: ood ? "warn" : "" }, ood ? "This input counts as out-of-distribution." : "This input looks like the training data."),
    scores.map(({ name, value, quantile, threshold }) => {
      const above = threshold !== null && value > threshold;
      return h("div", { class: "score" },
        h("div", { class: "meter" }, h("span", { class: "meter-name", text: titled(name) }), track(quantile), h("span", { class: "meter-value", text: number(value) })),
        note(`Above ${percent(quantile)} of the training data; ${threshold === null ? "it has no threshold" : `${above ? "above" : "below"} its threshold ${number(threshold)}`}.`));
    }),
    h("dl", { class: "facts" }, fact("Reconstruction error", number(error)), fact("σ", sigma === null || sigma === undefined ? "one for all" : number(sigma)),
      likelihood === null || likelihood === undefined ? null : fact("Log-likelihood", number(likelihood, "nats"))),
  );
}

const fact = (term, value) => h("div", {}, h("dt", { text: term }), h("dd", { text: value }));

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
export function predictionPart({ q, rest, seeds, p, prediction }, classes) {
  if (!p.length) return part(
    "Prediction",
    note("The model has no class yet: label some inputs, and each channel takes the class that its inputs have."),
  );
  const order = p.map((_, place) => place).sort((a, b) => p[b] - p[a]);
  const top = order.slice(0, CLASSES);
  const others = order.slice(CLASSES).reduce((sum, each) => sum + p[each], 0);
  return part(
    "Prediction",
    h("p", {}, className(prediction, classes), ` with ${percent(p[order[0]])}`),
    h("div", { class: "bars" }, top.map(
      (place) => bar(className(place, classes), p[place], { colour: colourOf(place) })
    ),
      order.length > CLASSES ? bar(`${count(order.length - CLASSES)} other classes`, others) : null),
    fold("Step by step", false,
      note(
        "q(c|x) says how likely channel c made this input; τ says which class channel c stands for. Their products, summed over the channels, are p(y|x)."
      ),
      seeds?.length > 1
        ? note("The steps are those of the first seed; the prediction is the mean over all seeds.")
        : null,
      steps({ q, rest, seeds, p }, top.map((place) => [place, nameOf(place, classes)]))),
  );
}

const unbroken = (text) => h("span", { class: "product", text });

function steps({ q, rest, seeds, p }, columns) {
  const rows = q.map(({ channel, q: share, tau, product }) => [
    `channel ${channel}`, unbroken(percent(share)),
    ...columns.map(
      ([place]) => h(
        "span",
        { class: "product" },
        `${percent(share)} × ${number(tau[place])} = `,
        h("strong", { text: percent(product[place]) }),
      )
    ),
  ]);
  const left = 1 - q.reduce((sum, each) => sum + each.q, 0);
  const line = (title, values) => [
    title,
    "",
    ...columns.map(([place]) => h("strong", { text: percent(values[place]) })),
  ];
  if (left > 1e-4 && rest) rows.push(
    ["other channels", unbroken(percent(left)), ...columns.map(([place]) => percent(rest[place]))]
  );
  if (seeds?.length > 1) rows.push(line("sum, first seed", seeds[0]));
  rows.push(line("p(y|x)", p));
  return table(["Channel", "q(c|x)", ...columns.map(([, name]) => `τ to ${name}`)], rows, "Prediction step by step");
}

/**
 * The uncertainty and its parts.
 * @param {{entropy: number, aleatoric: number, epistemic: number}} seen
 * @param {number} seeds how many the run has
 * @returns {HTMLElement}
 */
export function uncertaintyPart({ entropy, aleatoric, epistemic }, seeds) {
  const share = (value) => (entropy > 0 ? value / entropy : 0), between = Math.max(0, entropy - aleatoric - epistemic);
  const line = (name, value, words) => [
    bar(name, share(value), { text: number(value < 1e-6 ? 0 : value, "nats") }),
    note(words),
  ];
  return part(
    "Uncertainty",
    h("p", { text: `The entropy of the prediction is ${number(entropy, "nats")}.` }),
    h("div", { class: "bars" },
      line(
        "Aleatoric",
        aleatoric,
        "It stays even if the channel is known: the channels of this input hold several classes.",
      ),
      line("Between channels", between, "The input could belong to channels of different classes."),
      line(
        "Epistemic",
        epistemic,
        seeds > 1
          ? "How much the seeds disagree; training on more labels makes it smaller."
          : "How much seeds disagree. This run has one seed, so it is 0.",
      )),
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
    h(
      "p",
      { class: ood ? "warn" : "" },
      ood ? "This input counts as out-of-distribution." : "This input looks like the training data.",
    ),
    scores.map(({ name, value, quantile, threshold }) => {
      const above = threshold !== null && value !== null && value > threshold;
      return h("div", { class: "score" },
        h(
          "div",
          { class: "meter" },
          h("span", { class: "meter-name", text: titled(name) }),
          track(quantile),
          h("span", { class: "meter-value", text: number(value) }),
        ),
        note(
          `Higher than ${shareOf(quantile)} training data; `
          + `${threshold === null ? "it has no threshold" : `${above ? "above" : "below"} its threshold ${number(threshold)}`}.`
        ));
    }),
    h("dl", { class: "facts" }, fact(
      "Reconstruction error", number(error),
    ), sigma === null || sigma === undefined ? null : fact("σ", number(sigma)),
      likelihood === null || likelihood === undefined ? null : fact("Log-likelihood", number(likelihood, "nats"))),
  );
}

const fact = (term, value) => h("div", {}, h("dt", { text: term }), h("dd", { text: value }));

/** A quantile before its noun. @param {number} quantile @returns {string} */
export const shareOf = (quantile) => (quantile >= 1 ? "all" : `${percent(quantile)} of the`);

/** The keys and what the words mean, on `h`. */

import { part, table } from "../widgets/controls.js";
import { h } from "../widgets/dom.js";
import { listKeys } from "../keys.js";
import { mounting } from "../widgets/panel.js";

export const id = "help";
export const title = "Help";
export const key = "h";

/** Keys of the queue's card and sheet, which act only there. */
const QUEUE_KEYS = [
  ["Enter", "queue: accept the prediction"], ["s", "queue: skip this input"], ["u", "queue: I cannot tell"],
  ["arrows", "queue: go back and forth; in the sheet also up and down"],
];

const WORDS = [
  [
    "Channel",
    "One of the K values of the discrete latent. Each channel has a map of its own, and tends to hold inputs that look alike.",
  ],
  ["q(c|x)", "How likely channel c is for input x."],
  [
    "τ",
    "Which class each channel stands for. It is built from the labels, so it follows each label at once, without training.",
  ],
  ["p(y|x)", "The prediction: for each class, q(c|x) times τ, summed over the channels."],
  ["Confidence", "The largest value of p(y|x)."],
  ["Entropy", "How spread the prediction is, in nats: 0 where one class has everything."],
  ["Aleatoric", "The part of the entropy that stays even if the channel is known: a channel holds several classes."],
  [
    "Epistemic",
    "How much the seeds disagree about the class. Training on more labels makes it smaller; with one seed it is 0.",
  ],
  ["σ", "How far the decoder expects the input to be from its reconstruction."],
  ["Out-of-distribution", "Unlike the training data: a score above its threshold."],
  ["Acquisition", "A rule that chooses which inputs to label next."],
  ["Revision", "The number of the last change of the labels. Each change adds 1, and undo is a change."],
  ["Held-out label", "A label that training never sees; accuracy is measured on it."],
  ["Model", "A trained run. Train on adds one, and each of them stays."],
  ["Core", "The share of a channel's inputs that it is most certain of."],
];

export const { mount, unmount } = mounting((root) => { root.append(keysPart(), wordsPart()); });

function keysPart() {
  const rows = [...listKeys(), ...QUEUE_KEYS].map(([key, words]) => [h("kbd", { text: key }), words]);
  return part(
    "Keys",
    h("p", { class: "note", text: "Keys do nothing while you type in a field." }),
    table(["Key", "What it does"], rows, "Keys"),
  );
}

const wordsPart = () => part(
  "Words",
  h("dl", { class: "words" }, WORDS.map(([word, text]) => h("div", {}, h("dt", { text: word }), h("dd", { text })))),
);

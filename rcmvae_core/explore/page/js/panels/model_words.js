// What changed between two models, in a sentence.
import { count, counted, percent } from "../widgets/numbers.js";

/**
 * Says how accuracy and predictions changed since a model's parent.
 * @param {object} context
 * @param {number} number of the newer model
 * @returns {Promise<string>}
 */
export async function changeWords({ state, api, actions }, number) {
  if (!state.values.models.some((each) => each.number === number)) await actions.refreshModels();
  const parent = state.values.models.find((each) => each.number === number)?.parent ?? number - 1;
  const change = await api.get(`models/${parent}/compare/${number}`, { labels: state.values.revision });
  return `${accuracyWords(change.accuracy, change.held_out_of)} ${counted(change.changed.length, "input")} changed the predicted class.`;
}

/** Accuracy before and after. @param {Array<number|null>} accuracy @param {number} of @returns {string} */
export function accuracyWords([before, after], of) {
  if (!of || before === null || after === null) return "Accuracy is unknown, because no held-out input is labelled.";
  return `Accuracy on held-out labels: ${percent(before)} → ${percent(after)} (${count(Math.round(before * of))} → ${count(Math.round(after * of))} of ${count(of)}).`;
}

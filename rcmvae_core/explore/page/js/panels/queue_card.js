// The queue one at a time: the input, the prediction, and why it is asked.
import { drawInputs } from "../widgets/cells.js";
import { fill, h, sentence } from "../widgets/dom.js";
import { number, percent } from "../widgets/numbers.js";
import { className } from "../widgets/swatch.js";
import { accept, entryActions } from "./queue_actions.js";
import { endOf } from "./queue_end.js";

const WORDS = {
  open: "Not labelled yet", sent: "Sending", labelled: "Labelled", skip: "Skipped", cannot_tell: "Marked as unclear",
};

/**
 * Shows one entry of the list.
 * @param {HTMLElement} root
 * @param {object} context
 * @param {object} list
 * @param {function(): void} ask
 * @returns {{show: function(): void, focus: function(): void}}
 */
export function queueCard(root, context, list, ask) {
  const { state, api, actions } = context;
  const picture = h("div", { class: `card-picture ${state.values.session.inputs.kind}` });
  const words = h("div", { class: "card-words" });
  const card = h(
    "div",
    {
      class: "card", tabIndex: 0, role: "group", "aria-label": "The input to label", data: { focus: "card" },
      on: { keydown: pressed },
    },
    picture,
    words,
  );
  const end = h("div", { tabIndex: -1, data: { focus: "end" } });
  fill(root, card, end);
  let drawn = -1;

  function pressed(event) {
    if (event.target !== card && (event.key === "Enter" || event.target.localName === "select")) return;
    const call = {
      Enter: () => accept(context, list), ArrowLeft: () => list.go(list.place() - 1), ArrowRight: () => list.go(list.place() + 1),
    }[event.key];
    if (!call) return;
    call();
    event.preventDefault();
    event.stopPropagation();
  }

  function show() {
    const entry = list.current(), had = root.contains(document.activeElement);
    card.hidden = !entry;
    end.hidden = Boolean(entry);
    fill(end, entry ? null : endOf(context, list, ask));
    if (!entry) {
      if (had) (end.querySelector("button") ?? end).focus();
      return;
    }
    if (drawn !== entry.index) draw(entry.index);
    fill(words, sentences(entry), entryActions(context, list, entry));
    if (had && !root.contains(document.activeElement)) card.focus();
  }

  function draw(index) {
    drawn = index;
    drawInputs(api, state.values.session.inputs, [[index, picture]]).catch(actions.complain);
    const following = list.entries()[list.place() + 1];
    // The next picture is fetched meanwhile.
    if (following && state.values.session.inputs.kind === "image") api.decoded(
      "inputs/pictures", { indices: following.index, columns: 1 },
    ).catch(() => undefined);
  }

  function sentences(entry) {
    const { classes } = state.values, now = list.stateOf(entry);
    return [
      h("p", { class: "card-place", text: `${list.place() + 1} of ${list.entries().length} · input ${entry.index}` }),
      entry.prediction >= 0
        ? h("p", {}, "Prediction ", className(entry.prediction, classes), ` ${percent(entry.probability)}`)
        : h("p", { text: "The model has no prediction yet." }),
      h("p", { class: "asked" }, "Why: ", sentence(entry.reason)),
      entry.score === null ? null : h("p", { class: "note", text: `Score ${number(entry.score)}` }),
      h(
        "p",
        { class: `state-${now.state}` },
        WORDS[now.state],
        now.class >= 0 ? [" ", className(now.class, classes)] : null,
      ),
    ];
  }

  return { show, focus: () => (card.hidden ? end : card).focus() };
}

/** Classes and their keys: labels the queue's entry, the selection, the open input or a channel's core. */

import { activeClasses, mounting, whyNotLabel } from "../widgets/panel.js";
import { banner, button, check, field, fold, note, row, select } from "../widgets/controls.js";
import { CLASS_KEYS, keysOf } from "../widgets/class_keys.js";
import { fill, h, soon } from "../widgets/dom.js";
import { percent } from "../widgets/numbers.js";
import { annotatorField } from "./annotator.js";
import { addClass, changeClass } from "./class_dialogs.js";
import { classList } from "./class_list.js";
import { logFold } from "./label_log.js";
import { summaryLine } from "./summary_line.js";
import { targetOf } from "./target.js";

export const id = "labelling";
export const title = "Labels";
export const key = "";
export const place = "sidebar";

export const { mount, unmount } = mounting((root, context, until) => {
  const { state, actions, bindKeys } = context;
  let core = null;
  const parts = { summary: h("div"), target: h("div"), classes: h("div"), below: h("div") };
  root.classList.add("panel-labelling");
  root.append(parts.summary, parts.target, parts.classes, parts.below);

  /** Gives a class to what the next label belongs to. */
  function assign(number) {
    const why = whyNotLabel(state.values.session);
    if (why) return actions.complain(new Error(why));
    const target = targetOf(state, core);
    if (target.kind === "none") return actions.complain(
      new Error("Nothing is selected. Click an input on a map, draw a lasso, or open the queue, then give the class.")
    );
    if (target.kind === "queue") return target.provider.label(number);
    // A second key must not label the whole core again.
    if (core) setCore(null);
    return actions.label({ ...target.request, class: number });
  }

  function setCore(next) {
    core = next;
    const box = parts.below.querySelector("[data-focus='core on']");
    if (box) box.checked = next !== null;
    showTarget();
  }

  const list = classList(
    parts.classes,
    context,
    { assign, change: (one) => changeClass(one, context), add: (name) => addClass(context, name) },
  );

  function showTarget() {
    const why = whyNotLabel(state.values.session), target = targetOf(state, core);
    const clear = () => actions.clear(target.request.indices, target.request.how);
    fill(
      parts.target,
      why
        ? banner(why)
        : h(
          "p",
          { class: "target" },
          target.words
            ? ["A class labels ", h("strong", { text: target.words }), "."]
            : "Click an input on a map or draw a lasso; then give it a class.",
        ),
      row(
        button(
          "Clear label",
          clear,
          { key: "Delete", why: why ?? (target.request?.indices ? null : "Nothing is selected.") },
        ),
        button("Undo", actions.undo, { why, label: "Undo (Ctrl+Z)" }),
        button("Redo", actions.redo, { why, label: "Redo (Ctrl+Shift+Z)" }),
      ),
      state.values.pending
        ? note(`${state.values.pending} ${state.values.pending === 1 ? "write waits" : "writes wait"} for the server.`)
        : null,
    );
  }

  function showBelow() {
    const why = whyNotLabel(state.values.session);
    fill(
      parts.below,
      row(button("Add a class", () => addClass(context), { why })),
      annotatorField(context),
      why ? null : coreFold(context, core, setCore),
      logFold(context, until),
    );
  }

  const byKey = (pressed) => {
    const found = [...keysOf(activeClasses(state.values.classes))].find(([, one]) => one === pressed);
    if (found) assign(found[0]);
    else if (/\d/.test(pressed)) actions.complain(new Error(`No class has the key ${pressed}.`));
  };
  until(
    bindKeys(
      Object.fromEntries(CLASS_KEYS.map((one) => [one, () => byKey(one)])),
      { "1 – 9, 0, letters": "give the class beside this key" },
    )
  );
  const clear = () => parts.target.querySelector("[data-focus='Clear label']").click();
  until(
    bindKeys(
      { Delete: clear, Backspace: clear, "/": list.search },
      { "Delete, Backspace": "clear the label", "/": "search for a class" },
    )
  );
  until(summaryLine(parts.summary, context));
  until(state.subscribe(["selected", "focused", "panel", "target", "model", "session", "pending"], soon(showTarget)));
  until(state.subscribe(["classes", "labels"], soon(list.show)));
  showTarget();
  list.show();
  showBelow();
});

/** A channel's core: those of its inputs that it is most certain of. */
function coreFold(context, core, setCore) {
  const { channels } = context.state.values.session;
  let channel = core?.channel ?? 0, share = core?.share ?? 0.2;
  const words = h("output", { text: percent(share) });
  const slider = h("input", {
    type: "range", min: 0.01, max: 1, step: 0.01, value: share, data: { focus: "core share" },
    on: {
      input: () => {
        share = Number(slider.value);
        words.textContent = percent(share);
        slider.setAttribute("aria-valuetext", percent(share));
        if (chosen.checked) setCore({ channel, share });
      },
    },
  });
  const which = select(Array.from({ length: channels }, (_, c) => [String(c), `channel ${c}`]), String(channel),
    (text) => { channel = Number(text); if (chosen.checked) setCore({ channel, share }); }, "core channel");
  const toggle = check(
    "The next class labels this core",
    core !== null,
    (on) => setCore(on ? { channel, share } : null),
    "core on",
  );
  const chosen = toggle.querySelector("input");
  return fold("Label a channel's core", false,
    note("The core is the share of a channel's inputs that it is most certain of."),
    field("Channel", which), field("Share", slider), words, toggle);
}

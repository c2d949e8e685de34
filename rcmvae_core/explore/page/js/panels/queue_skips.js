// What was skipped, and a way to have it asked again.
import { button, fold, note } from "../widgets/controls.js";
import { fill, h, soon } from "../widgets/dom.js";
import { counted } from "../widgets/numbers.js";
import { failure, newest } from "../widgets/panel.js";
import { thumbnails } from "../widgets/cells.js";

/**
 * A folded list of skipped inputs.
 * @param {object} context
 * @param {function(Function): void} until
 * @returns {HTMLElement}
 */
export function skippedFold({ state, api, actions }, until) {
  const content = h("div"), last = newest(), box = fold("Skipped inputs", false, content);
  const open = (index) => { actions.focus(index); actions.showPanel("detail"); };

  async function load() {
    if (!box.open) return;
    try {
      const reply = await last(api.get("queue/skips"));
      if (reply) show(
        [
          ...(reply.cannot_tell ?? []).map((index) => ({ index, reason: "cannot_tell" })),
          ...(reply.skip ?? []).map((index) => ({ index, reason: "skip" })),
        ]
      );
    } catch (error) {
      fill(content, failure(error));
    }
  }

  function show(skips) {
    if (!skips.length) return fill(content, note("Nothing was skipped."));
    const again = async () => {
      try {
        await api.post("queue/skips/clear", { indices: skips.map((each) => each.index) });
        await load();
      } catch (error) {
        actions.complain(error);
      }
    };
    const entries = skips.slice(0, 48).map(
      ({ index, reason }) => ({ index, text: reason === "cannot_tell" ? "unclear" : "skipped" })
    );
    fill(
      content,
      note(`${counted(skips.length, "input")} ${skips.length === 1 ? "is" : "are"} not asked again.`),
      thumbnails({ api, state, open }, entries, "Skipped inputs"),
      button("Ask them again", again),
    );
  }

  box.addEventListener("toggle", load);
  until(state.subscribe(["queueNews"], soon(load)));
  return box;
}

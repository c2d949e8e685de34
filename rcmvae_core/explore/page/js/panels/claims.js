// Which free channels new classes would claim.
import { banner } from "../widgets/controls.js";
import { fill, h, sentence, soon } from "../widgets/dom.js";
import { listed } from "../widgets/numbers.js";
import { newest } from "../widgets/panel.js";
import { nameOf } from "../widgets/swatch.js";

/**
 * Says before training which channels the new classes would claim.
 * @param {HTMLElement} root
 * @param {object} context
 * @returns {function(): void} ends it
 */
export function claimsPart(root, { state, api }) {
  const last = newest();

  async function load() {
    const { model, revision } = state.values;
    try {
      const claims = await last(api.get(`models/${model}/claims`, { labels: revision }));
      if (claims) show(claims);
    } catch {
      fill(root);
    }
  }

  function show(claims) {
    if (!claims.length) return fill(root);
    fill(root, banner("The model was not trained with every class that has labels:", "",
      h(
        "ul",
        {},
        claims.map(
          (claim) => h(
            "li",
            {},
            words(claim, state.values.classes),
            claim.reason ? h("span", { class: "note" }, " Why: ", sentence(claim.reason), ".") : null,
          )
        ),
      )));
  }

  load();
  return state.subscribe(["revision", "model"], soon(load));
}

function words({ class: number, channels }, classes) {
  const name = `Class ${nameOf(number, classes)}`;
  if (!channels.length) return `${name} would find no free channel.`;
  return `${name} would claim ${channels.length === 1 ? "channel" : "channels"} ${listed(channels.map(String))}.`;
}

/** The channels: how much each is used, what it stands for, and what its decoder draws. */

import { bar } from "../widgets/bars.js";
import { button, check, empty, field, note, part, row } from "../widgets/controls.js";
import { fill, h, soon } from "../widgets/dom.js";
import { counted, number, percent } from "../widgets/numbers.js";
import { failure, mounting, newest } from "../widgets/panel.js";
import { className, colourOf, nameOf } from "../widgets/swatch.js";
import { classSamplesPart, decodesPart } from "./channel_decodes.js";

export const id = "channels";
export const title = "Channels";
export const key = "c";

const CLASSES = 5;

export const { mount, unmount } = mounting((root, context, until) => {
  const { state, api } = context;
  const parts = { list: h("div"), one: h("div") }, last = newest();
  root.append(parts.list, parts.one);
  let channels = [], chosen = null, all = false;

  async function load() {
    const { model, revision } = state.values;
    try {
      const reply = await last(api.get(`models/${model}/channels`, { labels: revision }));
      if (!reply) return;
      channels = reply.toSorted((a, b) => b.usage - a.usage);
      chosen ??= channels[0]?.channel ?? null;
      show();
    } catch (error) {
      if (error.status !== 404) fill(parts.list, failure(error));
    }
  }

  function show() {
    const { classes } = state.values, empties = channels.filter((each) => !each.count).length;
    const shown = all ? channels : channels.filter((each) => each.count);
    fill(parts.list,
      shown.length ? null : empty("No channel is used by any input."),
      h(
        "ul",
        { class: "channel-list", "aria-label": "Channels by usage" },
        shown.map((each) => h("li", {}, channelButton(each, classes))),
      ),
      empties
        ? check(`Show ${counted(empties, "empty channel")}`, all, (on) => { all = on; show(); }, "empty channels")
        : null);
    const one = channels.find((each) => each.channel === chosen);
    if (one) fill(parts.one, oneChannel(one, context), classSamples.show());
  }

  function channelButton({ channel, usage, count: inputs, classes: own }, classes) {
    const pressed = channel === chosen, first = own[0] ?? -1;
    const words = own.length ? own.map((each) => nameOf(each, classes)).join(", ") : "no class";
    return h("button", {
      type: "button",
      class: "channel-button",
      "aria-pressed": String(pressed),
      "aria-label": `Channel ${channel}, ${counted(inputs, "input")}, ${words}`,
      data: { focus: `channel ${channel}` },
      on: { click: () => { chosen = channel; show(); } },
    },
      bar(`${channel}`, usage, { colour: colourOf(first) }), h(
        "span",
        { class: "channel-classes" },
        own.length
          ? own.slice(0, 3).map((each) => className(each, classes))
          : h("span", { class: "note", text: "no class" }),
      ));
  }

  const decodes = decodesPart(context), classSamples = classSamplesPart(context);

  function oneChannel({ channel, usage, count: inputs, tau, evidence }, outer) {
    const { classes } = state.values, { actions } = outer;
    const order = tau.map((_, i) => i).sort((a, b) => tau[b] - tau[a]).slice(0, CLASSES).filter((each) => tau[each] > 0);
    return part(`Channel ${channel}`,
      h(
        "p",
        {
          text: `${counted(inputs, "input")} ${inputs === 1 ? "is" : "are"} most likely of this channel, which has ${percent(usage)} of all responsibility.`,
        },
      ),
      row(
        button("Enlarge its map", () => actions.enlarge(channel)),
        button(
          "Select its inputs",
          () => select(channel, 1),
          { kind: "quiet", why: inputs ? null : "No input is of this channel." },
        ),
      ),
      h("h4", { text: "τ: which class it stands for" }),
      order.length
        ? h(
          "div",
          { class: "bars" },
          order.map((each) => bar(className(each, classes), tau[each], { colour: colourOf(each) })),
        )
        : note("It has no class yet: label some of its inputs."),
      order.length && evidence
        ? note(`It stands on ${number(evidence.reduce((sum, each) => sum + each, 0))} labels’ worth of evidence.`)
        : null,
      coreRow(channel, inputs), decodes.show(channel));
  }

  function coreRow(channel, inputs) {
    const words = h("output"), slider = h(
      "input",
      { type: "range", min: 0.01, max: 1, step: 0.01, value: 0.2, data: { focus: "core" }, on: { input: say } },
    );
    function say() {
      words.textContent = `${percent(Number(slider.value))}: ${counted(Math.ceil(inputs * Number(slider.value)), "input")}`;
      slider.setAttribute("aria-valuetext", words.textContent);
    }
    say();
    return h(
      "div",
      {},
      field("Core: the inputs it is most certain of", slider),
      row(
        words,
        button(
          "Select the core",
          () => select(channel, Number(slider.value)),
          { why: inputs ? null : "No input is of this channel." },
        ),
      ),
    );
  }

  async function select(channel, share) {
    try {
      const { indices } = await api.get(`models/${state.values.model}/core`, { channel, share });
      context.actions.select(indices);
    } catch (error) {
      context.actions.complain(error);
    }
  }

  until(state.subscribe(["model", "revision", "classes"], soon(load)));
  load();
});

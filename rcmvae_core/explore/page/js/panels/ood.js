/** Out-of-distribution inputs: thresholds over the histograms of the scores, and the most extreme inputs first. */

import { button, empty, fold, note, part, row, select } from "../widgets/controls.js";
import { fill, h, soon } from "../widgets/dom.js";
import { histogram } from "../widgets/histogram.js";
import { count, counted, number, percent } from "../widgets/numbers.js";
import { failure, mounting } from "../widgets/panel.js";
import { thumbnails } from "../widgets/cells.js";
import { uploadsPart } from "./uploads_part.js";

export const id = "ood";
export const title = "Outliers";
export const key = "o";

const PAGE = 24;

export const { mount, unmount } = mounting((root, context, until) => {
  const { state, actions } = context, { scores } = state.values.session;
  const parts = { scores: h("div"), first: h("div"), uploads: h("div") };
  root.append(parts.scores, parts.first, parts.uploads);
  const values = new Map();
  let listed = scores.find((each) => each.decides)?.name ?? scores[0]?.name, page = 0, order = null;

  function showScores() {
    if (!scores.length) return fill(
      parts.scores,
      empty("This run has no out-of-distribution score. Add one to its spec, in the table ood."),
    );
    fill(parts.scores, part("Thresholds", note(
      "A score above its threshold says that an input is unlike the training data. Filled bars: all inputs; line: training data."
    ),
      scores.map((score) => scoreBox(score, context, values))));
  }

  async function showFirst() {
    if (!listed) return;
    try {
      const column = await scoreOf(listed, context, values);
      order ??= Array.from(column.keys()).sort((a, b) => column[b] - column[a]);
      const pages = Math.max(1, Math.ceil(order.length / PAGE)), some = order.slice(page * PAGE, (page + 1) * PAGE);
      const turn = (step) => { page = Math.max(0, Math.min(pages - 1, page + step)); showFirst(); };
      const open = (index) => { actions.focus(index); actions.showPanel("detail"); };
      const chosen = select(
        scores.map((each) => [each.name, each.title]),
        listed,
        (name) => { listed = name; order = null; page = 0; showFirst(); },
        "listed score",
      );
      chosen.setAttribute("aria-label", "Score that orders the inputs");
      fill(parts.first, part("Most out-of-distribution first", chosen,
        thumbnails(
          { ...context, open },
          some.map((index) => ({ index, text: number(column[index]) })),
          "Most out-of-distribution inputs",
        ),
        row(button("Previous", () => turn(-1), { why: page ? null : "This is the first page." }), h(
          "span",
          {
            class: "note",
            text: `${count(page * PAGE + 1)} to ${count(page * PAGE + some.length)} of ${count(order.length)}`,
          },
        ),
          button(
            "Next",
            () => turn(1),
            { why: page + 1 < pages ? null : "This is the last page." },
          ), button("Select these", () => actions.select(some), { kind: "quiet" }))));
    } catch (error) {
      fill(parts.first, failure(error));
    }
  }

  function reload() {
    values.clear();
    order = null;
    page = 0;
    showScores();
    showFirst();
  }

  until(state.subscribe(["model"], soon(reload)));
  uploadsPart(parts.uploads, context, until);
  reload();
});

async function scoreOf(name, { actions }, values) {
  if (!values.has(name)) values.set(name, (await actions.column(`score/${name}`)).array);
  return values.get(name);
}

function scoreBox({ name, title: text, decides }, context, values) {
  const { state, api, actions } = context, content = h("div", {}, note("Loading.")), words = h("p", { "aria-live": "polite" });
  const box = fold(decides ? `${text} (decides)` : text, decides, content);
  let threshold = 0;

  async function load() {
    if (!box.open || box.dataset.loaded) return;
    box.dataset.loaded = "yes";
    try {
      const bins = await api.get(`models/${state.values.model}/scores/${name}/histogram`, { bins: 60 });
      const column = await scoreOf(name, context, values);
      threshold = bins.threshold ?? bins.edges.at(-1);
      const above = () => Array.from(column.keys()).filter((i) => column[i] > threshold);
      const say = () => {
        const n = tally(column, threshold);
        words.textContent = `${counted(n, "input")} above ${number(threshold)} (${percent(n / column.length)}).`;
      };
      fill(content,
        bins.quantile === null || bins.quantile === undefined
          ? null
          : note(
            `The run's own threshold ${number(bins.threshold)} is the ${percent(bins.quantile)} quantile of the training data.`
          ),
        histogram(text, bins, threshold, { move: (value) => { threshold = value; say(); }, focus: name }),
        words,
        row(button(
          "Select them",
          () => actions.select(above()),
          { focus: `select ${name}`, label: `Select the inputs above the threshold of ${text}` },
        ),
          button(
            "Colour the maps",
            () => actions.colourBy(`score/${name}`),
            { focus: `colour ${name}`, kind: "quiet", label: `Colour the maps by ${text}` },
          )));
      say();
    } catch (error) {
      delete box.dataset.loaded;
      fill(content, failure(error));
    }
  }

  box.addEventListener("toggle", load);
  load();
  return box;
}

function tally(column, threshold) {
  let n = 0;
  for (let i = 0; i < column.length; i++) if (column[i] > threshold) n++;
  return n;
}

// The list that the queue works through: which entry is next, and what became of each.

/**
 * Keeps a list of suggestions. It lasts as long as the page, so that another panel may be opened meanwhile.
 * @param {object} context
 * @returns {object} values and functions of the list
 */
export function queueList({ state, api, actions }) {
  const { session } = state.values;
  const form = {
    acquisition: session.default_acquisition ?? session.acquisitions[0]?.name, parameters: {}, count: 20, view: "one",
  };
  const listeners = new Set();
  let batch = null, place = 0, seed = 0, stale = false, isKnown = true, failed = null;
  /** What became of an entry: {state: "sent" | "skip" | "cannot_tell", class}, by index. */
  let marks = new Map();
  let own = new Set();

  const tell = () => listeners.forEach((call) => call());
  const entries = () => batch?.entries ?? [];
  const current = () => entries()[place] ?? null;

  /** Says what became of an entry. */
  function stateOf({ index }) {
    const label = state.values.labels[index];
    if (label >= 0) return { state: "labelled", class: label };
    return marks.get(index) ?? { state: "open", class: -1 };
  }

  const isOpen = (entry) => stateOf(entry).state === "open";

  async function ask() {
    try {
      const { acquisition, parameters, count } = form;
      const body = {
        acquisition, parameters: given(parameters, acquisition), count, seed: seed++, model: state.values.model,
      };
      batch = whole(await api.post("queue", body));
      [marks, own, place, stale, isKnown, failed] = [new Map(), new Set(), 0, false, true, null];
    } catch (error) {
      failed = error;
    }
    ring();
    tell();
  }

  // Parameters belong to one acquisition; those of another would be refused.
  function given(parameters, name) {
    const known = session.acquisitions.find((each) => each.name === name)?.parameters ?? {};
    return Object.fromEntries(
      Object.entries(parameters).filter(([key, value]) => key in known && value !== null && value !== "")
    );
  }

  /** Goes to the next entry that has nothing yet, from this one on; past the end where all are done. */
  function next() {
    const later = entries().findIndex((entry, i) => i > place && isOpen(entry));
    const any = later >= 0 ? later : entries().findIndex(isOpen);
    place = any >= 0 ? any : entries().length;
  }

  async function label(number) {
    const entry = current();
    if (!entry) return;
    marks.set(entry.index, { state: "sent", class: number });
    next();
    ring();
    tell();
    const receipt = await actions.label(
      { indices: [entry.index], class: number, how: "suggestion", score: batch.acquisition }
    );
    if (receipt) own.add(receipt.revision);
    // The labels say from now on what it has; after an undo that is nothing.
    marks.delete(entry.index);
    ring();
    tell();
  }

  async function skip(reason) {
    const entry = current();
    if (!entry) return;
    marks.set(entry.index, { state: reason, class: -1 });
    next();
    ring();
    tell();
    try {
      await api.post("queue/skips", { indices: [entry.index], reason });
    } catch (error) {
      marks.delete(entry.index);
      actions.complain(error);
      tell();
    }
  }

  function go(to) {
    place = Math.max(0, Math.min(entries().length, to));
    tell();
  }

  /** Rings what is still open on the maps. */
  const ring = () => state.set({ candidates: Int32Array.from(entries().filter(isOpen), (entry) => entry.index) });

  async function check() {
    if (!batch) return;
    try {
      stale = (await api.get(`queue/${batch.id}`)).stale;
    } catch (error) {
      // A server that was started again has no lists; this one still works.
      isKnown = error.status !== 404;
    }
    tell();
  }

  /** Says why this list is no longer what it would be now; null where it is. */
  function whyStale() {
    if (!batch || !entries().some(isOpen)) return null;
    if (!isKnown) return "The server was started again since this list was made.";
    const { model, revision } = state.values;
    if (batch.model !== model) return `Model ${batch.model} made this list; model ${model} is shown now.`;
    const others = revision - batch.label_revision - own.size;
    if (others > 0) return "Labels changed since this list was made.";
    return stale ? "Labels changed since this list was made: you labelled from it." : null;
  }

  return {
    form, ask, label, skip, go, next, check, entries, current, stateOf, whyStale,
    batch: () => batch, place: () => place, error: () => failed,
    counts: () => tally(entries().map(stateOf)),
    hear: (call) => { listeners.add(call); return () => listeners.delete(call); },
  };
}

// A model without classes predicts none.
const whole = (reply) => (
  { ...reply, entries: reply.entries.map((entry) => ({ ...entry, prediction: entry.prediction ?? -1 })) }
);

function tally(states) {
  const of = (...names) => states.filter((each) => names.includes(each.state)).length;
  return {
    labelled: of("labelled", "sent"), skipped: of("skip"), unclear: of("cannot_tell"), open: of("open"),
    all: states.length,
  };
}

/**
 * The page's one store: plain values by name, and the functions to call when they change.
 *
 * Values (all are replaced, never changed in place, so that `===` shows whether something is new):
 *   session        the reply of `session`
 *   model          number of the model that is shown, m
 *   revision       label revision that is shown, r
 *   models         [Model]      classes      [Class]
 *   labels         Int32Array [N], class id of each input at `revision`, -1 without a label
 *   selection      Uint8Array [N], 1 where an input is selected
 *   selected       Int32Array, the indices of `selection`, ascending
 *   focused        index of the opened input, or -1
 *   hovered        index of the input under the pointer, or -1
 *   colourBy       name of the column that gives the colours
 *   projection     name of the projection
 *   drawn          the server's words on the projection that is drawn: axes, invertible, reasons; null before
 *   tool           "pan" | "lasso" | "rectangle" | "decode"
 *   dimmed         Set of legend entries (category values) that are dimmed
 *   range          null or [low, high]: inputs outside are dimmed (a numeric column's legend, thresholds)
 *   filter         null or {title, mask: Uint8Array}: inputs whose mask is 0 are dimmed (panels set it)
 *   marks          [{id, title, map: [x, y], channel, plane: [x, y]}], places of uploads
 *   candidates     Int32Array, the inputs that the queue asks about (ringed on the maps)
 *   shown          {count, of}: how many inputs the large map shows undimmed
 *   large          "map" or the number of the channel that is drawn large
 *   panel          id of the open panel
 *   training       the last reply of `training`, or null
 *   queueNews      counts the messages that the queue has changed
 *   connection     "open" | "lost" | "refused"        pending   number of writes that the server has not acknowledged
 *   showDecodes    whether a grid of decodes lies under the points
 */

/**
 * Creates a store.
 * @param {Object<string, *>} initial values by name
 * @returns {{values: Object<string, *>, set: function(Object): void, subscribe: function(string[], Function): Function}}
 *   `values` to read, `set(changes)` to write, `subscribe(keys, fn)` to be called after a change; it returns
 *   a function that ends it.
 */
export function createState(initial) {
  const values = { ...initial };
  const listeners = new Set();

  function set(changes) {
    const changed = new Set(Object.keys(changes).filter((key) => values[key] !== changes[key]));
    if (!changed.size) return;
    Object.assign(values, changes);
    for (const listener of [...listeners]) {
      if (listeners.has(listener) && listener.keys.some((key) => changed.has(key))) listener.fn(values, changed);
    }
  }

  function subscribe(keys, fn) {
    const listener = { keys, fn };
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  return { values, set, subscribe };
}

/** Returns the values before the session is known. */
export function emptyValues() {
  return {
    session: null, model: 0, revision: 0, models: [], classes: [],
    labels: new Int32Array(0), selection: new Uint8Array(0), selected: new Int32Array(0),
    focused: -1, hovered: -1, colourBy: "label", projection: "", drawn: null, tool: "pan",
    dimmed: new Set(), range: null, filter: null, marks: [], candidates: new Int32Array(0),
    shown: { count: 0, of: 0 }, large: "map", panel: "", training: null, queueNews: 0,
    connection: "open", pending: 0, showDecodes: false,
  };
}

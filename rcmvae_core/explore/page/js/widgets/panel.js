// What all panels share: an end to what they listen to, replies in order, errors in plain words.
import { h, sentence } from "./dom.js";

/**
 * Makes `mount` and `unmount` of a panel from one function.
 * @param {function(HTMLElement, object, function(function(): void): void): void} build gets the element, the context, and a
 *   function that takes what ends a subscription
 * @returns {{mount: Function, unmount: Function}}
 */
export function mounting(build) {
  const lives = new WeakMap();
  return {
    mount(element, context) {
      const ends = [];
      lives.set(element, ends);
      build(element, context, (end) => ends.push(end));
    },
    unmount(element) {
      for (const end of lives.get(element) ?? []) end();
      lives.delete(element);
    },
  };
}

/**
 * Lets only the newest of several requests through.
 * @returns {function(Promise): Promise} resolves to undefined where a newer one was made meanwhile
 */
export function newest() {
  let turn = 0;
  return async (promise) => {
    const mine = ++turn;
    try {
      const value = await promise;
      return mine === turn ? value : undefined;
    } catch (error) {
      if (mine === turn) throw error;
      return undefined;
    }
  };
}

/**
 * An error as sentences with its help.
 * @param {Error & {errors?: Array<{code: string, message: string, help: string[]}>}} error
 * @returns {HTMLElement}
 */
export function failure(error) {
  const errors = error.errors?.length ? error.errors : [{ code: "", message: error.message, help: [] }];
  return h("div", { class: "failure", role: "alert" }, errors.map(({ code, message, help }) => [
    h(
      "p",
      {},
      sentence([code, message].filter(Boolean).join(": ")),
    ), (help ?? []).map((text) => h("p", { class: "note" }, sentence(text))),
  ]));
}

/** Returns why labels cannot be given, or null where they can. @param {object} session @returns {string|null} */
export function whyNotLabel(session) {
  if (session.read_only) return session.why_not_label || "The server was started with --read-only.";
  return session.can_label ? null : session.why_not_label || "Labels cannot be given to this data set.";
}

/** The active classes, in their order. @param {Array<object>} classes */
export const activeClasses = (classes) => classes.filter((each) => each.state === "active");

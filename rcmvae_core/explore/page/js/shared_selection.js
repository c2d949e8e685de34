/** Keeps the selection of the page on the server, where `ExplorePage.selection` in a notebook reads it. */

const NAME = "page";
const QUIET_MS = 200;

/** Sends the selection when it has not changed for a moment. @param {{state: *, api: *}} context */
export function shareSelection({ state, api }) {
  let timer = 0;
  state.subscribe(["selected"], () => {
    clearTimeout(timer);
    timer = setTimeout(send, QUIET_MS);
  });

  function send() {
    const indices = Array.from(state.values.selected);
    api.post("selections", { name: NAME, indices }).catch(() => {}); // the next change sends all of it again
  }
}

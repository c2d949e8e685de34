/** The WebSocket: hears that something changed, and finds the server again when it was lost. */

const LONGEST_WAIT = 5000;

/**
 * Keeps a connection to the server's news.
 * @param {{onMessage: function(Object): void, onLost: function(): void, onBack: function(): void}} hooks
 * @returns {{close: function(): void, again: function(): void}} `again` tries at once
 */
export function listen(hooks) {
  const address = new URL("api/v1/live", document.baseURI);
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  let socket = null;
  let wait = 250;
  let timer = 0;
  let ended = false;

  function open() {
    clearTimeout(timer);
    socket = new WebSocket(address);
    socket.addEventListener("open", () => {
      wait = 250;
      hooks.onBack();
    });
    socket.addEventListener("message", (event) => hooks.onMessage(JSON.parse(event.data)));
    socket.addEventListener("close", () => {
      if (ended) return;
      hooks.onLost();
      timer = setTimeout(open, wait);
      wait = Math.min(2 * wait, LONGEST_WAIT);
    });
  }

  open();
  return {
    close() {
      ended = true;
      clearTimeout(timer);
      socket.close();
    },
    again() {
      if (socket.readyState === WebSocket.CLOSED) open();
    },
  };
}

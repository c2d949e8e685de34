/** Says whether the server is there, and brings the page up to date when it is back. */

import { announce } from "./announce.js";
import { listen } from "./live.js";

const LOST = "The server is not reachable; labels you give are kept and sent again";

/**
 * Shows the state of the connection.
 * @param {Object} state
 * @returns {{hooks: Object, listen: function(Object): void}} hooks for the client, and what begins to hear news
 */
export function showConnection(state) {
  const line = document.getElementById("connection");
  let live = null;

  function show({ connection, pending }) {
    const waiting = pending ? ` (${pending} waiting)` : "";
    line.textContent = connection === "lost" ? `${LOST}${waiting}.` : "";
    document.documentElement.classList.toggle("lost", connection === "lost");
  }

  state.subscribe(["connection", "pending"], show);
  addEventListener("beforeunload", (event) => { if (state.values.pending) event.preventDefault(); });

  const hooks = {
    onLost: () => state.set({ connection: "lost" }),
    onBack: () => {
      if (state.values.connection === "lost") announce("The server is back");
      state.set({ connection: "open" });
      live?.again();
    },
    onPending: (pending) => state.set({ pending }),
  };

  return {
    hooks,
    listen({ actions, api }) {
      const catchUp = () => Promise.all([actions.refreshLabels(), actions.refreshModels()]).catch(() => undefined);
      const onMessage = (message) => hear(message, state, actions);
      const onBack = () => {
        hooks.onBack();
        catchUp();
        api.get("training").then((training) => state.set({ training })).catch(() => undefined);
      };
      live = listen({ onMessage, onLost: hooks.onLost, onBack });
    },
  };
}

function hear(message, state, actions) {
  const { type, ...words } = message;
  if (type === "labels" && words.revision > state.values.revision) actions.refreshLabels().catch(() => undefined);
  if (type === "model" && words.number !== state.values.model) actions.followModel(words.number);
  if (type === "training") state.set({ training: words });
  if (type === "queue") state.set({ queueNews: state.values.queueNews + 1 });
}

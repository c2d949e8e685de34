/** Says whether the server is there, and brings the page up to date when it is back. */

import { announce } from "./announce.js";
import { listen } from "./live.js";

const WORDS = {
  open: "",
  lost: "The server is not reachable; labels you give are kept and sent again",
  refused: "The server was started anew: open the address that it printed; labels you give are kept and sent again",
};

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
    line.textContent = connection === "open" ? "" : `${WORDS[connection]}${waiting}.`;
    document.documentElement.classList.toggle("lost", connection !== "open");
  }

  state.subscribe(["connection", "pending"], show);
  addEventListener("beforeunload", (event) => { if (state.values.pending) event.preventDefault(); });

  const hooks = {
    onLost: () => state.set({ connection: "lost" }),
    onRefused: () => state.set({ connection: "refused" }),
    onBack: () => {
      if (state.values.connection === "open") return;
      announce("The server is back");
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
        catchUp();
        renew(state, api).catch(() => undefined);
        api.get("training").then((training) => state.set({ training })).catch(() => undefined);
      };
      // A closed socket says nothing about the server (a proxy may refuse sockets); a request does.
      live = listen({ onMessage, onBack, onLost: catchUp });
    },
  };
}

/** Takes over the session of a server that was started anew; models that it does not have are left. */
async function renew(state, api) {
  const session = await api.get("session");
  if (session.instance === state.values.session.instance) return;
  const { models } = session;
  const isThere = models.some((each) => each.number === state.values.model);
  state.set({ session, models, model: isThere ? state.values.model : session.model });
}

function hear(message, state, actions) {
  const { type, ...words } = message;
  if (type === "labels" && words.revision > state.values.revision) actions.refreshLabels().catch(() => undefined);
  if (type === "model" && words.number !== state.values.model) actions.followModel(words.number);
  if (type === "training") state.set({ training: words });
  if (type === "queue") state.set({ queueNews: state.values.queueNews + 1 });
}

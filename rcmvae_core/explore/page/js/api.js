/** Talks to the server: JSON, binary columns, pictures, and writes that survive a lost server. */

const ROOT = new URL("api/v1/", document.baseURI);
const ARRAYS = { float32: Float32Array, int32: Int32Array, uint8: Uint8Array };
const GONE = new Set([502, 503, 504]);
const LONGEST_WAIT = 5000;

/** A reply that says why a request was refused. */
export class ApiError extends Error {
  /** @param {number} status @param {Array<{code: string, message: string, help: string[]}>} errors */
  constructor(status, errors) {
    super(errors.map((each) => each.message).join("; ") || `The server replied with status ${status}`);
    this.status = status;
    this.errors = errors;
  }
}

/** No reply: the server is not there. */
export class LostError extends Error {
  name = "LostError";
}

/** Returns an id for a write, with which the server knows a repetition. */
export function requestId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Returns the address below `api/v1/`; parameters that are null or undefined are left out.
 * @param {string} path @param {Object<string, *>} [parameters]
 */
export function url(path, parameters = {}) {
  const address = new URL(path, ROOT);
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== null && value !== undefined) address.searchParams.set(name, String(value));
  }
  return address.href;
}

/**
 * Creates the client.
 * @param {{onLost: function(): void, onRefused: function(): void, onBack: function(): void,
 *   onPending: function(number): void}} hooks
 */
export function createApi(hooks) {
  const kept = new Map();
  let writes = Promise.resolve();
  let pending = 0;

  async function request(address, options) {
    let reply;
    try {
      reply = await fetch(address, { credentials: "same-origin", ...options });
    } catch (error) {
      if (error.name === "AbortError") throw error;
      hooks.onLost();
      throw new LostError("The server is not reachable");
    }
    if (GONE.has(reply.status)) {
      hooks.onLost();
      throw new LostError("The server is not reachable");
    }
    // A server that was started anew has another token; a tab that is opened with it lets this one in, too.
    if (reply.status === 401) {
      hooks.onRefused();
      throw new LostError("The server has another token");
    }
    hooks.onBack();
    if (!reply.ok) throw new ApiError(reply.status, await errorsOf(reply));
    return reply;
  }

  const get = async (path, parameters, options) => (await request(url(path, parameters), options)).json();

  async function post(path, body = {}, options = {}) {
    const raw = body instanceof Blob;
    const headers = raw ? { "Content-Type": "application/octet-stream" } : { "Content-Type": "application/json" };
    const sent = { method: "POST", headers, body: raw ? body : JSON.stringify(body), ...options };
    const reply = await request(url(path, options.parameters), sent);
    return reply.status === 204 ? null : reply.json();
  }

  /** Sends writes one after the other, each until the server has acknowledged or refused it. */
  function write(path, body) {
    const sent = { ...body, request_id: requestId() };
    hooks.onPending(++pending);
    const turn = writes.then(() => persist(() => post(path, sent))).finally(() => hooks.onPending(--pending));
    writes = turn.catch(() => undefined);
    return turn;
  }

  /** Fetches a binary column once for each address; a failure is not kept. */
  function column(path, parameters) {
    const address = url(path, parameters);
    if (!kept.has(address)) {
      const reply = request(address).then(readColumn);
      kept.set(address, reply);
      reply.catch(() => kept.delete(address));
      if (kept.size > 64) kept.delete(kept.keys().next().value);
    }
    return kept.get(address);
  }

  async function decoded(path, parameters, options) {
    const reply = await request(url(path, parameters), options);
    if (!(reply.headers.get("Content-Type") ?? "").startsWith("image/")) return reply.json();
    const [columns, rows] = (reply.headers.get("X-Sheet") ?? "1,1").split(",").map(Number);
    return { bitmap: await createImageBitmap(await reply.blob()), columns, rows };
  }

  return { get, post, write, column, decoded, url, requestId };
}

/**
 * Repeats an attempt until the server has answered it.
 * @param {function(): Promise<*>} attempt
 */
export async function persist(attempt) {
  for (let wait = 250; ; wait = Math.min(2 * wait, LONGEST_WAIT)) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof LostError)) throw error;
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}

async function errorsOf(reply) {
  try {
    return (await reply.json()).errors ?? [];
  } catch {
    return [];
  }
}

async function readColumn(reply) {
  const Type = ARRAYS[reply.headers.get("X-Column-Type")];
  const shape = reply.headers.get("X-Column-Shape").split(",").map(Number);
  return { array: new Type(await reply.arrayBuffer()), shape };
}

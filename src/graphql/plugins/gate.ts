/** A request before its body: method, path with query, and its headers by lower-case name. */
export interface Head {
  method: string;
  url: string;
  header: (name: string) => string | null | undefined;
}

/** What is answered before a body is read; without `code` it is no refusal. */
export interface Early {
  status: number;
  code?: string;
  message?: string;
  headers?: Readonly<Record<string, string>>;
}

export interface GateOptions {
  /** Origins whose pages may call: `https://portal.example.org`, or `*` for any. */
  origins: readonly string[];
  /** Whether everybody comes by TLS. */
  isBehindTls: boolean;
}

export interface Gate {
  /** What stands in the head of every answer to a request, unless the answer says otherwise. */
  headersOf: (head: Head) => Readonly<Record<string, string>>;
  /** The answer to a request that needs or gets no other; null if it is to be answered. */
  answerOf: (head: Head) => Early | null;
  /** Whether a page of that origin, null if it is no page that calls, may open a socket on that host. */
  admits: (origin: string | null | undefined, host: string | undefined) => boolean;
}

/** Where GraphQL is. */
export const GRAPHQL_PATH = "/graphql";
const JSON_TYPE = /^application\/json *(;|$)/i;
const HOST = /^[\w.:[\]-]+$/;
/** A browser sends these to other sites only after it has asked whether it may. */
const SIGNS = ["authorization", "x-assay-csrf", "apollo-require-preflight"];
const ASKED_WITH = "accept, apollo-require-preflight, authorization, content-type, last-event-id, x-assay-csrf, x-assay-dry-run, x-assay-role, x-request-id";
const SHOWN = "content-disposition, ratelimit, ratelimit-limit, ratelimit-policy, ratelimit-remaining, ratelimit-reset, retry-after, www-authenticate, x-request-id";
const SAFE = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};
const TWO_YEARS = "max-age=63072000";

/** The path of a request, without its query. */
export function pathOf({ url }: Pick<Head, "url">): string {
  const end = url.indexOf("?");
  return end === -1 ? url : url.slice(0, end);
}

/** Whether a path is GraphQL's, which may be written with a slash at its end. */
export function isGraphql(path: string): boolean {
  return path === GRAPHQL_PATH || path === `${GRAPHQL_PATH}/`;
}

/** Whether a browser wants to show the answer, and not read it. */
export function wantsPage(method: string, accept: string | null | undefined): boolean {
  return method === "GET" && (accept ?? "").includes("text/html");
}

/** The text of such an answer, in the form that its path's errors have, and its head. */
export function shownEarly({ code, message, headers }: Early, head: Head, requestId: string): { body: string; headers: Record<string, string> } {
  const told = { ...headers, "x-request-id": requestId };
  if (!code) return { body: "", headers: { ...told, "content-length": "0" } };
  const error = isGraphql(pathOf(head)) ? { errors: [{ message, extensions: { code } }] } : { error: { code, message, path: [], requestId } };
  const body = JSON.stringify(error);
  return { body, headers: { ...told, "content-type": "application/json; charset=utf-8", "content-length": String(Buffer.byteLength(body)) } };
}

// Path and host as everybody behind the gate reads them too: nothing means one path here and another there.
function isClear({ url, header }: Head): boolean {
  const host = header("host") ?? "localhost";
  const path = pathOf({ url });
  return HOST.test(host) && URL.canParse(`http://${host}`) && (isGraphql(path) || (path.startsWith("/") && new URL(`http://${host}${path}`).pathname === path));
}

// Query parameters that are JSON.
function isReadable(url: string): boolean {
  const given = new URLSearchParams(url.slice(pathOf({ url }).length));
  try {
    for (const name of ["variables", "extensions"]) JSON.parse(given.get(name) || "null");
    return true;
  } catch {
    return false;
  }
}

function badRequest(message: string): Early {
  return { status: 400, code: "BAD_REQUEST", message };
}

function refusalOf(head: Head): Early | null {
  const { method, url, header } = head;
  if (!isClear(head)) return badRequest("The request's path or host can't be read, or not in one way only.");
  const encoding = header("content-encoding");
  if (encoding && encoding.toLowerCase() !== "identity") {
    return { status: 415, code: "UNSUPPORTED_MEDIA_TYPE", message: "content-encoding: bodies are taken as they are, not compressed.", headers: { "accept-encoding": "identity" } };
  }
  if (!isGraphql(pathOf(head))) return null;
  if (method === "POST" && !JSON_TYPE.test(header("content-type") ?? "")) {
    return { status: 415, code: "UNSUPPORTED_MEDIA_TYPE", message: "content-type: an operation is sent as application/json.", headers: { accept: "application/json" } };
  }
  if (["GET", "HEAD"].includes(method) && !wantsPage(method, header("accept")) && !SIGNS.some((name) => header(name))) {
    return { status: 403, code: "CSRF", message: "Any page can make a browser send this: give header authorization, or x-assay-csrf with any value." };
  }
  if (method === "GET" && !isReadable(url)) return badRequest("variables, extensions: the query parameter is no JSON.");
  return null;
}

/**
 * Who may call, from where, and what browsers make of answers. Pages of other origins read answers only if theirs is listed, and never with
 * cookies, of which there are none; an operation is taken only in a form that no browser sends to another site unasked.
 */
export function createGate({ origins, isBehindTls }: GateOptions): Gate {
  const takesAny = origins.includes("*");
  const safe = {
    ...SAFE,
    ...(isBehindTls ? { "strict-transport-security": TWO_YEARS } : {}),
    ...(origins.length > 0 && !takesAny ? { vary: "Origin" } : {}),
  };

  const isListed = (origin: string) => takesAny || origins.includes(origin);

  return {
    headersOf({ method, header }) {
      const origin = header("origin");
      if (!origin || !isListed(origin)) return safe;
      const told = { ...safe, "access-control-allow-origin": takesAny ? "*" : origin, "access-control-expose-headers": SHOWN };
      if (method !== "OPTIONS") return told;
      return { ...told, "access-control-allow-headers": ASKED_WITH, "access-control-allow-methods": "GET, POST", "access-control-max-age": "7200" };
    },
    answerOf: (head) => (head.method === "OPTIONS" ? { status: 204, headers: { allow: "GET, POST, OPTIONS" } } : refusalOf(head)),
    admits: (origin, host) => !origin || isListed(origin) || origin.replace(/^https?:\/\//, "") === host,
  };
}

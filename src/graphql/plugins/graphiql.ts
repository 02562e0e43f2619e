import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";

interface Page {
  packed: Uint8Array;
  policy: string;
  tag: string;
}

const PIECE = 64 * 1024;

const OPTIONS = { title: "Assay", headers: '{"authorization": "Bearer "}' };

// Nothing but the page's own scripts runs, by their hashes, and they reach this server alone.
function policyOf(html: string): string {
  const hashes = [...html.matchAll(/<script>([^]*?)<\/script>/g)].map(([, script]) => `'sha256-${createHash("sha256").update(script!).digest("base64")}'`);
  return [
    "default-src 'none'",
    `script-src ${hashes.join(" ")}`,
    "style-src 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src data:",
    "worker-src blob: data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}

async function render(): Promise<Page> {
  const { renderGraphiQL } = await import("@graphql-yoga/render-graphiql");
  const html = renderGraphiQL(OPTIONS);
  const packed = await promisify(gzip)(html);
  return { packed, policy: policyOf(html), tag: `"${createHash("sha256").update(packed).digest("base64url")}"` };
}

function streamOf(bytes: Uint8Array): ReadableStream<Uint8Array> {
  let sent = 0;
  const source: UnderlyingDefaultSource<Uint8Array> = {
    pull(controller) {
      controller.enqueue(bytes.subarray(sent, (sent += PIECE)));
      if (sent >= bytes.length) controller.close();
    },
  };
  return new ReadableStream(source, { highWaterMark: 0 });
}

/**
 * Answers browsers with GraphiQL: one page for everybody, of 9 MB, made and compressed at the first request. All are sent the same bytes, piece by
 * piece as they take them, since a response would copy what it is given whole. It holds no data and no token.
 */
export function createGraphiql(): (request: Request) => Promise<Response> {
  let page: Promise<Page> | undefined;
  let unpacked: Promise<Uint8Array> | undefined;
  return async ({ headers }) => {
    const { packed, policy, tag } = await (page ??= render());
    const kept = { "cache-control": "public, max-age=3600", "content-security-policy": policy, etag: tag, vary: "accept, accept-encoding" };
    if (headers.get("if-none-match") === tag) return new Response(null, { status: 304, headers: kept });
    const isPacked = /\bgzip\b/.test(headers.get("accept-encoding") ?? "");
    const bytes = isPacked ? packed : await (unpacked ??= promisify(gunzip)(packed));
    const told = { ...kept, "content-type": "text/html; charset=utf-8", "content-length": String(bytes.length), ...(isPacked ? { "content-encoding": "gzip" } : {}) };
    return new Response(streamOf(bytes), { headers: told });
  };
}

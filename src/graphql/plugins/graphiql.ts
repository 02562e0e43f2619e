import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";

interface Page {
  packed: Uint8Array<ArrayBuffer>;
  policy: string;
  tag: string;
}

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
  const packed = new Uint8Array(await promisify(gzip)(html));
  return { packed, policy: policyOf(html), tag: `"${createHash("sha256").update(packed).digest("base64url")}"` };
}

/** Answers browsers with GraphiQL: one page of 9 MB for everybody, made at the first request and kept compressed. It holds no data and no token. */
export function createGraphiql(): (request: Request) => Promise<Response> {
  let page: Promise<Page> | undefined;
  return async ({ headers }) => {
    const { packed, policy, tag } = await (page ??= render());
    const kept = { "cache-control": "public, max-age=3600", "content-security-policy": policy, etag: tag, vary: "accept, accept-encoding" };
    if (headers.get("if-none-match") === tag) return new Response(null, { status: 304, headers: kept });
    const told = { ...kept, "content-type": "text/html; charset=utf-8" };
    const isPacked = /\bgzip\b/.test(headers.get("accept-encoding") ?? "");
    if (isPacked) return new Response(packed, { headers: { ...told, "content-encoding": "gzip" } });
    return new Response(new Uint8Array(await promisify(gunzip)(packed)), { headers: told });
  };
}

import { lookup as resolve } from "node:dns";
import { request as requestHttp } from "node:http";
import { request as requestHttps, type RequestOptions } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { isPrivateAddress } from "./rules.ts";

/** What came of a delivery: the status that answered it, or what went wrong before any did; and how long it took. */
export interface Posted {
  status: number | null;
  error: string | null;
  ms: number;
}

const TIMEOUT_MS = 10_000;
const MAX_ERROR = 300;

class PrivateTarget extends Error {
  constructor(host: string) {
    super(`${host} is in a private network, where nothing is sent to`);
  }
}

// The address is checked that the socket connects to, so that a name can't lead elsewhere between a check and its use.
const publicLookup: LookupFunction = (hostname, options, callback) => {
  resolve(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error, []);
    if (addresses.some(({ address }) => isPrivateAddress(address))) return callback(new PrivateTarget(hostname), []);
    return options.all ? callback(null, addresses) : callback(null, addresses[0]!.address, addresses[0]!.family);
  });
};

// Of several addresses that were all tried, the error has a code but no words.
const wordsOf = (error: NodeJS.ErrnoException) => error.message || error.code || error.name;

/**
 * Posts JSON once: no redirect is followed, nothing of the answer's body is read, and after 10 s it is given up. An address in a private
 * network is refused when the connection is made, unless allowed.
 */
export function post(href: string, headers: Readonly<Record<string, string>>, body: string, allowsPrivate: boolean): Promise<Posted> {
  const url = new URL(href);
  const start = performance.now();
  const host = url.hostname.replace(/^\[|\]$/g, "");
  return new Promise((done) => {
    const end = (status: number | null, error: string | null) => done({ status, error: error?.slice(0, MAX_ERROR) ?? null, ms: Math.round(performance.now() - start) });
    if (!allowsPrivate && isIP(host) && isPrivateAddress(host)) return end(null, new PrivateTarget(host).message);
    const options: RequestOptions = {
      method: "POST",
      headers: { "content-type": "application/json", "user-agent": "assay", "content-length": String(Buffer.byteLength(body)), ...headers },
      signal: AbortSignal.timeout(TIMEOUT_MS),
      agent: false,
      ...(allowsPrivate ? {} : { lookup: publicLookup }),
    };
    const send = url.protocol === "https:" ? requestHttps : requestHttp;
    const request = send(url, options, (response) => {
      end(response.statusCode ?? null, null);
      response.destroy();
    });
    request.on("error", (error) => end(null, error.name === "AbortError" || error.name === "TimeoutError" ? `no answer within ${TIMEOUT_MS / 1_000} s` : wordsOf(error)));
    // An upgrade that nobody asked for ends in neither an answer nor an error.
    request.on("close", () => end(null, "closed without an answer"));
    request.end(body);
  });
}

import type { ServerResponse } from "node:http";
import type { Plugin } from "graphql-yoga";
import type { Logger } from "pino";
import type { Viewer } from "../../core/viewer.ts";
import type { Watch } from "../../grants/watch.service.ts";
import { shownBy } from "./allowance.ts";
import { readDryRun } from "./limits.ts";
import type { Subscriber } from "./live.ts";
import { requestIdOf } from "./log.ts";
import { maskError } from "./mask.ts";
import type { Caller } from "./session.ts";

/** Who sends a request, by what answer it is told; rejects with what they are told where they may not. */
export type CallerOf = (request: Request, response?: ServerResponse) => Promise<Subscriber>;

/** Asks of each request whose it is. */
export function createCallers({ viewerOf, watch, log }: { viewerOf: (request: Request) => Promise<Viewer>; watch: Watch; log: Logger }): CallerOf {
  return async (request, response) => {
    const requestId = requestIdOf(request);
    const shown = shownBy(request);
    try {
      const viewer = await viewerOf(request);
      const onGone = (stop: () => void) => {
        if (request.signal.aborted) stop();
        else request.signal.addEventListener("abort", stop, { once: true });
        return () => {};
      };
      const hangUp = () => void response?.destroy();
      const isDryRun = readDryRun(request.headers.get("x-assay-dry-run"));
      return { requestId, viewer, isDryRun, watch: (onEnd) => watch.start(shown, viewer, onEnd), onGone, hangUp };
    } catch (error) {
      throw maskError(error, requestId, log);
    }
  };
}

/** The Yoga plugin that asks whose a request is before any of it is parsed: who shows no valid token learns nothing by asking. */
export function useCaller(callerOf: CallerOf): Plugin<Caller, { caller?: Caller; res?: ServerResponse }> {
  return {
    async onRequestParse({ request, serverContext }) {
      serverContext.caller = await callerOf(request, serverContext.res);
    },
  };
}

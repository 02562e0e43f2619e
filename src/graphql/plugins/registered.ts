import type { Plugin } from "graphql-yoga";
import { comerOf, type Viewer } from "../../core/viewer.ts";
import type { Documents } from "../../documents/known.service.ts";
import { hashOf, namedHash, type Naming, unknownHash, unregistered } from "../../documents/rules.ts";

/** The registered documents of callers. */
export interface Registered {
  /** The parameters, with the text in them if they name it by its hash. Throws NotRegistered, also where the viewer may send no such text: nothing is said of it then. */
  fill<Params extends Naming>(params: Params, viewer: Viewer): Promise<Params>;
}

/** Looks documents up by what processes keep at hand. */
export function createRegistered(documents: Documents): Registered {
  return {
    async fill(params, viewer) {
      const hash = namedHash(params);
      if (!hash && !viewer.isRestricted) return params;
      if (!hash) {
        const sent = hashOf(String(params.query));
        if ((await documents.find(comerOf(viewer), sent)) === null) throw unregistered(sent);
        return params;
      }
      const query = await documents.find(comerOf(viewer), hash);
      if (query === null) throw unknownHash(hash);
      return { ...params, query };
    },
  };
}

/** The Yoga plugin that puts a registered text in the place of its hash, and takes no other of whoever is held to these; by GET, `documentId` stands in the address. */
export function useRegistered({ fill }: Registered): Plugin<object, { caller?: { viewer: Viewer } }> {
  return {
    async onParams({ request, params, setParams, context }) {
      const documentId = request.method === "GET" ? (new URL(request.url, "http://localhost").searchParams.get("documentId") ?? undefined) : undefined;
      const naming: Naming & typeof params = documentId === undefined ? params : { ...params, documentId };
      const { viewer } = (context as { caller: { viewer: Viewer } }).caller;
      if (viewer.isRestricted || namedHash(naming)) setParams(await fill(naming, viewer));
    },
  };
}

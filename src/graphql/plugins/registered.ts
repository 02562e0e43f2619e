import type { DocumentNode } from "graphql";
import type { Plugin } from "graphql-yoga";
import { comerOf, type Viewer } from "../../core/viewer.ts";
import type { Documents } from "../../documents/known.service.ts";
import { hashOf, namedHash, type Naming, NotRegistered, unknownHash, unregistered } from "../../documents/rules.ts";

/** The registered documents of callers. */
export interface Registered {
  /** The parameters, with the text in them if they name it by its hash. Throws NotRegistered. */
  fill<Params extends Naming>(params: Params, viewer: Viewer): Promise<Params>;
  /** Why the viewer may not send this document; null if they may. */
  refusalOf(document: DocumentNode, viewer: Viewer): Promise<NotRegistered | null>;
}

const hashes = new WeakMap<DocumentNode, string>();

function hashOfDocument(document: DocumentNode): string {
  const known = hashes.get(document) ?? hashOf(document.loc!.source.body);
  hashes.set(document, known);
  return known;
}

/** Looks documents up by what processes keep at hand. */
export function createRegistered(documents: Documents): Registered {
  return {
    async fill(params, viewer) {
      const hash = namedHash(params);
      if (!hash) return params;
      const query = await documents.find(comerOf(viewer), hash);
      if (query === null) throw unknownHash(hash);
      return { ...params, query };
    },
    async refusalOf(document, viewer) {
      if (!viewer.isRestricted) return null;
      const hash = hashOfDocument(document);
      return (await documents.find(comerOf(viewer), hash)) === null ? unregistered(hash) : null;
    },
  };
}

/** The Yoga plugin that puts a registered text in the place of its hash; by GET, `documentId` stands in the address. */
export function useRegistered({ fill }: Registered): Plugin<object, { caller?: { viewer: Viewer } }> {
  return {
    async onParams({ request, params, setParams, context }) {
      const documentId = request.method === "GET" ? (new URL(request.url, "http://localhost").searchParams.get("documentId") ?? undefined) : undefined;
      const naming: Naming & typeof params = documentId === undefined ? params : { ...params, documentId };
      if (namedHash(naming)) setParams(await fill(naming, (context as { caller: { viewer: Viewer } }).caller.viewer));
    },
  };
}

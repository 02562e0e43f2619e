import { decodeIfGiven } from "../core/ids.ts";
import { ApiClient, Principal } from "../grants/graphql.ts";
import { builder } from "../graphql/builder.ts";
import { defineEntity, entityRef } from "../graphql/entity.ts";
import { one, versionedFields } from "../graphql/fields.ts";
import { defineList, rootList } from "../graphql/list.ts";
import { type DocumentFilter, documentList } from "./store.ts";
import { registeredDocumentEntity, type RegisteredDocumentRow } from "./table.ts";

export const RegisteredDocument = entityRef(registeredDocumentEntity);

const documentListType = defineList(RegisteredDocument, documentList, {
  orders: { ID: "Order of creation.", UPDATED_AT: "By the last change." },
  filter: (t) => ({
    principalId: t.id({ description: "Those of this principal." }),
    hashes: t.stringList({ description: "Those with one of these hashes: SHA-256, 64 lower-case hexadecimal digits." }),
    isRetired: t.boolean({ description: "True: those out of use; false: those in use." }),
    updatedAfter: t.field({ type: "DateTime", description: "Those changed after this time." }),
  }),
  read: (input: DocumentFilter) => ({ ...input, principalId: decodeIfGiven("Principal", input.principalId, ["filter", "principalId"]) }),
});

defineEntity(RegisteredDocument, {
  description:
    'A document that its principal may send by its hash in place of its text: `documentId` "sha256:<hash>" (GraphQL over HTTP, appendix A), or `extensions.persistedQuery.sha256Hash`, which is the way over WebSocket, with an empty `query`. Seen by the principal and administrators.',
  fields: (t) => ({
    principal: one(t, "principal", Principal, "Who may send it so."),
    hash: t.exposeString("hash", { description: "SHA-256 of the text's UTF-8 bytes, 64 lower-case hexadecimal digits." }),
    name: t.exposeString("name", { nullable: true, description: "For people; null if none was given." }),
    document: t.exposeString("document", { description: "The text, as it was registered." }),
    cost: t.exposeInt("cost", {
      description: "Points that its dearest operation cost when it was registered, where variables decide with the default of its lists.",
    }),
    retiredAt: t.field({ type: "DateTime", nullable: true, description: "When it was taken out of use; null while it is in use.", resolve: (row: RegisteredDocumentRow) => row.retiredAt }),
    ...versionedFields(t),
  }),
});

rootList(documentListType, "registeredDocuments", "Registered documents that the viewer may see: administrators all, others their own.");

builder.objectFields(ApiClient, (t) => ({
  isRestricted: t.exposeBoolean("isRestricted", {
    description: "Whether it may send its principal's registered documents alone: any other is refused as DOCUMENT_NOT_REGISTERED. Changed by `restrictApiClient`.",
  }),
}));

import { decodeId } from "../core/ids.ts";
import { alone } from "../events/about.ts";
import { defineEvents, loadAbout } from "../events/streams.graphql.ts";
import { ClockKinds, SlaClock } from "./graphql.ts";
import { type ClockKind, slaClockEntity } from "./table.ts";

interface Filter {
  subjectIds?: string[] | null;
  kinds?: ClockKind[] | null;
  percents?: number[] | null;
  queueIds?: string[] | null;
  vendorIds?: string[] | null;
  markets?: string[] | null;
}

export const slaEvents = defineEvents("slaEvents", {
  about: alone(slaClockEntity),
  description: `Clocks that pass 50, 75, 90 or 100 per cent of their open time, each once and in order, as far as the viewer may see what they are about: 75 and more are at risk,
100 is a breach. A machine client needs scope events:read.`,
  message: {
    name: "SlaEvent",
    description: "A clock that passed a threshold.",
    fields: (t) => ({
      clock: t.field({
        type: SlaClock,
        nullable: true,
        description: "The clock, as it is now. Null for a gap.",
        resolve: (row, _, context, info) => loadAbout(row, slaClockEntity, context, info),
      }),
    }),
  },
  filter: {
    description: "Which thresholds.",
    fields: (t) => ({
      subjectIds: t.idList({ description: "Of clocks of one of these objects, such as appeals and escalations." }),
      kinds: t.field({ type: [ClockKinds], description: "Of clocks of one of these kinds." }),
      percents: t.intList({ description: "One of these: 50, 75, 90, 100." }),
      queueIds: t.idList({ description: "Of clocks about one of these queues." }),
      vendorIds: t.idList({ description: "Of clocks about work of one of these vendors." }),
      markets: t.stringList({ description: "Of clocks about one of these markets, by its code." }),
    }),
    read: ({ subjectIds, kinds, percents, queueIds, vendorIds, markets }: Filter, path) => ({
      chosen: {
        kind: kinds,
        queueId: queueIds?.map((id) => decodeId("Queue", id, [...path, "queueIds"]).id),
        vendorId: vendorIds?.map((id) => decodeId("Vendor", id, [...path, "vendorIds"]).id),
        market: markets,
      },
      happening: { payload: { percent: percents?.map(String), subjectId: subjectIds } },
    }),
  },
});

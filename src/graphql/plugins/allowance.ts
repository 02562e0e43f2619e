import type { GraphQLSchema } from "graphql";
import type { Logger } from "pino";
import { createGuard, type Guarded } from "../../budgets/guard.service.ts";
import { createMeter, type Meter, type Spending } from "../../budgets/meter.service.ts";
import { createPurses } from "../../budgets/purses.service.ts";
import { type Balance, FAILURES_PER_MINUTE, POINTS_PER_MINUTE } from "../../budgets/rules.ts";
import { BUDGET } from "../../budgets/service.ts";
import { comerOf, type Viewer } from "../../core/viewer.ts";
import type { Pool } from "../../db/pool.ts";
import { createDocuments } from "../../documents/known.service.ts";
import { DOCUMENT } from "../../documents/service.ts";
import type { SealedEvent } from "../../events/reader.ts";
import type { Authenticator } from "../../grants/authenticator.service.ts";
import type { Shown } from "../../grants/watch.service.ts";
import { type Admit, createAdmission } from "./limits.admission.ts";
import { createMistaken, type Mistaken } from "./limits.mistakes.ts";
import { originOf } from "./origin.ts";
import { createRegistered, type Registered } from "./registered.ts";

export interface AllowanceOptions {
  /** The system's own. */
  pool: Pool;
  authenticator: Authenticator;
  schema: GraphQLSchema;
  /** What a principal may spend unless an administrator says otherwise. */
  pointsPerMinute?: number;
  /** Tokens from one network that may lead nowhere in a minute. */
  failuresPerMinute?: number;
  /** How many proxies of ours everybody comes through. */
  proxies: number;
  log: Logger;
}

/** What callers may spend, send and try. */
export interface Allowance {
  admit: Admit;
  mistaken: Mistaken;
  meter: Meter;
  registered: Registered;
  /** What is left of a viewer's budget. */
  balanceOf: (viewer: Viewer) => Promise<Balance>;
  /** Who shows this, coming from there. */
  viewerBy: (shown: Shown, address: string | null) => Promise<Viewer>;
  /** Who sends a request. */
  viewerOf: (request: Request) => Promise<Viewer>;
  /** Looks at secrets that a request shows in other ways than by a token, unless its network has tried too much. */
  guardedBy: (request: Request) => Guarded;
  /** Hears that budgets were set, and documents registered. */
  hear: (events: readonly SealedEvent[]) => void;
}

/** What is shown of who comes, by headers or by what stands for them where there are none. */
export function shownIn(header: (name: string) => string | null): Shown {
  const token = /^Bearer +(\S+)$/i.exec(header("authorization") ?? "")?.[1] ?? null;
  return { token, roleHeader: header("x-assay-role") };
}

/** What a request shows of whose it is. */
export function shownBy({ headers }: Request): Shown {
  return shownIn((name) => headers.get(name));
}

/** Budgets, registered documents and the guard against guessing, of one process. */
export function createAllowance(options: AllowanceOptions): Allowance {
  const { pool, authenticator, schema, log, pointsPerMinute = POINTS_PER_MINUTE, failuresPerMinute = FAILURES_PER_MINUTE, proxies } = options;
  const guardOf = createGuard(failuresPerMinute);
  const purses = createPurses(pool, pointsPerMinute);
  const documents = createDocuments(pool);
  const charge: Spending["charge"] = (viewer, points) => purses.charge(comerOf(viewer), points);
  const take: Spending["take"] = (viewer, points) => purses.take(comerOf(viewer), points);

  const viewerBy: Allowance["viewerBy"] = ({ token, roleHeader }, address) => {
    const lookUp = () => authenticator.viewer(token, roleHeader);
    // Whoever is known already passes, whatever their neighbours send.
    return !token || authenticator.knows(token) ? lookUp() : guardOf(address)(token, lookUp);
  };

  return {
    admit: createAdmission(schema, { charge, take, log }),
    mistaken: createMistaken({ charge, log }),
    meter: createMeter({ charge, take }),
    registered: createRegistered(documents),
    balanceOf: (viewer) => charge(viewer, 0),
    viewerBy,
    viewerOf: (request) => viewerBy(shownBy(request), originOf(request, proxies)),
    guardedBy: (request) => guardOf(originOf(request, proxies)),
    hear(events) {
      for (const { subjectType, payload } of events) {
        if (subjectType === BUDGET) purses.forget(String(payload.principalId));
        if (subjectType === DOCUMENT) documents.forget(String(payload.principalId));
      }
    },
  };
}

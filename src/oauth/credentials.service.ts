import { startUsage } from "../clients/usage.service.ts";
import type { Pool } from "../db/pool.ts";
import type { SealedEvent } from "../events/reader.ts";
import { type Authenticator, createAuthenticator } from "../grants/authenticator.service.ts";
import { createWatch, CREDENTIAL_SUBJECTS, type Watch, withdrawnFrom } from "../grants/watch.service.ts";
import { createProvider, type JwtOptions } from "../tokens/provider.service.ts";
import { createKeyring, type Keyring } from "../tokens/service.ts";

export interface CredentialOptions {
  pool: Pool;
  /** Of the identity provider; null where there is none. */
  jwt: JwtOptions | null;
  /** The address that callers know the service by, once it is known. */
  publicUrl: () => string;
  /** Hears that what is written behind callers' backs could not be. */
  onFailure: (error: unknown) => void;
}

/** By what callers are known, and for how long. */
export interface Credentials {
  authenticator: Authenticator;
  keyring: Keyring;
  watch: Watch;
  /** Hears what has happened: where it may change what a credential leads to, all are looked up again, and those of open connections at once that may end. */
  hear: (events: readonly SealedEvent[]) => void;
  close: () => Promise<void>;
}

/** Keys, the identity provider's tokens and the service's own, looked up in one way and withdrawn by one event. */
export function createCredentials({ pool, jwt, publicUrl, onFailure }: CredentialOptions): Credentials {
  const keyring = createKeyring(pool, publicUrl);
  const usage = startUsage(pool, onFailure);
  const authenticator = createAuthenticator({ pool, provider: jwt && createProvider(jwt), keyring, onUse: usage.note });
  const watch = createWatch(authenticator);
  return {
    authenticator,
    keyring,
    watch,
    hear(events) {
      const told = events.filter(({ subjectType }) => CREDENTIAL_SUBJECTS.includes(subjectType));
      if (told.length === 0) return;
      authenticator.forget();
      watch.recheck(told.flatMap((event) => withdrawnFrom(event) ?? []));
    },
    close() {
      watch.close();
      return usage.close();
    },
  };
}

import postgres from "postgres";

/** A share in an embedded server. */
export interface Hold {
  /** Whether nobody else holds the server; then nobody else can, until it has ended. */
  letGo(): Promise<boolean>;
  end(): Promise<void>;
}

const HOLD_LOCK = "4157001";

/**
 * A connection that holds a shared advisory lock for as long as its process lives. Who lets go tries the exclusive one: only the last gets
 * it, whatever befell the others, and it keeps newcomers waiting until the server has ended under them. A hold that is lost, with its
 * backend or the whole server, is not taken again by itself.
 */
export const holdServer = async (url: string, onLost: () => void): Promise<Hold> => {
  let isHeld = false;
  const sql = postgres(url, {
    max: 1,
    max_lifetime: null,
    connect_timeout: 2,
    fetch_types: false,
    connection: { application_name: "assay hold" },
    onnotice: () => {},
    onclose: () => {
      if (!isHeld) return;
      isHeld = false;
      onLost();
    },
  });
  const end = () => sql.end({ timeout: 0 });
  try {
    await sql`select pg_advisory_lock_shared(${HOLD_LOCK}::bigint)`;
  } catch (error) {
    await end();
    throw error;
  }
  isHeld = true;
  const letGo = async () => {
    if (!isHeld) return false;
    isHeld = false;
    await sql`select pg_advisory_unlock_shared(${HOLD_LOCK}::bigint)`;
    const [answer] = await sql<{ isLast: boolean }[]>`select pg_try_advisory_lock(${HOLD_LOCK}::bigint) as "isLast"`;
    return answer?.isLast === true;
  };
  return { letGo, end };
};

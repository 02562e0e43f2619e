/** Work that arrives by chance: how many an hour (or any unit), how long each takes in that unit, and how many are there to do it. */
export type QueueLoad = { arrivals: number; handleTime: number; agents: number };

/** How such a queue serves: chance of having to wait, mean wait, and share of time that agents are busy. */
export type QueueService = { waitChance: number; meanWait: number; occupancy: number; servedWithin: (time: number) => number };

/**
 * Erlang's C formula (Erlang 1917) for arrivals at random that wait for the next free agent; null where more comes than can be done
 * (UNSTABLE), since the queue then has no end. From the recursion of Erlang's B, so that no factorial overflows.
 */
export function erlangC({ arrivals, handleTime, agents }: QueueLoad): QueueService | null {
  if (!(arrivals >= 0 && handleTime > 0 && Number.isSafeInteger(agents) && agents >= 0)) {
    throw new RangeError(`not a load: ${arrivals}, ${handleTime}, ${agents}`);
  }
  const load = arrivals * handleTime;
  if (load >= agents) return null;
  let blocked = 1;
  for (let k = 1; k <= agents; k += 1) blocked = (load * blocked) / (k + load * blocked);
  const waitChance = (agents * blocked) / (agents - load * (1 - blocked));
  const leaving = (agents - load) / handleTime;
  return {
    waitChance,
    meanWait: waitChance / leaving,
    occupancy: load / agents,
    servedWithin: (time) => 1 - waitChance * Math.exp(-leaving * time),
  };
}

/** A day's work, and what of a working day is left for it. */
export type Workload = { volume: number; handleSeconds: number; hours: number; utilisation: number; shrinkage: number };

/** How many people a day's work takes: volume·AHT / (3600·hours·utilisation·(1 - shrinkage)); null if nothing of the day is left. */
export function fullTimeEquivalents({ volume, handleSeconds, hours, utilisation, shrinkage }: Workload): number | null {
  const seconds = 3600 * hours * utilisation * (1 - shrinkage);
  return seconds > 0 ? (volume * handleSeconds) / seconds : null;
}

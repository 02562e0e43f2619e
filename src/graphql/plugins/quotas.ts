/** Gives a principal one more of something, and returns how to give it back; null where they have all that one may have. */
export type Quota = (principalId: string) => (() => void) | null;

/** Counts, in this process, what each principal holds: `most` at a time. */
export function createQuota(most: number): Quota {
  const held = new Map<string, number>();
  return (principalId) => {
    const count = held.get(principalId) ?? 0;
    if (count >= most) return null;
    held.set(principalId, count + 1);
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      const left = held.get(principalId)! - 1;
      if (left === 0) held.delete(principalId);
      else held.set(principalId, left);
    };
  };
}

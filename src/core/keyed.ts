type Key = string | null;

/** What there is one of for each combination of keys: found key by key, since to write them into one text costs more than all the rest. */
export class ByKeys<Member> {
  readonly all: Member[] = [];
  readonly #make: (keys: readonly Key[]) => Member;
  readonly #root = new Map<Key, unknown>();

  constructor(make: (keys: readonly Key[]) => Member) {
    this.#make = make;
  }

  #lastOf(keys: readonly Key[]): Map<Key, unknown> {
    let level = this.#root;
    for (let i = 0; i < keys.length - 1; i += 1) {
      let next = level.get(keys[i]!) as typeof level | undefined;
      if (!next) level.set(keys[i]!, (next = new Map()));
      level = next;
    }
    return level;
  }

  /** The member of these keys, made if there is none; keys are as many each time. */
  of(keys: readonly Key[]): Member {
    const level = this.#lastOf(keys);
    const last = keys.at(-1) ?? null;
    let member = level.get(last) as Member | undefined;
    if (member === undefined) {
      level.set(last, (member = this.#make(keys)));
      this.all.push(member);
    }
    return member;
  }

  /** The member of these keys, if there is one. */
  find(keys: readonly Key[]): Member | undefined {
    return this.#lastOf(keys).get(keys.at(-1) ?? null) as Member | undefined;
  }
}

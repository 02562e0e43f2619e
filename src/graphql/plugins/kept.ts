/** What was made of texts. */
export interface Kept<T> {
  get: (text: string) => T | undefined;
  set: (text: string, made: T) => void;
}

/** Characters of all documents that are kept parsed: a syntax tree takes up to 250 bytes for each. */
const MOST = 100_000;

/** Remembers the newest texts, as many as have 100,000 characters together: who sends ever other documents fills no memory. */
export function createKept<T>(): Kept<T> {
  const kept = new Map<string, T>();
  let characters = 0;
  return {
    get: (text) => kept.get(text),
    set(text, made) {
      if (text.length > MOST) return;
      if (!kept.has(text)) characters += text.length;
      kept.set(text, made);
      for (const oldest of kept.keys()) {
        if (characters <= MOST) return;
        kept.delete(oldest);
        characters -= oldest.length;
      }
    },
  };
}

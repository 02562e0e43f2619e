const ELSEWHERE = "set DATABASE_URL to a PostgreSQL of your own";

/** The database can't be started for a reason outside the code: `message` says it in one line, `remedy` what to do about it. */
export class StartError extends Error {
  override readonly name = "StartError";
  readonly remedy: string;

  constructor(message: string, remedy: string, options?: ErrorOptions) {
    super(message, options);
    this.remedy = remedy;
  }
}

type Explanation = readonly [symptom: RegExp, cause: (path: string) => string, remedy: (path: string) => string];

const EXPLANATIONS: readonly Explanation[] = [
  [
    /ENOSPC|EDQUOT|No space left|Disk quota exceeded|wrote only/i,
    (path) => `no space left on the disk of ${path}`,
    () => `free about 300 MB there, or ${ELSEWHERE}`,
  ],
  [
    /EACCES|EPERM|EROFS|(ENOENT|EINVAL).*(mkdir|chown)|Permission denied|Operation not permitted|Read-only file system/i,
    (path) => `no permission to keep the database in ${path}`,
    (path) => `make ${path} writable for this user (or remove it, if another user made it), or ${ELSEWHERE}`,
  ],
  [
    /could not bind|could not create any TCP|listen E/i,
    () => "no port of 127.0.0.1 can be listened on",
    () => `allow listening on 127.0.0.1, or ${ELSEWHERE}`,
  ],
  [
    /incompatible with server|not compatible with this version/i,
    (path) => `${path} holds the data of another PostgreSQL version`,
    () => `begin anew with --reset (what is in it is lost), or ${ELSEWHERE}`,
  ],
  [
    /spawn .*ENOENT|Exec format error|ENOEXEC|GLIBC/i,
    () => "the PostgreSQL binaries don't run on this system",
    () => ELSEWHERE,
  ],
  [
    /could not look up effective user/i,
    () => "PostgreSQL refuses an account without a name on this system",
    () => `run as a named user or as root, or ${ELSEWHERE}`,
  ],
];

/** Turns whatever stopped the server at `path` (an errno, initdb's or the server's words) into one line with its remedy. */
export const explainStart = (symptom: unknown, path: string, logFile?: string): StartError => {
  if (symptom instanceof StartError) return symptom;
  const words = symptom instanceof Error ? symptom.message : String(symptom);
  const detail = (words.trim().split("\n").at(-1) ?? "").replace(/^.*?(FATAL|PANIC|error):\s*/, "");
  const known = EXPLANATIONS.find(([pattern]) => pattern.test(words));
  const options = { cause: symptom };
  if (known) return new StartError(`${known[1](path)} (${detail})`, known[2](path), options);
  return new StartError(`PostgreSQL did not start: ${detail}`, logFile ? `see ${logFile}, or ${ELSEWHERE}` : ELSEWHERE, options);
};

/** The four refusal families; every other error is a bug and is masked. */
export type RefusalCode = "NOT_FOUND" | "INVALID_INPUT" | "CONFLICT" | "FORBIDDEN";

/** An expected "no": shown to the caller as it is. `path` names the input field, `message` the value and the remedy. */
export abstract class Refusal extends Error {
  abstract readonly code: RefusalCode;
  readonly path: readonly string[];

  constructor(message: string, path: readonly string[] = []) {
    super(message);
    this.path = path;
  }
}

/** The thing does not exist for this viewer; hidden and absent rows give the same bytes. */
export class NotFound extends Refusal {
  override readonly name = "NotFound";
  readonly code = "NOT_FOUND";
}

/** A value of the input can't be taken; the message names the remedy. */
export class InvalidInput extends Refusal {
  override readonly name: string = "InvalidInput";
  readonly code = "INVALID_INPUT";
}

/** The input was fine, the state of the world is against it. */
export class Conflict extends Refusal {
  override readonly name: string = "Conflict";
  readonly code = "CONFLICT";
}

/** The viewer may see the thing, but not do this with it. */
export class Forbidden extends Refusal {
  override readonly name: string = "Forbidden";
  readonly code = "FORBIDDEN";
}

/** The viewer is party to what they would rule on; somebody else who may rule can. */
export class NotIndependent extends Forbidden {
  override readonly name = "NotIndependent";
}

/** A state machine has no such arrow for this viewer now; `allowedActions` says which it has. */
export class InvalidTransition extends Conflict {
  override readonly name = "InvalidTransition";
  readonly state: string;
  readonly allowedActions: readonly string[];

  constructor(message: string, state: string, allowedActions: readonly string[]) {
    super(message);
    this.state = state;
    this.allowedActions = allowedActions;
  }
}

/** The version that was expected is not the row's: somebody else changed it first. */
export class VersionConflict extends Conflict {
  override readonly name = "VersionConflict";
  readonly actualVersion: number;

  constructor(expectedVersion: number, actualVersion: number, field = "expectedVersion") {
    super(`${field}: ${expectedVersion} is not the present version ${actualVersion}; read the row again and decide anew.`, [field]);
    this.actualVersion = actualVersion;
  }
}

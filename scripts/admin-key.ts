import { Command } from "commander";
import { environment, readConfig } from "../src/config.ts";
import { createApiClient } from "../src/clients/service.ts";
import { SYSTEM_VIEWER } from "../src/core/viewer.ts";
import { DATA_DIR, openDatabase } from "../src/db/open.ts";
import type { Verb } from "../src/db/verb.ts";
import { performVerb } from "../src/grants/perform.service.ts";
import { createPrincipal, grantRole } from "../src/grants/service.ts";

const program = new Command("npm run admin-key --")
  .description("Makes an administrator with an API key, and prints the key: the one time it is shown. For the first sign-in to a database of your own: the operator's way in, which needs no second administrator, with ADMIN_FOUR_EYES neither.")
  .requiredOption("--name <name>", "the administrator's name")
  .option("--days <number>", "days until the key ends, 1 to 365", "90")
  .parse();
const { name, days } = program.opts<{ name: string; days: string }>();
if (!/^[1-9]\d{0,2}$/.test(days) || Number(days) > 365) program.error(`error: --days ${days} is not 1 to 365`);

async function makeAdmin(verb: Verb): Promise<string> {
  const { id: principalId } = await createPrincipal(verb, { kind: "PERSON", name });
  await grantRole(verb, { principalId, role: "ADMIN", projectId: null, vendorId: null, teamId: null, labelerId: null, canAdjudicate: false, expiresAt: null });
  const expiresAt = new Date(verb.now.getTime() + Number(days) * 86_400_000);
  const { secret } = await createApiClient(verb, { principalId, name: "made by npm run admin-key", scopes: [], expiresAt });
  return secret!;
}

const database = await openDatabase(readConfig(environment(), DATA_DIR));
try {
  console.log(await performVerb(database.pool, SYSTEM_VIEWER, "adminKey", {}, makeAdmin));
} finally {
  await database.close();
}

import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { Command } from "commander";
import { printContract } from "../src/schema.ts";

const FILE = "schema/schema.graphql";

const { write } = new Command("npm run schema --")
  .description("Prints the GraphQL schema as SDL, sorted by name.")
  .option("--write", `write it to ${FILE} instead, where the contract test expects it`)
  .parse()
  .opts<{ write?: boolean }>();

if (write) {
  mkdirSync(dirname(FILE), { recursive: true });
  writeFileSync(FILE, printContract());
  console.log(`${FILE} is current`);
} else {
  process.stdout.write(printContract());
}

// Migrates the database of its arguments, as a process that starts would: login, jobs and migrator URL.
import { migrate } from "../../src/db/migrate.ts";

const [login, jobs, migrator] = process.argv.slice(2) as [string, string, string];
await migrate({ login, jobs, migrator }, "drizzle");

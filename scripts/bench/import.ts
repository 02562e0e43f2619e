import { createReadStream } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { copyIn, copyOut } from "../../src/db/copy.ts";
import { generateRows, importRows, show, withDatabase } from "./data.ts";

/** Prints how fast decisions are imported, beside one COPY stream of the same rows. */
export async function benchImport(rows: number): Promise<void> {
  await withDatabase(async (database, dir) => {
    const [source, copied] = [join(dir, "decisions.csv"), join(dir, "decisions.copy")];
    await writeFile(source, generateRows(rows));
    const start = performance.now();
    await importRows(database, "BENCH", rows, createReadStream(source));
    const seconds = (performance.now() - start) / 1_000;
    const peakMemory = process.resourceUsage().maxRSS / 1_024;
    await copyOut(database.urls.migrator, "decisions", copied);
    const copySeconds = (await copyIn(database.urls.migrator, "decisions", copied)) / 1_000;
    const rate = (time: number) => `${show(rows / time)} rows/s (${time.toFixed(1)} s)`;
    console.log(`import of ${show(rows)} decisions: ${rate(seconds)}, CSV to commit`);
    console.log(`one COPY of the same rows into the same table, as its owner: ${rate(copySeconds)}`);
    console.log(`ratio ${(copySeconds / seconds).toFixed(2)}; peak memory of the importing process ${peakMemory.toFixed(0)} MB`);
  });
}

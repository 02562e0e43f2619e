import { generateRows, importRows, show, withDatabase } from "./data.ts";
import { makeLead, MB, PROJECT, startServer } from "./serving.ts";

const FORMATS = ["CSV", "NDJSON", "XLSX", "PARQUET"];

async function makeLink(url: string, key: string, input: object): Promise<string> {
  const query = "mutation ($input: CreateExportInput!) { made: createExport(input: $input) { ... on CreateExportPayload { url } ... on Refusal { message } } }";
  const headers = { "content-type": "application/json", authorization: `Bearer ${key}` };
  const response = await fetch(`${url}/graphql`, { method: "POST", headers, body: JSON.stringify({ query, variables: { input } }) });
  const { data, errors } = (await response.json()) as { data: { made: { url?: string; message?: string } }; errors?: unknown };
  if (!data?.made.url) throw new Error(JSON.stringify(errors ?? data));
  return url + data.made.url;
}

async function download(url: string): Promise<number> {
  const response = await fetch(url);
  let bytes = 0;
  for await (const chunk of response.body!) bytes += chunk.length;
  return bytes;
}

/**
 * Prints how fast decisions are exported in each format, and how much the memory of the serving process grows. Each format has a process of
 * its own, which exports the first of twelve weeks before: until then it grows whatever it does, and what grows afterwards grows with the rows.
 */
export async function benchExports(rows: number): Promise<void> {
  await withDatabase(async (database) => {
    await importRows(database, PROJECT, rows, generateRows(rows));
    const { projectId, key } = await makeLead(database.pool);
    for (const format of FORMATS) {
      const { url, memory, stop } = await startServer(database.urls);
      const input = { dataset: "DECISIONS", projectId, format };
      const idle = await memory();
      await download(await makeLink(url, key, { ...input, range: { from: "2026-01-05", to: "2026-01-12" } }));
      const link = await makeLink(url, key, input);
      const before = await memory();
      const begin = performance.now();
      const bytes = await download(link);
      const seconds = (performance.now() - begin) / 1_000;
      const after = await memory();
      await stop();
      const [start, week, most] = [idle.now, Math.max(before.peak, before.now), after.peak];
      const grown = `memory ${start.toFixed(0)} MB at the start, ${week.toFixed(0)} MB in the first week, ${most.toFixed(0)} MB at most: ${(most - week).toFixed(0)} MB more`;
      console.log(`${format}: ${show(rows)} decisions in ${seconds.toFixed(1)} s (${show(rows / seconds)} rows/s), ${show(bytes / MB)} MB; ${grown}`);
    }
  });
}

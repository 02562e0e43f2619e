import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bytesOf, exported, linesOf } from "./kit/exports.ts";
import type { ProjectFixture } from "./kit/factories.ts";
import { type Caller, createWorld, type World } from "./kit/world.ts";

let world: World;
let project: ProjectFixture;
let lead: Caller;
let base: Record<string, unknown>;
beforeAll(async () => {
  world = await createWorld();
  ({ project, lead, base } = await exported(world));
});
afterAll(() => world.close());

describe("figures", () => {
  const asked = (changes: object = {}) => ({
    dataset: "METRICS",
    metrics: {
      projects: [project.projectCode], measures: ["ACCURACY", "OUTPUT"], groupBy: ["VENDOR", "MARKET", "DAY"], range: { from: "2026-01-05", to: "2026-01-12" }, ...changes,
    },
  });

  test("are the rows of metrics, each measure with all that belongs to it", async () => {
    const { metrics } = asked();
    const { metrics: { rows } } = await lead.ask(
      `query ($projects: [ID!]!, $measures: [Measure!]!, $groupBy: [Dimension!]!, $range: MetricRange!) { metrics(projects: $projects, measures: $measures, groupBy: $groupBy, range: $range) {
        rows { vendor { id code } market day rank values { value numerator denominator n interval { low high method } weighted suppressed reason target { value status } } } } }`,
      metrics,
    );
    const ofValue = (name: string, { value, numerator, denominator, n, interval, weighted, suppressed, reason, target }: any) => ({
      [name]: value, [`${name}Numerator`]: numerator, [`${name}Denominator`]: denominator, [`${name}N`]: n, [`${name}Low`]: interval?.low ?? null, [`${name}High`]: interval?.high ?? null,
      [`${name}Method`]: interval?.method ?? null, [`${name}Weighted`]: weighted, [`${name}Suppressed`]: suppressed, [`${name}Reason`]: reason,
      [`${name}Target`]: target?.value ?? null, [`${name}TargetStatus`]: target?.status ?? null,
    });
    const expected = rows.map(({ vendor, market, day, rank, values }: any) => ({
      vendorId: vendor.id, vendorCode: vendor.code, market, day, rank, ...ofValue("accuracy", values[0]), ...ofValue("output", values[1]),
    }));
    expect(expected.length).toBe(8);
    expect(await linesOf(world, lead, asked())).toEqual(expected);
  });

  test("have columns for what they are set against only where they are", async () => {
    const [plain] = await linesOf(world, lead, asked({ groupBy: [] }));
    const [compared] = await linesOf(world, lead, asked({ groupBy: [], compareTo: { previous: true } }));
    expect(Object.keys(compared!).filter((name) => !(name in plain!))).toEqual(["accuracy", "output"].flatMap((name) =>
      ["Other", "OtherN", "Difference", "DifferenceLow", "DifferenceHigh", "IsSignificant", "OtherReason"].map((suffix) => name + suffix)));
  });

  test("are typed, and may be narrowed to columns", async () => {
    expect(await linesOf(world, lead, { ...asked({ groupBy: ["VENDOR"] }), columns: ["outputNumerator", "vendorCode"] })).toEqual(
      project.vendors.map(({ code }) => ({ outputNumerator: 20, vendorCode: code })),
    );
    expect((await bytesOf(world, lead, { ...asked(), format: "XLSX" })).subarray(0, 2).toString()).toBe("PK");
  });

  test("that metrics refuses are refused, and so is metrics for other datasets", async () => {
    const refused = (input: object) => lead.refused("createExport", { format: "CSV", ...input });
    expect(await refused(asked({ measures: [] }))).toMatchObject({ code: "INVALID_INPUT", path: ["measures"] });
    expect(await refused(asked({ projects: ["nope"] }))).toMatchObject({ code: "NOT_FOUND" });
    expect(await refused({ ...asked(), filter: { markets: ["m"] } })).toMatchObject({ code: "INVALID_INPUT", path: ["filter", "markets"] });
    expect(await refused({ ...base, ...asked(), columns: undefined })).toMatchObject({ code: "INVALID_INPUT", path: ["projectId"] });
    expect(await refused({ ...asked(), dataset: "DECISIONS", projectId: base.projectId })).toMatchObject({ code: "INVALID_INPUT", path: ["metrics"] });
    expect(await refused({ dataset: "METRICS" })).toMatchObject({ code: "INVALID_INPUT", path: ["metrics"] });
    const partner = await world.caller({ role: "VENDOR_MANAGER", projectId: project.projectId, vendorId: project.vendors[0]!.id });
    expect(await partner.refused("createExport", { format: "CSV", ...asked({ purposes: ["TARGETED"] }) })).toMatchObject({ code: "FORBIDDEN" });
  });
});

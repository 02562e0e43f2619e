/** How many of each there are, whatever the number of audits. */
export const SHAPE = { projects: 60, queues: 5, vendors: 3, labelersOfMarket: 60, auditors: 200, policies: 8, weeks: 26, frameOverSample: 10 };

const { projects, queues, vendors, labelersOfMarket, auditors, policies, weeks, frameOverSample } = SHAPE;

// Ids whose first 48 bits are a time, as the product makes them, and whose rest is a print in place of chance.
const EPOCH = Date.UTC(2026, 0, 1).toString(16).padStart(12, "0");
const named = (kind: string, number: string) => `('${EPOCH}' || substr(md5('${kind} ' || ${number}), 1, 20))::uuid`;
const idOf = (milliseconds: string, from: number) => `(lpad(to_hex(${milliseconds}), 12, '0') || substr(h, ${from}, 20))::uuid`;

const HOUR = 3_600_000;
const WEEK = 168 * HOUR;
const END = Math.floor(Date.now() / (24 * HOUR)) * 24 * HOUR;
const START = END - weeks * WEEK;
const timeOf = (milliseconds: string) => `(timestamptz 'epoch' + ${milliseconds} * interval '1 millisecond')`;
const NV = "'00000000-0000-7000-8000-000000000003'::uuid";

const policyOf = (number: string) => `(case when ${number} = 0 then ${NV} else ${named("policy", number)} end)`;
const marketOf = (number: string) => `('market-' || ${number})`;
const runOf = (project: string, week: string) => named("run", `${project} || ' ' || ${week}`);
const stratumOf = (project: string, week: string, market: string) => named("stratum", `${project} || ' ' || ${week} || ' ' || ${market}`);

/** Everything that audits are about: markets, vendors, labelers, policies, projects with a queue a market, weekly draws of each. */
export const PLACES: readonly string[] = [
  `insert into markets (id, code, name) select ${named("market", "m")}, ${marketOf("m")}, ${marketOf("m")} from generate_series(0, ${queues - 1}) m`,
  `insert into vendors (id, code, name, kind) select ${named("vendor", "v")}, 'V' || v, 'Vendor ' || v, 'EXTERNAL' from generate_series(0, ${vendors - 1}) v`,
  `insert into labelers (id, vendor_id, external_ref, pseudonym, name, kind, hired_on, status)
     select ${named("labeler", "l")}, ${named("vendor", `l % ${vendors}`)}, 'ref-' || l, 'L-' || l, 'Labeler ' || l, 'HUMAN', '2025-01-01', 'PRODUCTION'
     from generate_series(0, ${queues * labelersOfMarket - 1}) l`,
  `insert into principals (id, kind, name) select ${named("auditor", "a")}, 'PERSON', 'Auditor ' || a from generate_series(0, ${auditors - 1}) a`,
  `insert into policies (id, code, name, is_violating, severity)
     select ${policyOf("p")}, 'POLICY-' || p, 'Policy ' || p, true, 'MAJOR' from generate_series(1, ${policies - 1}) p`,
  `insert into projects (id, code, name, time_zone) select ${named("project", "p")}, 'P' || p, 'Project ' || p, 'UTC' from generate_series(0, ${projects - 1}) p`,
  `insert into project_policies (project_id, policy_id)
     select ${named("project", "p")}, ${policyOf("c")} from generate_series(0, ${projects - 1}) p, generate_series(0, ${policies - 1}) c`,
  `insert into queues (project_id, id, code, name, market, modality)
     select ${named("project", "p")}, ${named("queue", "p || ' ' || q")}, 'Q' || q, 'Queue ' || q, ${marketOf("q")}, 'TEXT'
     from generate_series(0, ${projects - 1}) p, generate_series(0, ${queues - 1}) q`,
  `insert into sampling_plans (project_id, id, name, state, purpose, layer, frame, frame_covers, rate, is_blind, method, strata_by)
     select ${named("project", "p")}, ${named("plan", "p")}, 'Weekly', 'PAUSED', 'RANDOM', 'CLIENT', '{}', 'ALL', ${1 / frameOverSample}, true, 'STRATIFIED', '{MARKET}'
     from generate_series(0, ${projects - 1}) p`,
];

/** The plan of every row: whose, when, and how it went; a decision each, with its sample, audit and verdict. What is computed once stays behind `offset 0`. */
export function draftOf(count: number): string {
  return `create unlogged table bench_rows as
    select i, h, p, ${timeOf("decided")} as at, ${timeOf("drawn")} as drawn, ${timeOf("submitted")} as submitted, ${timeOf(`least(submitted + ${HOUR}, ${END})`)} as published,
      ${named("project", "p")} as project_id, ${named("queue", "p || ' ' || q")} as queue_id, ${marketOf("q")} as market,
      ${runOf("p", "week")} as run_id, ${stratumOf("p", "week", "q")} as stratum_id, ${named("auditor", `n % ${auditors}`)} as auditor_id,
      ${named("labeler", "l")} as labeler_id, ${named("vendor", `l % ${vendors}`)} as vendor_id, ${policyOf("c")} as policy_id,
      case when not is_wrong then ${policyOf("c")} when c = 0 then ${policyOf("1")} else ${NV} end as truth_id,
      case when is_wrong then case when c = 0 then 'UNDER_ENFORCEMENT' else 'OVER_ENFORCEMENT' end end as error_type,
      ${idOf("decided", 1)} as decision_id, ${idOf("drawn", 5)} as sample_id, ${idOf("submitted", 9)} as audit_id, ${idOf("submitted", 13)} as verdict_id
    from (
      select *, ${START} + (week + 1) * ${WEEK} as drawn, least(decided + (1 + n % 48) * ${HOUR}, ${END}) as submitted,
        (i / ${projects}) % ${queues} as q, (i / ${projects}) % ${queues} * ${labelersOfMarket} + n % ${labelersOfMarket} as l,
        (n / 64) % ${policies} as c, (n / 1024) % 100 < 4 + (n / 64) % ${policies} as is_wrong
      from (select i, md5(i::text) as h, i % ${projects} as p, ${START} + (2 * i - 1) * ${(weeks * WEEK) / 2} / ${count} as decided,
          (2 * i - 1) * ${weeks} / (2 * ${count}) as week, ('x' || substr(md5(i::text), 25, 7))::bit(28)::int as n
        from generate_series(1, ${count}::bigint) i offset 0) a offset 0) b`;
}

/** The weekly draws, as large as their samples turned out. */
export const DRAWS: readonly string[] = [
  `insert into sampling_runs (project_id, id, plan_id, layer, purpose, frame, frame_covers, method, seed, window_from, window_to, frame_size, frame_hash, sample_size, drawn_by_id, drawn_at)
     select project_id, run_id, ${named("plan", "min(p)")}, 'CLIENT', 'RANDOM', '{}', 'ALL', 'STRATIFIED', 'seed', min(drawn) - 7 * interval '1 day', min(drawn),
       count(*) * ${frameOverSample}, 'hash', count(*), ${named("auditor", "0")}, min(drawn) from bench_rows group by 1, 2`,
  `insert into strata (project_id, id, run_id, key, frame_size, sample_size)
     select project_id, stratum_id, run_id, 'MARKET=' || min(market), count(*) * ${frameOverSample}, count(*) from bench_rows group by 1, 2, 3`,
];

const FACTS = "queue_id, labeler_id, vendor_id, policy_id, market, decided_at";
const OF_ROW = "queue_id, labeler_id, vendor_id, policy_id, market, at";
const CONTENT = "content_ref, content_hash, modality, language";
const OF_CONTENT = "'content/' || i, decode(h || h, 'hex'), 'TEXT', 'en'";

/** What fills each large table, in the order of its rows' keys. */
export const FACT_TABLES: Readonly<Record<string, string>> = {
  decisions: `insert into decisions (project_id, id, external_ref, ${CONTENT}, ${FACTS}, action, handle_seconds)
    select project_id, decision_id, 'ref-' || i, ${OF_CONTENT}, ${OF_ROW}, 'KEEP', 30 from bench_rows order by i`,
  samples: `insert into samples (project_id, id, decision_id, run_id, stratum_id, purpose, layer, inclusion_probability, draw_order, is_blind, state, assignee_id, due_at,
      ${CONTENT}, ${FACTS}, created_at, updated_at)
    select project_id, sample_id, decision_id, run_id, stratum_id, 'RANDOM', 'CLIENT', ${1 / frameOverSample}, 1, true, 'AUDITED', auditor_id, drawn + 7 * interval '1 day',
      ${OF_CONTENT}, ${OF_ROW}, drawn, submitted from bench_rows order by i`,
  audits: `insert into audits (project_id, id, sample_id, decision_id, run_id, stratum_id, auditor_id, role, layer, purpose, is_blind, state, revealed_at, submitted_at,
      published_at, is_partner_visible, answer_policy_id, ${CONTENT}, ${FACTS}, created_at, updated_at)
    select project_id, audit_id, sample_id, decision_id, run_id, stratum_id, auditor_id, 'PRIMARY', 'CLIENT', 'RANDOM', true, 'PUBLISHED', submitted, submitted,
      published, true, truth_id, ${OF_CONTENT}, ${OF_ROW}, submitted, published from bench_rows order by i`,
  verdicts: `insert into verdicts (project_id, id, audit_id, decision_id, number, outcome, truth_policy_id, error_type, attribution, severity, score, reason, is_after_reveal,
      actor_id, recorded_at, ${FACTS})
    select project_id, verdict_id, audit_id, decision_id, 1, case when error_type is null then 'CORRECT' else 'INCORRECT' end, truth_id, error_type,
      case when error_type is not null then 'LABELER' end, case when error_type is not null then 'MAJOR' end, case when error_type is null then 1 else 0.5 end,
      'INITIAL', false, auditor_id, submitted, ${OF_ROW} from bench_rows order by i`,
};

-- A precedent says all that it is for in its own words, so it holds nothing: it stays when the ruling that it comes of goes.
create or replace function decision_holds(low uuid, high uuid) returns text[]
language sql stable set search_path = public, pg_temp as $$
  with audited as materialized (
    select a.* from projects p join audits a on a.project_id = p.id and a.decision_id >= low and a.decision_id < high
  ), contested as materialized (
    select e.* from audited a join appeals e on e.project_id = a.project_id and e.audit_id = a.id
  ), drawn as materialized (
    select s.* from projects p join samples s on s.project_id = p.id and s.decision_id >= low and s.decision_id < high
  )
  select array_remove(array[
    case when exists (select from drawn where state in ('DRAWN', 'IN_AUDIT')) then 'WAITING_SAMPLES' end,
    case when exists (select from audited where state not in ('FINAL', 'VOIDED')
      and not (state in ('PUBLISHED', 'ACKNOWLEDGED') and coalesce(window_due_at, published_at) < now())) then 'UNFINISHED_AUDITS' end,
    case when exists (select from contested where state not in ('WITHDRAWN', 'INVALID', 'EXPIRED', 'CLOSED')) then 'OPEN_APPEALS' end,
    case when exists (select from escalations e where e.state not in ('CLOSED', 'DUPLICATE', 'REJECTED', 'CANCELLED') and (
      exists (select from escalation_links l where l.project_id = e.project_id and l.escalation_id = e.id and (l.subject_id in (select id from audited)
        or l.subject_id in (select id from contested) or l.subject_id in (select id from drawn)))
      or exists (select from effectiveness_checks k where k.project_id = e.project_id and k.escalation_id = e.id and k.result is null
        and k.baseline_from::timestamp at time zone 'UTC' < id_time(high) + interval '1 day'))) then 'OPEN_ESCALATIONS' end,
    case when exists (select from reporting_periods r join projects p on p.id = r.project_id
      where r.state = 'OPEN' and r."from"::timestamp at time zone p.time_zone < id_time(high) and r."to"::timestamp at time zone p.time_zone > id_time(low)
        and exists (select from decisions d where d.project_id = p.id and d.id >= low and d.id < high)) then 'OPEN_PERIODS' end
  ], null) $$;
--> statement-breakpoint

create or replace function remove_decisions(project uuid, gone uuid[]) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare audited uuid[]; contested uuid[]; ruled uuid[]; cases uuid[];
begin
  audited := array(select a.id from audits a where a.project_id = project and a.decision_id = any (gone));
  contested := array(select a.id from appeals a where a.project_id = project and a.audit_id = any (audited));
  ruled := array(select r.id from appeal_rulings r where r.project_id = project and r.appeal_id = any (contested));
  cases := array(select distinct a.case_id from appeals a where a.project_id = project and a.id = any (contested) and a.case_id is not null);
  update precedents t set ruling_id = null where t.project_id = project and t.ruling_id = any (ruled);
  delete from ruling_findings t where t.project_id = project and t.ruling_id = any (ruled);
  delete from appeal_rulings t where t.project_id = project and t.id = any (ruled);
  delete from appeal_criteria t where t.project_id = project and t.appeal_id = any (contested);
  delete from appeals t where t.project_id = project and t.id = any (contested);
  delete from appeal_cases t where t.project_id = project and t.id = any (cases)
    and not exists (select from appeals a where a.project_id = project and a.case_id = t.id);
  delete from messages m using threads t where t.project_id = project and t.subject_id = any (audited || contested)
    and m.project_id = project and m.thread_id = t.id;
  delete from threads t where t.project_id = project and t.subject_id = any (audited || contested);
  delete from sla_clocks t where t.project_id = project and t.subject_id = any (audited || contested);
  delete from double_audits t where t.project_id = project and (t.primary_audit_id = any (audited) or t.second_audit_id = any (audited));
  delete from audit_facts t where t.project_id = project and t.audit_id = any (audited);
  delete from findings t where t.project_id = project and t.audit_id = any (audited);
  delete from verdicts t where t.project_id = project and t.audit_id = any (audited);
  delete from audits t where t.project_id = project and t.id = any (audited);
  delete from samples t where t.project_id = project and t.decision_id = any (gone);
  delete from decision_refs t using decisions d where d.project_id = project and d.id = any (gone)
    and t.project_id = d.project_id and t.vendor_id = d.vendor_id and t.external_ref = d.external_ref and t.decision_id = d.id;
  delete from decisions t where t.project_id = project and t.id = any (gone);
end $$;

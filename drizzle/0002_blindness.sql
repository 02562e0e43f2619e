-- Decisions that the asking principal must still judge blindly, whatever role they act under: samples of theirs that wait for their audit,
-- second and expert audits of theirs that aren't submitted, and second ones that aren't compared with the first yet. Row security
-- hides from them what others made of these. A function of the owner, since a policy on audits can't read audits.
create function blind_decisions() returns uuid[] language plpgsql stable security definer set search_path = public, pg_temp as $$
declare
  me constant uuid := nullif(current_setting('app.principal_id', true), '')::uuid;
begin
  return array(
    select s.decision_id from samples s where s.assignee_id = me and s.is_blind and s.state in ('DRAWN', 'IN_AUDIT')
    union all
    select a.decision_id from audits a where a.auditor_id = me and a.role <> 'PRIMARY' and a.is_blind and a.state in ('DRAFT', 'REVEALED')
    union all
    select d.decision_id from double_audits d where d.second_auditor_id = me and d.resolved_at is null);
end $$;
--> statement-breakpoint
revoke all on function blind_decisions from public;
--> statement-breakpoint
grant execute on function blind_decisions to assay_admin, assay_lead, assay_auditor, assay_policy, assay_analyst, assay_partner,
  assay_partner_team, assay_labeler, assay_service;

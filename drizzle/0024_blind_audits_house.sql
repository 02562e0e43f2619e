-- All audits of the decisions that the viewer has yet to judge blindly, for rows that name an audit and no decision.
create function blind_audits() returns uuid[] language plpgsql stable security definer set search_path = public, pg_temp as $$
declare
  me constant uuid := nullif(current_setting('app.principal_id', true), '')::uuid;
begin
  return array(
    select a.id from (
      select s.project_id, s.decision_id from samples s where s.assignee_id = me and s.is_blind and s.state in ('DRAWN', 'IN_AUDIT')
      union
      select b.project_id, b.decision_id from audits b
      where b.auditor_id = me and b.role <> 'PRIMARY' and b.is_blind and b.state in ('DRAFT', 'REVEALED')
      union
      select d.project_id, d.decision_id from double_audits d where d.second_auditor_id = me and d.resolved_at is null
    ) mine join audits a on a.project_id = mine.project_id and a.decision_id = mine.decision_id);
end $$;
--> statement-breakpoint
revoke all on function blind_audits from public;
--> statement-breakpoint
grant execute on function blind_audits to assay_admin, assay_lead, assay_auditor, assay_policy, assay_analyst, assay_partner, assay_partner_team;

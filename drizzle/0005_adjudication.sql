-- Audits in adjudication, and the second ones they differ from, that the asking principal may decide between: they were granted to
-- adjudicate in the project, and made neither. A function of the owner, since a policy on audits can't read audits.
create function adjudicable_audits() returns uuid[] language plpgsql stable security definer set search_path = public, pg_temp as $$
declare
  me constant uuid := nullif(current_setting('app.principal_id', true), '')::uuid;
begin
  return array(
    select unnest(array[d.primary_audit_id, d.second_audit_id])
    from role_grants g
    join audits a on a.project_id = g.project_id and a.state = 'ADJUDICATION'
    join double_audits d on d.project_id = a.project_id and d.primary_audit_id = a.id
    where g.principal_id = me and g.role = 'AUDITOR' and g.can_adjudicate and g.revoked_at is null and (g.expires_at is null or g.expires_at > clock_timestamp())
      and me not in (d.primary_auditor_id, d.second_auditor_id));
end $$;
--> statement-breakpoint
revoke all on function adjudicable_audits from public;
--> statement-breakpoint
grant execute on function adjudicable_audits to assay_auditor;

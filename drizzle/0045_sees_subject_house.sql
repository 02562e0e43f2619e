-- True if the asking principal sees the appeal, thread or clock, by the row security of these themselves: for rows about any of them, whose own
-- columns can't say it. Of the viewer's rights, so no security definer; a function, since its question is put to few of the rows.
create function sees_subject(project_id uuid, subject_type text, subject_id uuid) returns boolean language plpgsql stable parallel safe
  set search_path = public, pg_temp as $$
begin
  if subject_type = 'Appeal' then
    return exists (select from appeals a where a.project_id = $1 and a.id = $3);
  elsif subject_type = 'Thread' then
    return exists (select from threads t where t.project_id = $1 and t.id = $3);
  elsif subject_type = 'SlaClock' then
    return exists (select from sla_clocks c where c.project_id = $1 and c.id = $3);
  end if;
  return true;
end $$;
--> statement-breakpoint
revoke all on function sees_subject from public;
--> statement-breakpoint
grant execute on function sees_subject to assay_admin, assay_lead, assay_auditor, assay_policy, assay_analyst, assay_partner, assay_partner_team;

-- Projects in which the asking principal was granted to adjudicate as an auditor: appeals that wait for a ruling there are theirs to see.
create function adjudicated_projects() returns uuid[] language sql stable security definer set search_path = public, pg_temp as $$
  select coalesce(array_agg(g.project_id), '{}') from role_grants g
  where g.principal_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) and g.role = 'AUDITOR' and g.can_adjudicate
    and g.revoked_at is null and (g.expires_at is null or g.expires_at > clock_timestamp())
$$;
--> statement-breakpoint
revoke all on function adjudicated_projects from public;
--> statement-breakpoint
grant execute on function adjudicated_projects to assay_auditor;

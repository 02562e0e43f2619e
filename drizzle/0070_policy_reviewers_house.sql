-- Which of these policies somebody else than the author must approve the versions of: those that a project uses which has two policy managers or
-- more. It tells no more of other people's grants than that.
create function policies_of_two(ids uuid[]) returns uuid[] language sql stable security definer set search_path = public, pg_temp as $$
  select array(
    select distinct u.policy_id from project_policies u
    join role_grants g on g.project_id = u.project_id and g.role = 'POLICY_MANAGER' and g.revoked_at is null and not g.is_pending
      and (g.expires_at is null or g.expires_at > clock_timestamp())
    join principals p on p.id = g.principal_id and p.deactivated_at is null
    where u.policy_id = any (ids)
    group by u.project_id, u.policy_id having count(distinct g.principal_id) > 1)
$$;
--> statement-breakpoint
revoke all on function policies_of_two from public;
--> statement-breakpoint
grant execute on function policies_of_two to assay_admin, assay_policy;

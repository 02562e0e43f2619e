-- One way into the access log: whoever acts in a transaction can write down what they do themselves, and nothing else; the system, which is
-- nobody, what it is told. Times are the ids', and ids are made here.
create function log_accesses(rows jsonb) returns void language plpgsql security definer set search_path = public, pg_temp as $$
declare me constant uuid := nullif(current_setting('app.principal_id', true), '')::uuid;
begin
  insert into access_log (id, recorded_at, principal_id, via_id, client_id, role, kinds, operation, fields, personal_fields, personal_count, subjects, project_ids,
    outcome, code, request_id, transport)
  select id, to_timestamp(('x' || translate(left(id::text, 13), '-', ''))::bit(48)::bigint / 1000.0), coalesce(me, principal_id), via_id, client_id, role, kinds,
    operation, fields, personal_fields, personal_count, subjects, project_ids, outcome, code, request_id, transport
  from (select event_id(place) as id, a.* from jsonb_to_recordset(rows) as a(
    place integer, principal_id uuid, via_id uuid, client_id uuid, role text, kinds text[], operation text, fields text[], personal_fields text[],
    personal_count integer, subjects jsonb, project_ids uuid[], outcome text, code text, request_id text, transport text)) r;
end $$;
--> statement-breakpoint
revoke all on function log_accesses from public;
--> statement-breakpoint
grant execute on function log_accesses to assay_admin, assay_lead, assay_auditor, assay_policy, assay_analyst, assay_partner, assay_partner_team,
  assay_labeler, assay_service, assay_worker;
--> statement-breakpoint
revoke insert on access_log from assay_worker;

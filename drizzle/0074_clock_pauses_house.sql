-- When clocks paused was not kept before, only for how long: these stood still from their start on, as they were counted until now.
update sla_clocks set pauses = jsonb_build_array(jsonb_build_array(started_at, started_at + paused_seconds * interval '1 second'))
where paused_seconds > 0 and stopped_at is null and voided_at is null;

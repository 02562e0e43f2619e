-- Planned once a session (PostgreSQL 18 keeps plans of functions): its plan is the same for every project and window, and to make it anew took
-- four times what it takes to read a month's strata.
alter function counted_strata(uuid, text, text[], uuid[], timestamptz, timestamptz) set plan_cache_mode = force_generic_plan;

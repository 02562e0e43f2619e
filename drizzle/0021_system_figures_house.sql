-- The system computes figures too: those of reports, as periods close.
grant execute on function drawn_strata, blind_decisions, touched_audits, counted_strata to assay_worker;

-- What has happened is written once and sealed once: no role of the application changes a row of either, as none changes the access log.
revoke update on "events", "event_seals" from assay_worker;

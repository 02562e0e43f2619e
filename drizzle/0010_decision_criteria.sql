-- Criteria about the outcome say from now on which errors fail them; those that are there fail on every error of the labeler's.
update criteria set fails_on = '{OVER_ENFORCEMENT,UNDER_ENFORCEMENT,WRONG_POLICY,WRONG_ACTION}' where kind = 'DECISION' and fails_on = '{}';

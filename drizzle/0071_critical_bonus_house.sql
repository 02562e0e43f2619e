-- A bonus that wasn't earned is no critical error, so what was folded before is folded anew; until then figures are read directly.
update rollup_watermarks set state = 'BUILDING', built_to = null;

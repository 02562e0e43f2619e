// Serves the database of its arguments on a free port, which it tells its parent.
import { serve } from "../../scripts/bench/serving.ts";

await serve(JSON.parse(process.argv[2]!));

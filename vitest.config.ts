import { defineConfig } from "vitest/config";

export default defineConfig({
  // Node resolves "graphql" to its CommonJS build for the libraries; our own files must get the same copy.
  resolve: { alias: [{ find: /^graphql$/, replacement: "graphql/index.js" }] },
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: "test/kit/global.ts",
    pool: "forks",
    maxWorkers: 2,
    // As `npm start` runs.
    execArgv: ["--max-semi-space-size=64"],
    // Each file makes worlds of its own, so the modules are loaded once a worker: a third of the time otherwise.
    isolate: false,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // A second is short on a loaded machine; what has to come within one says so.
    expect: { poll: { timeout: 15_000 } },
  },
});

import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: [
      { test: { name: "unit", include: ["test/unit/**/*.test.ts"], globalSetup: "test/build.ts" } },
      {
        test: {
          name: "e2e",
          include: ["test/acceptance/**/*.test.ts", "test/e2e/**/*.test.ts"],
          globalSetup: ["test/build.ts", "test/e2e/global-setup.ts"],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
    coverage: { include: ["src/**"], reporter: ["text", "json-summary"] },
  },
});

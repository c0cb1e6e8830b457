/** How the tests run: four files at a time, since they often wait, each worker process keeping the modules that it has loaded. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: '.',
    maxWorkers: 4,
    // They end what hangs; a machine that is busy with other work takes five times as long as a quiet one.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    isolate: false,
    globalSetup: ['test/support/folder-in-memory.ts'],
    setupFiles: ['test/support/setup.ts'],
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
  },
});

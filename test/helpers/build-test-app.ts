import { whenOver } from './set-up.ts';
import { buildApp, type Overrides } from '../../src/app.ts';
import type { Config } from '../../src/config.ts';
import type { App } from '../../src/http/app-type.ts';
import { idleJobs } from './idle-jobs.ts';
import { testConfig } from './test-config.ts';

export interface TestApp {
  readonly app: App;
  readonly config: Config;
  /** Starts listening on a free port; the result is the base URL. */
  listen(): Promise<string>;
}

/**
 * A server of its own with a folder of its own, closed when the tests around it are over.
 * Jobs are real where the test says which interpreter runs them; else there are none.
 */
export async function buildTestApp(config: Partial<Config> = {}, overrides: Overrides = {}): Promise<TestApp> {
  const whole = await testConfig(config);
  const app = await buildApp(whole, config.python === undefined ? { jobs: idleJobs(), ...overrides } : overrides);
  whenOver(() => app.close());
  return {
    app,
    config: whole,
    async listen() {
      const base = await app.listen({ host: whole.host, port: whole.port });
      await app.https.start();
      return base;
    },
  };
}

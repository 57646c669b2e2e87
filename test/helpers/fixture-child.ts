import { fileURLToPath } from 'node:url';
import { loadConfig } from '../../src/config.ts';

/** Children that only speak the protocol, as their project's trainConfig asks (test/fixtures/child). */
export const FIXTURE_CHILD = {
  python: loadConfig({}).python,
  pythonDir: fileURLToPath(new URL('../fixtures/child', import.meta.url)),
};

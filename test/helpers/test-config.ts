import { loadConfig, type Config } from '../../src/config.ts';
import { tempDir } from './temp-dir.ts';

/** A configuration that no environment variable of the machine reaches: own folder, free port, no log, no compiler. */
export async function testConfig(overrides: Partial<Config> = {}): Promise<Config> {
  const defaults = loadConfig({ MAI_PORT: '0', LOG_LEVEL: process.env['TEST_LOG'] ?? 'silent' });
  const folder = await tempDir();
  return { ...defaults, projectsDir: folder, compilersDir: folder, ...overrides };
}

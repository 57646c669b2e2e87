import assert from 'node:assert/strict';
import type { SamplesAnswer } from '../../src/samples/schemas.ts';
import { jobClient } from './job-server.ts';
import type { ProjectZipOptions } from './project-zip.ts';

/** What the tests ask a server about the photos of projects. */
export function sampleClient(base: string) {
  const client = jobClient(base);
  const path = (id: string) => `/projects/${encodeURIComponent(id)}/samples`;
  return {
    async upload(id: string, zip: ProjectZipOptions = {}): Promise<void> {
      const { status, body } = await client.upload(id, {}, zip);
      assert.equal(status, 200, JSON.stringify(body));
    },
    samplesOf: async (id: string, query = '') => (await client.get(path(id) + query)).body as unknown as SamplesAnswer,
    fetchOf: (id: string, sample: string, what: string, headers: Record<string, string> = {}) =>
      fetch(`${base}${path(id)}/${sample}/${what}`, { headers }),
  };
}

import { request } from 'node:http';
import { json } from 'node:stream/consumers';
import type { IncomingMessage } from 'node:http';
import type { Overrides } from '../../src/app.ts';
import type { Config } from '../../src/config.ts';
import { buildTestApp, type TestApp } from './build-test-app.ts';
import { FIXTURE_CHILD } from './fixture-child.ts';
import { uploadForm } from './multipart.ts';
import { makeProjectZip, type ProjectZipOptions } from './project-zip.ts';
import { until } from './until.ts';

// A server whose children are scripted, and what tests ask of it: upload, train, wait for a state.

export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface JobAnswer {
  readonly id: string;
  readonly project_id: string;
  readonly kind: string;
  readonly state: string;
  readonly attempt: number;
  readonly code?: string;
  readonly reason?: string;
  readonly place?: number;
  readonly eta_s?: number;
  readonly epoch?: number;
  readonly max_epoch?: number;
  readonly started_at?: number;
  readonly finished_at?: number;
}

/** What the tests ask of a server, each from the address they choose. */
export interface JobClient {
  readonly base: string;
  get(path: string): Promise<Answer>;
  post(path: string, body: object): Promise<Answer>;
  upload(id: string, trainConfig?: object, zip?: ProjectZipOptions): Promise<Answer>;
  uploadZip(id: string, zip: Buffer): Promise<Answer>;
  /** Upload and train. */
  train(id: string, trainConfig?: object, zip?: ProjectZipOptions): Promise<Answer>;
  jobs(): Promise<JobAnswer[]>;
  /** The newest job of a project, once it is in one of these states. */
  jobIn(projectId: string, ...states: string[]): Promise<JobAnswer>;
}

export function jobClient(base: string, from?: string): JobClient {
  const client: JobClient = {
    base,
    get: (path) => send(base + path, from),
    post: (path, body) => send(base + path, from, { 'content-type': 'application/json' }, JSON.stringify(body)),
    upload: async (id, trainConfig = {}, zip = {}) =>
      client.uploadZip(id, await makeProjectZip({ id, trainConfig, ...zip })),
    uploadZip(id, zip) {
      const form = uploadForm(id, zip);
      return send(`${base}/upload`, from, form.headers, form.payload);
    },
    async train(id, trainConfig = {}, zip = {}) {
      const uploaded = await client.upload(id, trainConfig, zip);
      return uploaded.status === 200 ? client.post('/train', { project: id, train_config: trainConfig }) : uploaded;
    },
    async jobs() {
      const { body } = await client.get('/jobs');
      return body.jobs as JobAnswer[];
    },
    jobIn: (projectId, ...states) =>
      until(
        async () => {
          const job = (await client.jobs()).find(({ project_id }) => project_id === projectId);
          return job && states.includes(job.state) ? job : undefined;
        },
        60_000,
        `a job of ${projectId} that is ${states.join(' or ')}`,
      ),
  };
  return client;
}

async function send(
  url: string,
  from?: string,
  headers: Readonly<Record<string, string>> = {},
  body?: Buffer | string,
): Promise<Answer> {
  const outgoing = request(url, {
    method: body === undefined ? 'GET' : 'POST',
    headers,
    agent: false,
    ...(from ? { localAddress: from } : {}),
  });
  outgoing.end(body);
  const response = await new Promise<IncomingMessage>((resolve, reject) =>
    outgoing.once('response', resolve).once('error', reject),
  );
  return { status: response.statusCode ?? 0, body: (await json(response)) as Answer['body'] };
}

export interface JobServer extends TestApp, JobClient {
  from(address: string): JobClient;
}

/** A server with fixture children, listening. */
export async function startJobServer(config: Partial<Config> = {}, overrides: Overrides = {}): Promise<JobServer> {
  const test = await buildTestApp({ ...FIXTURE_CHILD, ...config }, overrides);
  const base = await test.listen();
  return { ...test, ...jobClient(base), from: (address) => jobClient(base, address) };
}

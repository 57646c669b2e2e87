import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { CreateBucketCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { environmentPython } from '../../tools/setup/environment.mjs';
import { ROOT } from '../../tools/setup/set-up.mjs';
import type { StoreSettings } from '../../src/config.ts';
import { whenOver } from './set-up.ts';

// An S3 store of the test's own, in memory: moto, which the development environment has.

const python = environmentPython(ROOT);
const HAS_MOTO =
  'import sys, importlib.util as u; sys.exit(not all(map(u.find_spec, ["moto", "flask", "flask_cors"])))';
/** Prints its address, and ends with its standard input. */
const SERVER = `
import logging, sys
from moto.server import ThreadedMotoServer
logging.getLogger("werkzeug").setLevel(logging.ERROR)
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
print("http://%s:%d" % server.get_host_and_port(), flush=True)
sys.stdin.read()
`;

/** Why tests with S3 are skipped here; false: they are not. */
export const noMoto: string | false =
  spawnSync(python, ['-c', HAS_MOTO], { stdio: 'ignore' }).status === 0
    ? false
    : 'there is no moto in .venv (npm run setup installs it)';

export interface TestStore {
  readonly endpoint: string;
  /** What a web server is given for a bucket. */
  settings(bucket: string): StoreSettings;
  /** Asks it as the tests do. */
  readonly client: S3Client;
  /** Makes a bucket; returns its name. */
  bucket(name: string): Promise<string>;
  /** What lies in a bucket, without the prefix. */
  held(bucket: string): Promise<readonly string[]>;
  stop(): Promise<void>;
}

export async function startMoto(): Promise<TestStore> {
  const server = spawn(python, ['-c', SERVER], { stdio: ['pipe', 'pipe', 'ignore'] });
  whenOver(() => void server.kill('SIGKILL'));
  const [endpoint] = (await once(createInterface(server.stdout), 'line')) as [string];
  const credentials = { accessKeyId: 'test', secretAccessKey: 'a-secret-of-the-test' };
  const client = new S3Client({ endpoint, forcePathStyle: true, region: 'us-east-1', credentials });
  whenOver(() => client.destroy());
  return {
    ...{ endpoint, client },
    settings: (bucket) => ({ ...{ bucket, endpoint, region: 'us-east-1', prefix: 'kidbright-mai/' }, ...credentials }),
    async bucket(name) {
      await client.send(new CreateBucketCommand({ Bucket: name }));
      return name;
    },
    async held(bucket) {
      const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket }));
      return Contents.map(({ Key = '' }) => Key.replace('kidbright-mai/', ''));
    },
    async stop() {
      const gone = once(server, 'exit');
      server.kill('SIGKILL');
      await gone;
    },
  };
}

import assert from 'node:assert/strict';
import { createIdeClient, type IdeClient, type IdeEvent } from '../../tools/demo/ide-client.ts';
import { startServer, type ServerProcess } from '../../tools/demo/server-process.ts';
import { scriptArguments } from './scripts.ts';
import { tempDir } from './temp-dir.ts';

export interface Walk {
  readonly server: ServerProcess;
  readonly ide: IdeClient;
  readonly projectsDir: string;
  /** Every event of the stream so far, in order. */
  readonly events: readonly IdeEvent[];
  /** The first event with this name after `from` events, or the error that came instead. */
  waitFor(event: string, limitMs: number, from?: number): Promise<IdeEvent>;
  close(): Promise<void>;
}

/** A real server process with real Python, and a client that listens as the IDE does. */
export async function startWalk(language = 'en', environment: NodeJS.ProcessEnv = {}): Promise<Walk> {
  const projectsDir = await tempDir();
  const server = await startServer(projectsDir, environment, scriptArguments('server'));
  const walk = joinWalk(server, projectsDir, language);
  return {
    ...walk,
    async close() {
      await walk.close();
      await server.stop();
    },
  };
}

/** A client that listens, at a server which several tests share: it follows its own project alone. */
export function joinWalk(server: ServerProcess, projectsDir: string, language = 'en', project?: string): Walk {
  const ide = createIdeClient(server.base, language);
  const stream = new AbortController();
  const events: IdeEvent[] = [];
  const waiters = new Set<() => void>();
  const reading = (async () => {
    for await (const event of ide.listen(stream.signal)) {
      if (project !== undefined && event['project_id'] !== project) continue;
      events.push(event);
      waiters.forEach((wake) => wake());
    }
  })().catch((error: unknown) => assert.ok(stream.signal.aborted, String(error)));

  return {
    server,
    ide,
    projectsDir,
    events,
    async waitFor(name, limitMs, from = 0) {
      const deadline = Date.now() + limitMs;
      for (;;) {
        const found = events.slice(from).find((event) => event.event === name || event.event === 'error');
        if (found) {
          assert.equal(found.event, name, `an error came instead of ${name}: ${found.msg ?? ''}`);
          return found;
        }
        const left = deadline - Date.now();
        assert.ok(left > 0, `no ${name} within ${limitMs} ms; the last events: ${JSON.stringify(events.slice(-3))}`);
        await new Promise<void>((resolve) => {
          const timer = setTimeout(done, left);
          function done(): void {
            clearTimeout(timer);
            waiters.delete(done);
            resolve();
          }
          waiters.add(done);
        });
      }
    },
    async close() {
      stream.abort();
      await reading;
    },
  };
}

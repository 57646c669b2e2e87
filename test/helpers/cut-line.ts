import { once } from 'node:events';
import { createServer, connect, type Socket } from 'node:net';
import { whenOver } from './set-up.ts';

/** A line between two programs that a test can cut, and that counts what is asked over it. */
export interface CutLine {
  readonly base: string;
  /** Where it leads. */
  to(base: string): void;
  cut(): void;
  mend(): void;
  /** How often such a request began. */
  count(request: RegExp): number;
}

export async function startCutLine(): Promise<CutLine> {
  let target = new URL('http://127.0.0.1:1');
  let isCut = false;
  const asked: string[] = [];
  const open = new Set<Socket>();
  const server = createServer((near) => {
    if (isCut) return void near.destroy();
    const far = connect(Number(target.port), target.hostname);
    for (const socket of [near, far]) {
      open.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => {
        open.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    near.on('data', (part: Buffer) => asked.push(...(part.toString('latin1').match(/^[A-Z]+ \/\S* HTTP/gm) ?? [])));
    near.pipe(far).pipe(near);
  }).listen(0, '127.0.0.1');
  whenOver(() => void server.close());
  await once(server, 'listening');
  const address = server.address();
  return {
    base: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    to: (base) => void (target = new URL(base)),
    cut() {
      isCut = true;
      for (const socket of open) socket.destroy();
    },
    mend: () => void (isCut = false),
    count: (request) => asked.filter((line) => request.test(line)).length,
  };
}

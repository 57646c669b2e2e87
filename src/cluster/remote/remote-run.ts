import { randomBytes } from 'node:crypto';
import type { Child, ChildExit, ChildHandlers, OutputLine } from '../../child/child.ts';
import type { JobLine } from '../../child/command.ts';
import { withResolvers } from '../../promises.ts';
import { REMOTE_TIMES } from '../times.ts';
import { type LocalWork, takeApart } from './job-arguments.ts';
import type { Order, OutputItem, Work } from './protocol.ts';

// A child that runs on a host, as the web server that ordered it sees it: a Child like any other.

export interface RemoteRun {
  readonly token: string;
  readonly child: Child;
  /** Where the folders of the job lie here; undefined until the child has its job. */
  readonly local: LocalWork | undefined;
  /** The host did something for it: it does not hang. */
  touch(): void;
  /** Returns how many items have come; those before `from` + that are repeats. Undefined: some are missing. */
  take(from: number, items: readonly OutputItem[]): number | undefined;
  ended(exit: ChildExit): void;
}

type Body<Kind> = Kind extends string ? Omit<Extract<Order, { kind: Kind }>, 'n'> : never;
export type OrderBody = Body<Order['kind']>;

/** `send`: an order to the host; false: the host is gone. */
export function createRemoteRun(send: (order: OrderBody) => boolean, first: ChildHandlers): RemoteRun {
  const token = randomBytes(18).toString('base64url');
  const exit = withResolvers<ChildExit>();
  let handlers = first;
  let running = true;
  let local: LocalWork | undefined;
  let received = 0;

  const ended = (how: ChildExit) => {
    running = false;
    exit.resolve(how);
  };
  const order = (body: OrderBody) => {
    if (running && !send(body)) ended({ code: null, signal: 'SIGKILL', orphaned: true });
  };
  const begin = (text: string) => {
    local = takeApart(JSON.parse(text) as JobLine);
    order({ kind: 'run', run: token, work: local.work satisfies Work });
  };

  return {
    token,
    get local() {
      return local;
    },
    touch: () => running && handlers.onLines([]),
    take(from, items) {
      if (from > received) return undefined;
      const fresh = items.slice(received - from);
      received += fresh.length;
      if (running) handOn(fresh, handlers);
      return received;
    },
    ended,
    child: {
      pid: undefined,
      started: Promise.resolve(undefined),
      get running() {
        return running;
      },
      ended: exit.promise,
      signal(name) {
        // the host has nothing of it yet
        if (local === undefined) return ended({ code: null, signal: name });
        order({ kind: 'signal', run: token, name });
        if (name === 'SIGKILL') setTimeout(() => ended({ code: null, signal: name }), REMOTE_TIMES.killMs).unref();
      },
      writeLine(text) {
        if (!running) return false;
        if (local === undefined) begin(text);
        else order({ kind: 'line', run: token, text });
        return running;
      },
      setHandlers(next) {
        handlers = next;
      },
    },
  };
}

function handOn(items: readonly OutputItem[], { onLines, onStderr }: ChildHandlers): void {
  const lines: OutputLine[] = [];
  for (const item of items) {
    if ('stderr' in item) onStderr(Buffer.from(item.stderr, 'base64'));
    else lines.push(item);
  }
  onLines(lines);
}

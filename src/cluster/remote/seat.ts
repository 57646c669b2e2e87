import { hostname } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import type { MachineInfo } from '../../jobs/domain/machine-info.ts';
import type { Slot } from '../../jobs/domain/slots.ts';
import { REMOTE_TIMES } from '../times.ts';
import { Refused, type WebServer } from './client.ts';
import type { HostRun } from './host-run.ts';
import { type Order, VERSION, type Work } from './protocol.ts';

// One slot of a host: it is offered to a web server, and follows its orders until that is lost.

export interface SeatOptions {
  readonly slot: Slot;
  /** What children run on; undefined: none has said it. */
  machine(): MachineInfo | undefined;
  /** Web servers that can be asked, in the order in which to try them. */
  servers(): Promise<readonly WebServer[]>;
  start(server: WebServer, run: string, work: Work): HostRun;
  report(error: unknown, what: string): void;
  onTaken(server: WebServer): void;
}

export interface Seat {
  close(): Promise<void>;
}

/** So much of the time after which a slot is lost may pass without an answer: then the child is ended, before the job goes on elsewhere. */
const SHARE = 0.8;

interface Taken {
  readonly server: WebServer;
  readonly slot: string;
  readonly lostMs: number;
}

export function startSeat(options: SeatOptions): Seat {
  const closing = new AbortController();
  const { signal } = closing;
  const current: { run: { readonly token: string; readonly run: HostRun } | undefined; taken: Taken | undefined } = {
    run: undefined,
    taken: undefined,
  };

  const end = async () => {
    const { run } = current;
    run?.run.abandon();
    await run?.run.over;
    current.run = undefined;
  };
  const obey = async (order: Order, { server }: Taken) => {
    if (order.kind === 'run') {
      await end();
      const run = options.start(server, order.run, order.work);
      current.run = { token: order.run, run };
    } else if (order.run === current.run?.token) {
      if (order.kind === 'line') current.run.run.line(order.text);
      else current.run.run.signal(order.name);
    }
  };
  const follow = async (taken: Taken) => {
    let seen = 0;
    let answeredAt = performance.now();
    while (!signal.aborted) {
      const askedAt = performance.now();
      try {
        for (const order of await taken.server.next(taken.slot, seen, options.machine())) {
          await obey(order, taken);
          seen = order.n;
        }
        answeredAt = askedAt;
      } catch (error) {
        if (error instanceof Refused) return;
        if (performance.now() - answeredAt > SHARE * taken.lostMs - REMOTE_TIMES.retryMs) return;
        await pause(REMOTE_TIMES.retryMs, undefined, { signal }).catch(() => undefined);
      }
    }
  };
  const work = async () => {
    while (!signal.aborted) {
      const taken = await offer(options);
      if (taken === undefined) {
        await pause(REMOTE_TIMES.offerAgainMs, undefined, { signal }).catch(() => undefined);
        continue;
      }
      current.taken = taken;
      options.onTaken(taken.server);
      await follow(taken);
      await end();
      current.taken = undefined;
    }
  };
  const done = work().catch((error: unknown) => options.report(error, 'a slot is no longer offered'));

  return {
    async close() {
      closing.abort();
      const { taken } = current;
      // the web server hands the job on at once
      if (taken) await taken.server.leave(taken.slot).catch(() => undefined);
      await end();
      await done;
    },
  };
}

async function offer({ slot, servers, report }: SeatOptions): Promise<Taken | undefined> {
  const mine = {
    version: VERSION,
    host: hostname().slice(0, 200) || 'a host',
    device: slot.device,
    threads: slot.threads,
  };
  let last: unknown;
  for (const server of await servers().catch((): readonly WebServer[] => [])) {
    try {
      return { server, ...(await server.offer(mine)) };
    } catch (error) {
      last = error;
    }
  }
  if (last !== undefined) report(last, 'no web server takes the slot');
  return undefined;
}

import { randomBytes } from 'node:crypto';
import type { ChildHandlers } from '../../child/child.ts';
import type { MachineInfo } from '../../jobs/domain/machine-info.ts';
import type { Slot } from '../../jobs/domain/slots.ts';
import { REMOTE_TIMES } from '../times.ts';
import type { Order } from './protocol.ts';
import { createRemoteRun, type OrderBody, type RemoteRun } from './remote-run.ts';

// The slots that hosts have offered to this web server, and what runs on them.

export interface HubHandlers {
  onSlot(slot: Slot): void;
  /** With the job that it has, if it has one. */
  onLost(slot: Slot): void;
}

/** A run, and the job that it is for. */
export interface HubRun {
  readonly run: RemoteRun;
  readonly jobId: string;
}

export interface Hub {
  /** How many slots there are. */
  readonly size: number;
  /** What they run on; undefined: no host has said it. */
  readonly machine: MachineInfo | undefined;
  /** Whoever runs jobs on them. Hosts are refused until then. */
  begin(handlers: HubHandlers): void;
  /** A token for the slot; undefined: no slots are taken now. */
  offer(offer: { readonly device: string; readonly threads: number }): string | undefined;
  /** The orders after the one with the number `seen`, as soon as there are some, or none after a while. Undefined: there is no such slot. */
  next(token: string, seen: number, machine?: MachineInfo): Promise<readonly Order[]> | undefined;
  leave(token: string): void;
  /** A slot of this number is one of a host, there or not. */
  isOwn(slotIndex: number): boolean;
  run(token: string): HubRun | undefined;
  /** Start a child on a slot. */
  take(slotIndex: number, handlers: ChildHandlers, jobId: string): RemoteRun;
  close(): void;
}

interface Seat {
  readonly slot: Slot;
  orders: Order[];
  count: number;
  asking: number;
  machine?: MachineInfo;
  timer: NodeJS.Timeout;
  wake(): void;
}

/** Beyond the numbers of slots of this computer. */
const FIRST_INDEX = 1_000;

/** `lostMs`: a slot that nobody asks for in this time is lost. */
export function createHub(lostMs: number): Hub {
  const seats = new Map<string, Seat>();
  const runs = new Map<string, HubRun>();
  let handlers: HubHandlers | undefined;
  let count = FIRST_INDEX;

  const lose = (token: string) => {
    const seat = seats.get(token);
    if (seat === undefined) return;
    seats.delete(token);
    clearTimeout(seat.timer);
    seat.wake();
    handlers?.onLost(seat.slot);
  };
  const expect = (token: string) => setTimeout(() => lose(token), lostMs).unref();
  const send = (seat: Seat, body: OrderBody) => {
    seat.orders.push({ ...body, n: (seat.count += 1) });
    seat.wake();
  };

  return {
    get size() {
      return seats.size;
    },
    get machine() {
      return [...seats.values()].find(({ machine }) => machine !== undefined)?.machine;
    },
    begin(given) {
      handlers = given;
    },
    offer({ device, threads }) {
      if (handlers === undefined) return undefined;
      const token = randomBytes(18).toString('base64url');
      const slot = { index: (count += 1), device, threads };
      seats.set(token, { slot, orders: [], count: 0, asking: 0, timer: expect(token), wake: () => undefined });
      handlers.onSlot(slot);
      return token;
    },
    next(token, seen, machine) {
      const seat = seats.get(token);
      if (seat && machine) seat.machine = machine;
      return seat && ask(seat, seen, () => seats.get(token) === seat && (seat.timer = expect(token)));
    },
    leave: lose,
    isOwn: (slotIndex) => slotIndex > FIRST_INDEX,
    run: (token) => runs.get(token),
    take(slotIndex, childHandlers, jobId) {
      const seat = [...seats.values()].find(({ slot }) => slot.index === slotIndex);
      const isThere = () => seat !== undefined && [...seats.values()].includes(seat);
      const run = createRemoteRun((body) => {
        if (seat === undefined || !isThere()) return false;
        send(seat, body);
        return true;
      }, childHandlers);
      runs.set(run.token, { run, jobId });
      void run.child.ended.then(() => runs.delete(run.token));
      return run;
    },
    close() {
      handlers = undefined;
      for (const token of [...seats.keys()]) lose(token);
    },
  };
}

/** While somebody asks, the slot is there; it is waited for again when the last one has got its answer. */
async function ask(seat: Seat, seen: number, expectAgain: () => void): Promise<readonly Order[]> {
  clearTimeout(seat.timer);
  seat.asking += 1;
  seat.orders = seat.orders.filter(({ n }) => n > seen);
  if (seat.orders.length === 0) {
    await new Promise<void>((resolve) => {
      const late = setTimeout(resolve, REMOTE_TIMES.pollMs);
      seat.wake();
      seat.wake = () => {
        clearTimeout(late);
        resolve();
      };
    });
  }
  seat.asking -= 1;
  if (seat.asking === 0) expectAgain();
  return seat.orders.filter(({ n }) => n > seen);
}

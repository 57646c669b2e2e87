import type { EventClock } from '../events/log/clock.ts';
import type { ClusterTimes } from './times.ts';
import { createFeed } from './feed.ts';
import type { ClusterMessage, Envelope, NodeInfo } from './messages.ts';
import { createSharedRelay, type Part, type SharedRelay } from './relay.ts';
import type { Redis } from './redis.ts';
import { OTHER_KEYS } from './same-settings.ts';
import { createWatermarks } from './watermarks.ts';

// One process among the others: what it sends, what it reads, and who is there.

export interface NodeHandlers {
  /** What is not for event streams. `isOwn`: this process said it. */
  onMessage(body: ClusterMessage, isOwn: boolean): void;
  /** Messages were lost, or all of Redis: what they said is to be read from the disk. Called again when all is known again. */
  onLoss(): Promise<void>;
  /** Whoever follows events is to look for what was missed. */
  onRestart(): void;
}

export interface ClusterNode {
  readonly name: string;
  readonly relay: SharedRelay;
  send(body: ClusterMessage): void;
  /** Who is there, with what they said of themselves. */
  others(): readonly NodeInfo[];
  /** `info`: what this process says of itself. Resolves when the others are known. */
  begin(info: () => NodeInfo, handlers: NodeHandlers): Promise<void>;
  close(): Promise<void>;
}

export interface NodeOptions {
  readonly redis: Redis;
  readonly name: string;
  readonly clock: EventClock;
  readonly times: ClusterTimes;
  /** Says which keys this process has. */
  readonly keys?: string | undefined;
  mayWrite(jobId: string): boolean;
  report(error: unknown): void;
}

export function createNode({ redis, name, clock, times, keys, mayWrite, report }: NodeOptions): ClusterNode {
  const watermarks = createWatermarks<Part>(times.silentMs);
  const infos = new Map<string, NodeInfo>();
  let info: (() => NodeInfo) | undefined;
  let handlers: NodeHandlers | undefined;
  let promised = 0;
  let restartFrom: number | undefined;

  const send = (body: ClusterMessage) => {
    promised = Math.max(promised, clock.last);
    feed.send(body, promised);
  };
  const tick = () => {
    if (info === undefined) return;
    // all further stamps are later
    promised = clock.next();
    feed.send({ kind: 'tick', info: { ...info(), keys } }, promised);
  };

  const onMessage = (envelope: Envelope, atMs: number) => {
    const { node, watermark, body } = envelope;
    watermarks.promise(node, watermark, atMs);
    if (body.kind === 'tick') infos.set(node, body.info);
    else if (body.kind === 'bye') watermarks.leave(node);
    else if (body.kind === 'relay') relay.take(envelope);
    else handlers?.onMessage(body, node === name);
  };

  const onCaughtUp = () => {
    relay.passOn();
    // somebody waits for a promise of this process
    if (watermarks.latest > promised) tick();
    if (restartFrom === undefined || watermarks.released < restartFrom) return;
    restartFrom = undefined;
    handlers?.onRestart();
  };

  const onLoss = once(async () => {
    await handlers?.onLoss();
    restartFrom = clock.next();
    tick();
  }, report);

  const feed = createFeed(redis, name, {
    ...{ onMessage, onCaughtUp, onLoss, onError: report },
  });
  const relay = createSharedRelay({ clock, watermarks, mayWrite, send });
  let timer: NodeJS.Timeout | undefined;
  const others = () => [...watermarks.nodes.keys()].flatMap((node) => infos.get(node) ?? []);

  return {
    ...{ name, relay, send, others },
    async begin(own, given) {
      info = own;
      handlers = given;
      const started = feed.start();
      tick();
      timer = setInterval(() => {
        tick();
        if (others().some((other) => hasOtherKeys(other, keys))) report(new Error(OTHER_KEYS));
      }, times.tickMs);
      await started;
    },
    async close() {
      clearInterval(timer);
      info = undefined;
      send({ kind: 'bye' });
      await feed.close();
    },
  };
}

/** One that could not make its mark says nothing. */
function hasOtherKeys({ keys }: NodeInfo, own: string | undefined): boolean {
  return keys !== undefined && own !== undefined && keys !== own;
}

/** Runs a task that several ask for at once a single time. */
function once(task: () => Promise<void>, report: (error: unknown) => void): () => void {
  let isRunning = false;
  return () => {
    if (isRunning) return;
    isRunning = true;
    void task()
      .catch(report)
      .finally(() => {
        isRunning = false;
      });
  };
}

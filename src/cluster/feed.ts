import { CLUSTER_TIMES } from './times.ts';
import { type ClusterMessage, decode, encode, type Envelope } from './messages.ts';
import { another, PREFIX, type Redis, within } from './redis.ts';

// The stream in Redis by which the processes of a cluster send each other messages.

export interface FeedHandlers {
  /** `atMs`: when Redis took it. */
  onMessage(envelope: Envelope, atMs: number): void;
  /** Everything that was sent so far has been taken; called after each look. */
  onCaughtUp(): void;
  /** Messages were lost, or all of Redis. */
  onLoss(): void;
  onError(error: Error): void;
}

export interface Feed {
  send(body: ClusterMessage, watermark: number): void;
  /** Resolves when this process has read the latest messages of the others and one of its own. */
  start(): Promise<void>;
  close(): Promise<void>;
}

const STREAM = `${PREFIX}:feed`;
const LIFE = `${PREFIX}:life`;
/** Enough for minutes; whoever is further behind reads the records. */
const KEPT = 50_000;
const AT_ONCE = 500;

/** Returns which life of Redis it is: a new one after it has lost all it had. */
const ADD = `
local life = redis.call('GET', KEYS[1])
if not life then
  life = ARGV[1]
  redis.call('SET', KEYS[1], life)
end
redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[3], '*', 'm', ARGV[2])
return life`;

export function createFeed(redis: Redis, node: string, handlers: FeedHandlers): Feed {
  const reader = another(redis, handlers.onError);
  const seen = new Map<string, number>();
  let count = 0;
  let life: string | undefined;
  let isClosed = false;
  let from = '0';
  let onOwnMessage: (() => void) | undefined;
  let reading: Promise<void> = Promise.resolve();

  const noteLife = (current: string) => {
    if (life !== undefined && life !== current) handlers.onLoss();
    life = current;
  };

  const take = (text: string, atMs: number) => {
    const envelope = decode(text);
    const before = seen.get(envelope.node);
    // a command whose answer was lost with the connection is sent again
    if (before !== undefined && envelope.count <= before) return;
    if (before !== undefined && envelope.count > before + 1) handlers.onLoss();
    seen.set(envelope.node, envelope.count);
    if (envelope.body.kind === 'bye') seen.delete(envelope.node);
    if (envelope.node === node) onOwnMessage?.();
    handlers.onMessage(envelope, atMs);
  };

  const look = async () => {
    const look = reader.xread('COUNT', AT_ONCE, 'BLOCK', CLUSTER_TIMES.readMs, 'STREAMS', STREAM, from);
    const found = await within(look, CLUSTER_TIMES.readMs + CLUSTER_TIMES.connectMs);
    for (const [id, fields] of found?.[0]?.[1] ?? []) {
      from = id;
      take(fields[1] ?? '', Number(id.split('-')[0]));
    }
    handlers.onCaughtUp();
  };

  const readAll = async () => {
    while (!isClosed) {
      try {
        await look();
      } catch (error) {
        if (isClosed) return;
        handlers.onError(error instanceof Error ? error : new Error(String(error)));
        // A connection that hangs, as some do after Redis was restarted, is made anew.
        reader.disconnect(true);
        await new Promise((resolve) => setTimeout(resolve, CLUSTER_TIMES.retryStepMs));
      }
    }
  };

  return {
    send(body, watermark) {
      count += 1;
      const text = encode({ node, count, watermark, body });
      const sent = redis.eval(ADD, 2, LIFE, STREAM, `${node}.${count}`, text, KEPT) as Promise<string>;
      sent.then(noteLife, handlers.onError);
    },
    async start() {
      const [seconds] = await redis.time();
      // the others have said within this time that they are there
      from = `${Number(seconds) * 1000 - CLUSTER_TIMES.silentMs}-0`;
      const ownMessage = new Promise<void>((resolve) => {
        onOwnMessage = resolve;
      });
      reading = readAll();
      await within(ownMessage, CLUSTER_TIMES.connectMs);
    },
    async close() {
      isClosed = true;
      reader.disconnect();
      await reading;
    },
  };
}

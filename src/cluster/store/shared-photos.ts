import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import pLimit from 'p-limit';
import { within } from '../../promises.ts';
import type { StoreFault } from '../remote/protocol.ts';
import { STORE_TIMES } from '../times.ts';
import type { BlobStore } from './blob-store.ts';
import { keepInTime } from './keep-in-time.ts';
import { createOutage } from './outage.ts';

// Photos and sounds on their way to hosts, through an object store: each is put there once, and every host gets an
// address for it. Whatever is wrong with the store, the answer is that the web server sends the photo itself.

export interface SharedPhotos {
  /** Where a host may fetch the content of this file. Undefined: send it to the host. Never rejects. */
  addressOf(sha256: string, path: string): Promise<string | undefined>;
  /** A host did not get it there. */
  failed(sha256: string, path: string, fault: StoreFault): void;
  /** They were deleted for good. */
  forget(contents: readonly string[]): Promise<void>;
  /** Delete what is a day old, from now on. `isMyTurn`: no other web server does it now. */
  begin(isMyTurn: () => Promise<boolean>): void;
  close(): void;
}

export interface SharedPhotosOptions {
  readonly store: BlobStore;
  report(error: unknown): void;
  readonly now?: () => number;
  readonly times?: { readonly answerMs: number; readonly againMs: number };
}

const AT_ONCE = 16;
/** Larger files are sent by the web server: what goes to the store is in memory as a whole. */
const MOST_BYTES = 16_000_000;
const MOST_KNOWN = 200_000;
/** What is given out is not deleted before the host has it. */
const GIVEN_MS = STORE_TIMES.storedMs - 3 * STORE_TIMES.lookMs;

/** The file is not what it was said to be: the store is not to blame. */
class NoSuchContent extends Error {}

export function createSharedPhotos(options: SharedPhotosOptions): SharedPhotos {
  const { store, report, now = Date.now, times: { answerMs, againMs } = STORE_TIMES } = options;
  /** By content, since when it lies there. */
  const known = new Map<string, number>();
  const putting = new Map<string, Promise<void>>();
  const inTurns = pLimit(AT_ONCE);
  const outage = createOutage(now, againMs, report);
  const kept = keepInTime({ store, now, report, againMs });
  const isThere = (sha256: string) => (known.get(sha256) ?? 0) > now() - GIVEN_MS;

  const put = async (sha256: string, path: string) => {
    const content = await readFile(path).catch(() => Buffer.alloc(0));
    if (createHash('sha256').update(content).digest('hex') !== sha256) throw new NoSuchContent();
    await store.put(sha256, content);
    known.set(sha256, now());
  };
  const bring = async (sha256: string, path: string) => {
    const { size } = await stat(path).catch(() => ({ size: MOST_BYTES + 1 }));
    if (size > MOST_BYTES) throw new NoSuchContent();
    const found = await store.look(sha256);
    if (known.size >= MOST_KNOWN) known.clear();
    if (found?.bytes === size) known.set(sha256, found.putMs);
    if (!isThere(sha256)) await put(sha256, path);
  };
  /** Of several hosts that want one, one has it put there. */
  const once = (sha256: string, task: () => Promise<void>): Promise<void> => {
    const running = putting.get(sha256) ?? inTurns(task).finally(() => putting.delete(sha256));
    putting.set(sha256, running);
    return running;
  };

  return {
    async addressOf(sha256, path) {
      const state = outage.now();
      if (state === 'wait') return undefined;
      try {
        if (state === 'try' || !isThere(sha256)) {
          await inTime(
            once(sha256, () => bring(sha256, path)),
            answerMs,
          );
          outage.answered();
        }
        return await store.addressOf(sha256);
      } catch (error) {
        if (!(error instanceof NoSuchContent)) outage.began(error);
        return undefined;
      }
    },
    failed(sha256, path, fault) {
      if (fault === 'unreachable') return report(new Error(UNREACHED));
      known.delete(sha256);
      // what lies there under its name is another content
      if (fault === 'wrong') void once(sha256, () => put(sha256, path)).catch(report);
    },
    async forget(contents) {
      for (const sha256 of contents) {
        await putting.get(sha256)?.catch(() => undefined);
        known.delete(sha256);
        await kept.remove(sha256);
      }
    },
    begin: kept.begin,
    close() {
      kept.close();
      store.close();
    },
  };
}

const UNREACHED =
  'A worker does not reach the store of MAI_S3_BUCKET: it gets photos from the web server. It must reach the address of MAI_S3_ENDPOINT as this server does.';

/** What takes longer goes on, but nobody waits for it. */
async function inTime(task: Promise<void>, ms: number): Promise<void> {
  task.catch(() => undefined);
  if (!(await within(task, ms))) throw new Error(`no answer in ${ms} ms`);
}

import { setTimeout as pause } from 'node:timers/promises';
import pLimit from 'p-limit';
import { STORE_TIMES } from '../times.ts';
import type { BlobStore } from './blob-store.ts';

// Deletes photos from the object store: those that were deleted for good at once, all others before they are a day old.

export interface KeptInTime {
  /** Rejects never: where the store does not answer, it is tried again. */
  remove(sha256: string): Promise<void>;
  begin(isMyTurn: () => Promise<boolean>): void;
  close(): void;
}

const AT_ONCE = 8;
/** What is younger than this at one look is not too old at the next but one. */
const LEFT_MS = STORE_TIMES.storedMs - 2 * STORE_TIMES.lookMs;

export interface KeepOptions {
  readonly store: BlobStore;
  now(): number;
  report(error: unknown): void;
  readonly againMs: number;
}

export function keepInTime({ store, now, report, againMs }: KeepOptions): KeptInTime {
  const closing = new AbortController();
  const { signal } = closing;
  let timer: NodeJS.Timeout | undefined;

  const removeOld = async () => {
    const inTurns = pLimit(AT_ONCE);
    const removed: Promise<void>[] = [];
    const before = now() - LEFT_MS;
    for await (const { sha256, putMs } of store.list())
      if (putMs < before) removed.push(inTurns(() => store.remove(sha256)).catch(report));
    await Promise.all(removed);
  };
  const removeLater = async (sha256: string) => {
    const end = now() + STORE_TIMES.storedMs;
    while (!signal.aborted && now() < end) {
      await pause(againMs, undefined, { signal, ref: false }).catch(() => undefined);
      if (signal.aborted || (await isRemoved(store, sha256))) return;
    }
  };

  return {
    async remove(sha256) {
      if (await isRemoved(store, sha256)) return;
      report(new Error(STILL_THERE));
      void removeLater(sha256);
    },
    begin(isMyTurn) {
      const look = () =>
        isMyTurn()
          .then((isMine) => (isMine ? removeOld() : undefined))
          .catch(report);
      void look();
      timer = setInterval(() => void look(), STORE_TIMES.lookMs).unref();
    },
    close() {
      closing.abort();
      clearInterval(timer);
    },
  };
}

function isRemoved(store: BlobStore, sha256: string): Promise<boolean> {
  return store.remove(sha256).then(
    () => true,
    () => false,
  );
}

const STILL_THERE =
  'A photo was deleted, and the store of MAI_S3_BUCKET did not answer: its copy there is deleted when it does, or when it is a day old.';

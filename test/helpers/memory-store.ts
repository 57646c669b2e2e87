import type { BlobStore } from '../../src/cluster/store/blob-store.ts';

/** An object store in memory, which can be broken, and which notes what it is asked. */
export interface MemoryStore extends BlobStore {
  readonly held: Map<string, { readonly content: Buffer; readonly putMs: number }>;
  readonly asked: string[];
  /** How it does what it is asked: `silent` never answers. */
  state: 'well' | 'broken' | 'silent';
}

export function memoryStore(now: () => number): MemoryStore {
  const held: MemoryStore['held'] = new Map();
  const answer = async <Value>(question: string, value: () => Value): Promise<Value> => {
    store.asked.push(question);
    if (store.state === 'broken') throw new Error('broken');
    if (store.state === 'silent') await new Promise(() => undefined);
    return value();
  };
  const store: MemoryStore = {
    ...{ held, asked: [], state: 'well' },
    look: (sha256) =>
      answer('look', () => {
        const found = held.get(sha256);
        return found && { sha256, bytes: found.content.length, putMs: found.putMs };
      }),
    put: (sha256, content) =>
      answer('put', () => {
        held.set(sha256, { content, putMs: now() });
        return { keepsVersions: false };
      }),
    addressOf: async (sha256) => `http://store/${sha256}`,
    remove: (sha256) => answer('remove', () => void held.delete(sha256)),
    async *list() {
      for (const [sha256, { content, putMs }] of held) yield { sha256, bytes: content.length, putMs };
    },
    close: () => undefined,
  };
  return store;
}

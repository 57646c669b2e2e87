import pLimit from 'p-limit';
import { sha256Of } from '../files/hash-stream.ts';
import { openFile } from '../files/open-file.ts';

// Computes the SHA-256 of photos and clips, and remembers it.

/** Hashing takes processor time that others need, and each open file takes one of a limited number of descriptors. */
const HASHED_AT_ONCE = 2;

/**
 * SHA-256 of files, remembered by their identity. Whoever asks for one that is being read gets its hash too. Undefined
 * where another file lies there by now.
 */
export function createContentHashes(
  open: typeof openFile = openFile,
  maxKept = 50_000,
): (path: string, identity: string) => Promise<string | undefined> {
  const known = new Map<string, Promise<string | undefined>>();
  const inTurns = pLimit(HASHED_AT_ONCE);

  const read = async (path: string, identity: string) => {
    const opened = await open(path);
    if (opened === undefined) return undefined;
    const { file } = opened;
    try {
      if (opened.identity !== identity) return undefined;
      return await sha256Of(file.createReadStream({ autoClose: false, start: 0 }));
    } finally {
      await file.close();
    }
  };

  return async (path, identity) => {
    const before = known.get(identity);
    if (before !== undefined) return before;
    const hash = inTurns(() => read(path, identity));
    if (known.size >= maxKept) known.clear();
    known.set(identity, hash);
    const digest = await hash.catch((error: unknown) => {
      known.delete(identity);
      throw error;
    });
    if (digest === undefined) known.delete(identity);
    return digest;
  };
}

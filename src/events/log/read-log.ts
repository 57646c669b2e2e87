import { open } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import pLimit from 'p-limit';
import { isMissing } from '../../system-errors.ts';
import { parseStored } from './event-log.ts';
import type { StoredEvent } from './stored-event.ts';

// Reads events.jsonl of a job from the disk, piece by piece.

/** A piece costs about a millisecond to parse: others have their turn in between. */
const PIECE_BYTES = 64 * 1024;
const NEWLINE = 10;
/** Whoever reads waits here for each piece, so that a crowd that comes back at once shares the disk and the processor fairly. */
const inTurns = pLimit(4);

/**
 * Events of a log file in order, a piece at a time. The file is open only while a piece is read, so a reader
 * that stays away holds no descriptor. Once `signal` is aborted nothing more is read. A missing file is an empty log; a torn last line is left out.
 */
export async function* readLog(path: string, signal?: AbortSignal): AsyncGenerator<StoredEvent[]> {
  let position = 0;
  let size = PIECE_BYTES;
  for (;;) {
    const piece = await inTurns(async () => {
      await nextTurn();
      return signal?.aborted ? Buffer.alloc(0) : readPiece(path, position, size);
    });
    if (piece.length === 0) return;
    const end = piece.lastIndexOf(NEWLINE) + 1;
    if (end === 0) {
      if (piece.length < size) return;
      size *= 2; // a line longer than a piece
      continue;
    }
    position += end;
    size = PIECE_BYTES;
    const events = piece
      .toString('utf8', 0, end)
      .split('\n')
      .map(parseStored)
      .filter((event) => event !== undefined);
    if (events.length > 0) yield events;
  }
}

async function readPiece(path: string, position: number, size: number): Promise<Buffer> {
  try {
    const file = await open(path, 'r');
    try {
      const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(size), 0, size, position);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (isMissing(error)) return Buffer.alloc(0);
    throw error;
  }
}

import { open } from 'node:fs/promises';
import { datasetJsonInvalid } from '../errors.ts';
import { createJsonCounter, inWords, MAX_DEPTH, type JsonLimits, type TooMuch } from '../http/json-limits.ts';
import { createBreather } from '../files/breathe.ts';

// JSON that would keep the server busy for too long is refused before it is parsed.

/** The server parses it, and others wait meanwhile. The IDE's whole state of a large program has a tenth of it. */
export const PROJECT_JSON_LIMITS: JsonLimits = { maxValues: 100_000, maxDepth: MAX_DEPTH };
/** Python parses it: 50,000 photos with three boxes each have a million and a half values. */
export const DATASET_JSON_LIMITS: JsonLimits = { maxValues: 5_000_000, maxDepth: MAX_DEPTH };
const PIECE_BYTES = 64_000;

/** What a JSON text has too much of; counted in pieces, between which others get their turn. */
export async function tooMuchInText(bytes: Uint8Array, limits: JsonLimits): Promise<TooMuch | undefined> {
  const count = createJsonCounter(limits);
  const breathe = createBreather();
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
    const tooMuch = count(bytes.subarray(at, at + PIECE_BYTES));
    if (tooMuch !== undefined) return tooMuch;
    await breathe();
  }
  return undefined;
}

/** The dataset.json that was unpacked to `path` may be as large as the whole project. Rejects with an AppError. */
export async function checkDatasetJson(path: string, limits = DATASET_JSON_LIMITS): Promise<void> {
  const count = createJsonCounter(limits);
  const file = await open(path, 'r');
  try {
    for await (const piece of file.createReadStream({
      highWaterMark: PIECE_BYTES,
      autoClose: false,
    }) as AsyncIterable<Buffer>) {
      const tooMuch = count(piece);
      if (tooMuch !== undefined) throw datasetJsonInvalid(inWords(tooMuch, limits));
    }
  } finally {
    await file.close();
  }
}

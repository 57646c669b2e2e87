import { createHash } from 'node:crypto';

/** One photo or clip of a project's data set. */
export interface Sample {
  /** Names it in addresses: neither a slash nor a letter that a browser writes in another way. */
  readonly id: string;
  /** Its path within the project with forward slashes, as the training writes it: `dataset/Cat/1.jpg`. */
  readonly file: string;
  /** Undefined where its folder is not a label's: of boxes, each photo has its own. */
  readonly label: string | undefined;
}

const ID_DIGITS = 16;
export const SAMPLE_ID = `^[0-9a-f]{${ID_DIGITS}}$`;

export function sampleIdOf(file: string): string {
  return createHash('sha256').update(file).digest('hex').slice(0, ID_DIGITS);
}

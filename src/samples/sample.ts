import { createHash } from 'node:crypto';
import type { ProjectType } from '../projects/project.ts';

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

/** The file that shows a sample: a photo itself, of a clip the waveform that the IDE drew. */
export function pictureOf(type: ProjectType, file: string): string {
  if (type !== 'VOICE_CLASSIFICATION') return file;
  return file.replace(/^dataset\/sound\//, 'dataset/waveform/').replace(/\.[^./]*$/, '.png');
}

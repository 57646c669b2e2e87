import { inferenceField, mediaType } from '../errors.ts';
import { ACCEPTED, type Media } from '../media-type.ts';
import type { ProjectType } from '../projects/project.ts';
import type { InferenceType } from './inference/request.ts';

// Reads the form of a question to a model: a photo or a sound, and what to ask of it.

const TYPE_OF: Readonly<Record<ProjectType, InferenceType>> = {
  IMAGE_CLASSIFICATION: 'classification',
  OBJECT_DETECTION: 'detection',
  VOICE_CLASSIFICATION: 'voice',
};

export interface InferenceFields {
  readonly type: InferenceType;
  readonly threshold?: number;
  readonly board: boolean;
}

/** The fields of the form against the project that is asked. Throws an AppError that names the field. */
export function readInferenceFields(fields: ReadonlyMap<string, string>, projectType: ProjectType): InferenceFields {
  const type = TYPE_OF[projectType];
  const given = fields.get('type') || type;
  if (given !== type) throw inferenceField('type', given, `${type}, as the project is`);
  const board = fields.get('board') || '1';
  if (!/^(0|1|true|false)$/.test(board)) throw inferenceField('board', board, '0 or 1');
  const wantsBoard = board === '1' || board === 'true';
  const text = fields.get('threshold')?.trim() ?? '';
  if (text === '') return { type, board: wantsBoard };
  const threshold = Number(text);
  if (!(threshold >= 0 && threshold <= 1)) throw inferenceField('threshold', text, 'a number from 0 to 1');
  return { type, threshold, board: wantsBoard };
}

/** Refuse what the model cannot look at before Python reads it. */
export function checkMedia(media: Media | undefined, type: InferenceType): void {
  const wanted: Media = type === 'voice' ? 'audio' : 'image';
  if (media !== wanted) throw mediaType(ACCEPTED[wanted]);
}

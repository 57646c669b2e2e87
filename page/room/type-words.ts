import type { TextKey } from '../core/text-key.ts';
import type { ProjectType } from './types.ts';

// What each type of project is called.

const WORDS = {
  IMAGE_CLASSIFICATION: 'type.photos',
  OBJECT_DETECTION: 'type.boxes',
  VOICE_CLASSIFICATION: 'type.sounds',
} as const satisfies Record<ProjectType, TextKey>;

export function typeWords(type: ProjectType): TextKey {
  return WORDS[type];
}

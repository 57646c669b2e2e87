import type { InferenceAnswer } from '../../src/models/schemas.ts';
import { postForm } from '../core/api.ts';
import type { Card } from '../room/types.ts';

/** What the newest model says of a photo or a sound. */
export function ask(card: Pick<Card, 'id' | 'type'>, media: Blob, signal?: AbortSignal): Promise<InferenceAnswer> {
  const form = new FormData();
  form.append('project_id', card.id);
  form.append(card.type === 'VOICE_CLASSIFICATION' ? 'audio' : 'image', media);
  return postForm<InferenceAnswer>('/inference_image', form, signal);
}

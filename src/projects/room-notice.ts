import { diskFull } from '../errors.ts';
import { languageOf } from '../messages/language.ts';
import { sentenceOf } from '../messages/sentence.ts';
import { nearParams } from './quota.ts';
import type { ProjectStore } from './store.ts';

/** What keeps a classroom from going on, or soon will, in the language of who asks; undefined: nothing. */
export async function roomNotice(
  store: Pick<ProjectStore, 'isDiskFull' | 'quota'>,
  workspace: string,
  request: Parameters<typeof languageOf>[0],
): Promise<string | undefined> {
  const language = languageOf(request, undefined);
  if (await store.isDiskFull()) return diskFull().in(language);
  const quota = await store.quota(workspace);
  const near = quota && nearParams(quota);
  return near && sentenceOf('quota_near', near, language);
}

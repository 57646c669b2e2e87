import { sentenceOf } from '../../src/messages/sentence.ts';

/** What the scripted child fails with where it is asked to (test/fixtures/child/child.py). */
export const ONE_LABEL = sentenceOf('too_few_labels', { count: 1, needed: 2 });

import type sentences from '../../contract/messages/page.json';

/** The name of a sentence in contract/messages/page.json. */
export type TextKey = keyof typeof sentences;
export type Params = Readonly<Record<string, unknown>>;

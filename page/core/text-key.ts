import type sentences from '../../contract/messages/page.json';

/** Which sentence of contract/messages/page.json. */
export type TextKey = keyof typeof sentences;
export type Params = Readonly<Record<string, unknown>>;

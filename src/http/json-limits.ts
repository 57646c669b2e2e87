/** How much JSON may hold before it is parsed: parsing and walking 5 MB of brackets takes a second, in which nobody else is answered. */
export interface JsonLimits {
  readonly maxValues: number;
  readonly maxDepth: number;
}

/** Far more than any project needs; beyond it whoever writes the value again recurses too deep. */
export const MAX_DEPTH = 100;
/** Settings of a training, which every Train checks, merges and writes again. A block program among them is one text. */
export const CONFIG_LIMITS: JsonLimits = { maxValues: 10_000, maxDepth: MAX_DEPTH };

export type TooMuch = 'values' | 'depth';

/** Takes the bytes of a JSON text in pieces and counts what it holds, valid or not. Says what there is too much of as soon as it is known. */
export function createJsonCounter({ maxValues, maxDepth }: JsonLimits): (bytes: Uint8Array) => TooMuch | undefined {
  let values = 0;
  let depth = 0;
  let inText = false;
  let escaped = false;
  let justOpened = false;

  return (bytes) => {
    for (let at = 0; at < bytes.length; at += 1) {
      const byte = bytes[at];
      if (escaped) escaped = false;
      else if (inText) {
        if (byte === QUOTE) inText = false;
        else if (byte === BACKSLASH) escaped = true;
      } else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) {
        depth -= 1;
        justOpened = false;
      } else if (byte !== undefined && byte > BLANK) {
        // a list has one value more than commas, unless it is empty
        if (byte === COMMA || justOpened) values += 1;
        justOpened = byte === OPEN_LIST || byte === OPEN_OBJECT;
        if (justOpened) depth += 1;
        else if (byte === QUOTE) inText = true;
        if (depth > maxDepth) return 'depth';
      }
    }
    return values > maxValues ? 'values' : undefined;
  };
}

/** To stand in a sentence after a colon. */
export function inWords(tooMuch: TooMuch, { maxValues, maxDepth }: JsonLimits): string {
  return tooMuch === 'depth' ? `it is nested deeper than ${maxDepth} levels` : `it holds more than ${maxValues} values`;
}

const BLANK = 0x20;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

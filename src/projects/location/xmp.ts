// Takes the place where a photo was taken out of XMP, which is XML: what is taken out becomes blanks.

const ATTRIBUTE = /\s(?:[A-Za-z_][\w.-]*:)?GPS\w*\s*=\s*(?:"[^"]*"|'[^']*')/g;
const ELEMENT = /<((?:[A-Za-z_][\w.-]*:)?GPS\w*)(?:\s[^<>]*)?>/g;

/** Blank every property whose name begins with GPS, in place; whether there was one. */
export function blankXmp(packet: Buffer): boolean {
  // each byte is one character, so that offsets are those of the bytes
  const text = packet.toString('latin1');
  const found = [...attributesIn(text), ...elementsIn(text)];
  for (const [from, to] of found) packet.fill(0x20, from, to);
  return found.length > 0;
}

function* attributesIn(text: string): Generator<readonly [number, number]> {
  for (const { index, 0: whole } of text.matchAll(ATTRIBUTE)) yield [index, index + whole.length];
}

function* elementsIn(text: string): Generator<readonly [number, number]> {
  for (const { index, 0: opening, 1: name } of text.matchAll(ELEMENT)) {
    const closing = `</${name}>`;
    const end = opening.endsWith('/>') ? index + opening.length : text.indexOf(closing, index) + closing.length;
    if (end > index) yield [index, end];
  }
}

// Takes the place where a photo was taken out of XMP, which is XML: what is taken out becomes blanks.

const ATTRIBUTE = /\s(?:[A-Za-z_][\w.-]*:)?GPS\w*\s*=\s*(?:"[^"]*"|'[^']*')/gi;
const ELEMENT = /<((?:[A-Za-z_][\w.-]*:)?GPS\w*)(?:\s[^<>]*)?>/gi;

/** Blank every property whose name begins with GPS, in whatever letters (drones write Gps), in place; whether there was one. */
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
    if (opening.endsWith('/>')) yield [index, index + opening.length];
    const closing = new RegExp(`</${name}\\s*>`, 'g');
    closing.lastIndex = index;
    if (!opening.endsWith('/>') && closing.test(text)) yield [index, closing.lastIndex];
  }
}

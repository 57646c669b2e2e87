import { isTiff, stripTiff } from './tiff.ts';
import { blankXmp } from './xmp.ts';

// Takes the place out of HEIC and AVIF, which are boxes within boxes (ISO/IEC 14496-12): a table says which items there
// are, and another one where their bytes lie.

interface Box {
  readonly type: string;
  readonly body: Buffer;
}

interface Item {
  readonly id: number;
  readonly type: string;
  /** Of an item of type `mime`. */
  readonly contentType: string;
}

/** In place; whether there was anything. Nothing but the bytes of EXIF and XMP items is touched. */
export function stripBoxes(data: Buffer): boolean {
  const meta = boxesIn(data).find(({ type }) => type === 'meta');
  if (meta === undefined) return false;
  const parts = boxesIn(meta.body.subarray(4));
  const partOf = (wanted: string) => parts.find(({ type }) => type === wanted)?.body ?? Buffer.alloc(0);
  const placeOf = placesIn(partOf('iloc'), data, partOf('idat'));
  let changed = false;
  for (const { id, type, contentType } of itemsIn(partOf('iinf'))) {
    const bytes = placeOf.get(id);
    if (bytes === undefined) continue;
    if (type === 'Exif') changed = stripExif(bytes) || changed;
    if (type === 'mime' && contentType === 'application/rdf+xml') changed = blankXmp(bytes) || changed;
  }
  return changed;
}

/** In front of the TIFF is how many bytes are between. */
function stripExif(item: Buffer): boolean {
  if (item.length < 4) return false;
  const tiff = item.subarray(4 + item.readUInt32BE(0));
  return isTiff(tiff) && stripTiff(tiff, blankXmp);
}

function boxesIn(data: Buffer): Box[] {
  const boxes: Box[] = [];
  for (let at = 0; at + 8 <= data.length; ) {
    const short = data.readUInt32BE(at);
    const isLong = short === 1 && at + 16 <= data.length;
    const bytes = short === 0 ? data.length - at : isLong ? Number(data.readBigUInt64BE(at + 8)) : short;
    const head = isLong ? 16 : 8;
    if (bytes < head) break;
    boxes.push({ type: data.toString('latin1', at + 4, at + 8), body: data.subarray(at + head, at + bytes) });
    at += bytes;
  }
  return boxes;
}

function itemsIn(table: Buffer): Item[] {
  const begin = table[0] === 0 ? 6 : 8;
  return boxesIn(table.subarray(begin)).flatMap(({ type, body }) => {
    const version = body[0] ?? 0;
    const at = version === 2 ? 6 : 8;
    if (type !== 'infe' || version < 2 || body.length < at + 6) return [];
    const id = version === 2 ? body.readUInt16BE(4) : body.readUInt32BE(4);
    const [, contentType = ''] = body.toString('latin1', at + 6).split('\0');
    return { id, type: body.toString('latin1', at + 2, at + 6), contentType };
  });
}

/** The bytes of each item that lies in one piece in this file; cameras divide nothing but pixels. */
function placesIn(table: Buffer, file: Buffer, inside: Buffer): Map<number, Buffer> {
  const places = new Map<number, Buffer>();
  const version = table[0] ?? 0;
  const read = reader(table, 4);
  const [sizes, more] = [read(1), read(1)];
  const [offsetBytes, lengthBytes, baseBytes] = [sizes >> 4, sizes & 15, more >> 4];
  const indexBytes = version === 0 ? 0 : more & 15;
  for (let left = read(version < 2 ? 2 : 4); left > 0 && !read.isOver(); left -= 1) {
    const id = read(version < 2 ? 2 : 4);
    const isInside = version > 0 && (read(2) & 15) === 1;
    read(2);
    const base = read(baseBytes);
    const pieces = read(2);
    let piece: Buffer = Buffer.alloc(0);
    for (let n = 0; n < pieces && !read.isOver(); n += 1) {
      read(indexBytes);
      const from = base + read(offsetBytes);
      piece = (isInside ? inside : file).subarray(from, from + read(lengthBytes));
    }
    if (pieces === 1 && piece.length > 0) places.set(id, piece);
  }
  return places;
}

/** Reads whole numbers one after the other; behind the end there are zeros. */
function reader(data: Buffer, start: number): ((bytes: number) => number) & { isOver(): boolean } {
  let at = start;
  const read = (bytes: number) => {
    let value = 0;
    for (let n = 0; n < bytes; n += 1) value = value * 256 + (data[at + n] ?? 0);
    at += bytes;
    return value;
  };
  return Object.assign(read, { isOver: () => at > data.length });
}

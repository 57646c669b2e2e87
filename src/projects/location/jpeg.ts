import { stripTiff } from './tiff.ts';
import { blankXmp } from './xmp.ts';

// Takes the place out of a JPEG: of its EXIF and XMP, and of those of further pictures behind it, which phones add.

const EXIF = Buffer.from('Exif\0\0', 'latin1');
const XMP = Buffer.from('http://ns.adobe.com/xap/1.0/\0', 'latin1');
const EXTENDED_XMP = Buffer.from('http://ns.adobe.com/xmp/extension/\0', 'latin1');
/** A checksum of the whole text, its length, and the offset of this part. */
const EXTENDED_HEADER_BYTES = EXTENDED_XMP.length + 40;
const BEGINNING = Buffer.from([0xff, 0xd8, 0xff]);
const [END, SCAN, APP1] = [0xd9, 0xda, 0xe1];

/** In place; whether there was anything. Nothing but segments of EXIF and XMP is touched. */
export function stripJpeg(data: Buffer): boolean {
  let changed = false;
  for (let at = 0; at >= 0; at = data.indexOf(BEGINNING, at)) {
    const { segments, end } = segmentsOf(data, at);
    for (const segment of segments) changed = stripSegment(segment) || changed;
    at = end;
  }
  return changed;
}

function stripSegment(segment: Buffer): boolean {
  const begins = (mark: Buffer) => segment.subarray(0, mark.length).equals(mark);
  if (begins(EXIF)) return stripTiff(segment.subarray(EXIF.length), blankXmp);
  if (begins(XMP)) return blankXmp(segment.subarray(XMP.length));
  if (begins(EXTENDED_XMP)) return blankXmp(segment.subarray(EXTENDED_HEADER_BYTES));
  return false;
}

/** The APP1 segments of the picture that begins here, and where it ends. */
function segmentsOf(data: Buffer, start: number): { readonly segments: readonly Buffer[]; readonly end: number } {
  const segments: Buffer[] = [];
  let at = start + 2;
  while (at + 4 <= data.length && data[at] === 0xff) {
    const marker = data[at + 1] ?? 0;
    if (marker === END) return { segments, end: at + 2 };
    // filling bytes, and markers that stand alone
    if (marker === 0xff || (marker >= 0xd0 && marker <= 0xd8) || marker === 0x01) {
      at += marker === 0xff ? 1 : 2;
      continue;
    }
    const next = at + 2 + data.readUInt16BE(at + 2);
    if (marker === APP1) segments.push(data.subarray(at + 4, Math.min(next, data.length)));
    at = marker === SCAN ? endOfScan(data, next) : next;
  }
  return { segments, end: Math.min(Math.max(at, start + 3), data.length) };
}

/** The next marker behind compressed pixels: in them 0xFF is followed by 0 or by one of eight restart marks. */
function endOfScan(data: Buffer, start: number): number {
  for (let at = data.indexOf(0xff, start); at >= 0; at = data.indexOf(0xff, at + 1)) {
    const next = data[at + 1] ?? 0;
    if (next !== 0 && next !== 0xff && !(next >= 0xd0 && next <= 0xd7)) return at;
  }
  return data.length;
}

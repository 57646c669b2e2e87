import { stripBoxes } from './boxes.ts';
import { stripJpeg } from './jpeg.ts';
import { stripPng } from './png.ts';
import { isTiff, stripTiff } from './tiff.ts';
import { blankXmp } from './xmp.ts';

// Takes the place where a photo was taken out of its file. Pixels are not encoded again, and everything else that a
// camera writes down stays, such as which side is up.

/** As many first bytes tell what a file is. */
export const KIND_BYTES = 12;

type Strip = (data: Buffer) => Buffer | undefined;

/** How the place is taken out of a file that begins like this; undefined: such files hold none. */
export function stripperOf(beginning: Buffer): Strip | undefined {
  const mark = beginning.toString('latin1', 0, KIND_BYTES);
  if (mark.startsWith('\xff\xd8\xff')) return inPlace(stripJpeg);
  if (mark.startsWith('\x89PNG\r\n\x1a\n')) return stripPng;
  if (mark.startsWith('RIFF') && mark.startsWith('WEBP', 8)) return inPlace(stripWebp);
  if (mark.startsWith('ftyp', 4)) return inPlace(stripBoxes);
  return isTiff(beginning) ? inPlace((data) => stripTiff(data, blankXmp)) : undefined;
}

/** The bytes without the place; undefined: there is none in them, or they are no photo. */
export function withoutLocation(data: Buffer): Buffer | undefined {
  return stripperOf(data)?.(data);
}

function inPlace(strip: (data: Buffer) => boolean): Strip {
  return (data) => {
    const copy = Buffer.from(data);
    return strip(copy) ? copy : undefined;
  };
}

/** A row of chunks: four letters, a length, the bytes, and one more where that is odd. */
function stripWebp(data: Buffer): boolean {
  let changed = false;
  for (let at = KIND_BYTES; at + 8 <= data.length; ) {
    const bytes = data.readUInt32LE(at + 4);
    const body = data.subarray(at + 8, at + 8 + bytes);
    const name = data.toString('latin1', at, at + 4);
    if (name === 'EXIF') changed = stripTiff(withoutMark(body), blankXmp) || changed;
    if (name === 'XMP ') changed = blankXmp(body) || changed;
    at += 8 + bytes + (bytes % 2);
  }
  return changed;
}

const EXIF = Buffer.from('Exif\0\0', 'latin1');

/** Some programs write the mark of JPEG in front. */
function withoutMark(body: Buffer): Buffer {
  return body.subarray(0, EXIF.length).equals(EXIF) ? body.subarray(EXIF.length) : body;
}

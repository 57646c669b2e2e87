import { deflateSync, inflateSync } from 'node:zlib';
import { crc32 } from '../zip/crc32.ts';
import { isTiff, stripTiff } from './tiff.ts';
import { blankXmp } from './xmp.ts';

// Takes the place out of a PNG: of its EXIF, its XMP, and of what ImageMagick keeps of both as text.

const SIGNATURE_BYTES = 8;
/** Length, type and checksum of a chunk. */
const FRAME_BYTES = 12;
/** Text that unpacks to more is no description of a photo. */
const MAX_TEXT_BYTES = 10_000_000;
const XMP_KEYWORD = 'XML:com.adobe.xmp';
/** As ImageMagick names what it read in the EXIF of the photo that it made the PNG of. */
const GPS_KEYWORD = /^(?:exif:)?GPS/i;
const PROFILE = /^Raw profile type (?:exif|APP1|xmp)$/i;

/** The bytes without the place; undefined: there is none. Chunks that hold none stay as they are. */
export function stripPng(data: Buffer): Buffer | undefined {
  const parts: Buffer[] = [data.subarray(0, SIGNATURE_BYTES)];
  let changed = false;
  let at = SIGNATURE_BYTES;
  while (at + FRAME_BYTES <= data.length) {
    const end = at + FRAME_BYTES + data.readUInt32BE(at);
    if (end > data.length) break;
    const stripped = stripChunk(data.toString('latin1', at + 4, at + 8), data.subarray(at + 8, end - 4));
    parts.push(stripped === undefined ? data.subarray(at, end) : chunkOf(data.subarray(at + 4, at + 8), stripped));
    changed ||= stripped !== undefined;
    at = end;
  }
  if (!changed) return undefined;
  parts.push(data.subarray(at));
  return Buffer.concat(parts);
}

function chunkOf(type: Buffer, body: Buffer): Buffer {
  const chunk = Buffer.concat([Buffer.alloc(4), type, body, Buffer.alloc(4)]);
  chunk.writeUInt32BE(body.length, 0);
  chunk.writeUInt32BE(crc32(chunk.subarray(4, -4)), chunk.length - 4);
  return chunk;
}

/** Undefined: it stays as it is. */
function stripChunk(type: string, original: Buffer): Buffer | undefined {
  const body = Buffer.from(original);
  if (type === 'eXIf') return stripTiff(body, blankXmp) ? body : undefined;
  const keyword = body.toString('latin1', 0, Math.max(0, body.indexOf(0)));
  const start = keyword.length + 1;
  if (type === 'tEXt') return stripText(keyword, body.subarray(start)) ? body : undefined;
  if (type === 'zTXt') return stripPacked(keyword, body, start + 1);
  if (type !== 'iTXt') return undefined;
  // the flag of compression, its method, a language and a translated keyword
  const text = afterZeros(body, start + 2, 2);
  if (body[start] === 1) return stripPacked(keyword, body, text);
  return stripText(keyword, body.subarray(text)) ? body : undefined;
}

function afterZeros(body: Buffer, from: number, zeros: number): number {
  let at = from;
  for (let n = 0; n < zeros; n += 1) {
    const zero = body.indexOf(0, at);
    if (zero < 0) return body.length;
    at = zero + 1;
  }
  return at;
}

function stripPacked(keyword: string, body: Buffer, from: number): Buffer | undefined {
  if (keyword !== XMP_KEYWORD && !PROFILE.test(keyword) && !GPS_KEYWORD.test(keyword)) return undefined;
  const text = unpacked(body.subarray(from));
  return text && stripText(keyword, text) ? Buffer.concat([body.subarray(0, from), deflateSync(text)]) : undefined;
}

function unpacked(data: Buffer): Buffer | undefined {
  try {
    return inflateSync(data, { maxOutputLength: MAX_TEXT_BYTES });
  } catch {
    return undefined;
  }
}

/** In place. */
function stripText(keyword: string, text: Buffer): boolean {
  if (keyword === XMP_KEYWORD) return blankXmp(text);
  if (GPS_KEYWORD.test(keyword)) return blank(text);
  return PROFILE.test(keyword) && stripProfile(text);
}

function blank(text: Buffer): boolean {
  const before = Buffer.from(text);
  text.fill(0x20);
  return !text.equals(before);
}

/** A name, a length, and hex digits in lines: the digits are replaced one by one. */
function stripProfile(text: Buffer): boolean {
  const [head] = /^\s*\S+\s+\d+\s/.exec(text.toString('latin1', 0, 200)) ?? [''];
  const places: number[] = [];
  for (let at = head.length; at < text.length; at += 1) if (isHex(text[at] ?? 0)) places.push(at);
  const profile = Buffer.from(places.map((at) => String.fromCharCode(text[at] ?? 0)).join(''), 'hex');
  const exif = profile.toString('latin1', 0, 6) === 'Exif\0\0' ? profile.subarray(6) : profile;
  if (!(isTiff(exif) ? stripTiff(exif, blankXmp) : blankXmp(profile))) return false;
  const digits = profile.toString('hex');
  for (const [index, at] of places.slice(0, digits.length).entries()) text[at] = digits.charCodeAt(index);
  return true;
}

function isHex(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x46) || (code >= 0x61 && code <= 0x66);
}

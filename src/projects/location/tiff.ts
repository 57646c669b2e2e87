// Takes the place where a photo was taken out of TIFF data, which is what EXIF is. Everything stays where it is, since
// other entries refer to it by its offset: what is taken out becomes zeros.

const GPS_POINTER = 0x8825;
const EXIF_POINTER = 0x8769;
const SUB_FOLDERS = 0x14a;
const ENTRY_BYTES = 12;
/** Bytes of a value by its type (TIFF 6.0 § 2); 0: no type of TIFF. */
const VALUE_BYTES = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4];
/** An image, its small picture and its settings are three; so many come only from a program that means harm. */
const MAX_FOLDERS = 32;

interface Entry {
  readonly at: number;
  readonly tag: number;
  readonly value: number;
  /** Where its value lies; within the entry, if it is small. */
  readonly from: number;
  readonly bytes: number;
}

interface Folder {
  readonly at: number;
  readonly entries: readonly Entry[];
  readonly next: number;
}

/** How the numbers of a TIFF are read and written; out of its bounds there are zeros. */
interface Numbers {
  u16(at: number): number;
  u32(at: number): number;
  setU16(at: number, value: number): void;
}

/** Whether the bytes begin as TIFF does, in either byte order. */
export function isTiff(data: Buffer): boolean {
  const mark = data.toString('latin1', 0, 4);
  return mark === 'II*\0' || mark === 'MM\0*';
}

/** Take the GPS folder out of TIFF data, in place; whether there was one. `xmp` gets each XMP packet in it. */
export function stripTiff(data: Buffer, xmp: (packet: Buffer) => boolean = () => false): boolean {
  if (!isTiff(data)) return false;
  const numbers = numbersOf(data);
  const folders = foldersOf(data, numbers);
  const located = folders.flatMap((folder) =>
    folder.entries.filter(({ tag }) => tag === GPS_POINTER).map((entry) => ({ folder, entry })),
  );
  let changed = false;
  for (const { tag, from, bytes } of folders.flatMap(({ entries }) => entries))
    if (tag === XMP_PACKET && from + bytes <= data.length) changed = xmp(data.subarray(from, from + bytes)) || changed;
  if (located.length === 0) return changed;
  // the offsets of a damaged file may lead anywhere: what others need is not touched
  const needed = neededBy(data, folders);
  for (const { entry } of located) wipe(data, gpsRanges(data, numbers, entry.value), needed);
  // the last first, as each moves up what comes behind it
  for (const { folder, entry } of located.reverse()) removeEntry(data, numbers, folder, entry);
  return true;
}

const XMP_PACKET = 700;

function numbersOf(data: Buffer): Numbers {
  const little = data[0] === 0x49;
  const has = (at: number, bytes: number) => at >= 0 && at + bytes <= data.length;
  return {
    u16: (at) => (has(at, 2) ? (little ? data.readUInt16LE(at) : data.readUInt16BE(at)) : 0),
    u32: (at) => (has(at, 4) ? (little ? data.readUInt32LE(at) : data.readUInt32BE(at)) : 0),
    setU16: (at, value) => (little ? data.writeUInt16LE(value, at) : data.writeUInt16BE(value, at)),
  };
}

/** The folders of the images in a row, and those within them: the camera's settings, and smaller images. */
function foldersOf(data: Buffer, numbers: Numbers): Folder[] {
  const folders = new Map<number, Folder>();
  const places = [{ at: numbers.u32(4), isImage: true }];
  for (const { at, isImage } of places) {
    if (at < 8 || folders.has(at) || folders.size >= MAX_FOLDERS) continue;
    const folder = folderAt(data, numbers, at);
    if (folder === undefined) continue;
    folders.set(at, folder);
    // what stands behind the settings is no offset
    if (isImage) places.push({ at: folder.next, isImage });
    for (const entry of folder.entries) {
      if (entry.tag === EXIF_POINTER) places.push({ at: entry.value, isImage: false });
      if (entry.tag === SUB_FOLDERS)
        for (const sub of numbersIn(numbers, entry).slice(0, MAX_FOLDERS)) places.push({ at: sub, isImage: false });
    }
  }
  return [...folders.values()];
}

/** Undefined: it does not fit into the data. */
function folderAt(data: Buffer, numbers: Numbers, at: number): Folder | undefined {
  const count = numbers.u16(at);
  const end = at + 2 + count * ENTRY_BYTES;
  if (count === 0 || end > data.length) return undefined;
  const entries = Array.from({ length: count }, (_, index) => entryAt(numbers, at + 2 + index * ENTRY_BYTES));
  return { at, entries, next: numbers.u32(end) };
}

function entryAt(numbers: Numbers, at: number): Entry {
  const value = numbers.u32(at + 8);
  const bytes = (VALUE_BYTES[numbers.u16(at + 2)] ?? 0) * numbers.u32(at + 4);
  return { at, tag: numbers.u16(at), value, from: bytes > 4 ? value : at + 8, bytes };
}

type Range = readonly [from: number, to: number];

function gpsRanges(data: Buffer, numbers: Numbers, at: number): Range[] {
  const gps = folderAt(data, numbers, at);
  if (gps === undefined) return [];
  const values = gps.entries.map(({ from, bytes }): Range => [from, from + bytes]);
  return [[at, at + 2 + gps.entries.length * ENTRY_BYTES + 4], ...values];
}

/** What the images, their values and the camera's settings need: 1 for each byte of it. */
function neededBy(data: Buffer, folders: readonly Folder[]): Uint8Array {
  const needed = new Uint8Array(data.length);
  needed.fill(1, 0, 8);
  const numbers = numbersOf(data);
  for (const { at, entries } of folders) {
    needed.fill(1, at, at + 2 + entries.length * ENTRY_BYTES + 4);
    for (const { tag, from, bytes } of entries) if (tag !== GPS_POINTER) needed.fill(1, from, from + bytes);
    for (const [from, to] of pixelRanges(numbers, entries)) needed.fill(1, from, to);
  }
  return needed;
}

/** Where the pixels lie, in strips, in tiles or as a small JPEG: the tags of their offsets and of their lengths. */
const PIXELS = [
  [273, 279],
  [324, 325],
  [513, 514],
];

function pixelRanges(numbers: Numbers, entries: readonly Entry[]): Range[] {
  const valuesOf = (wanted: number | undefined) => {
    const entry = entries.find(({ tag }) => tag === wanted);
    return entry === undefined ? [] : numbersIn(numbers, entry);
  };
  return PIXELS.flatMap(([starts, lengths]) => {
    const bytes = valuesOf(lengths);
    return valuesOf(starts).map((from, index): Range => [from, from + (bytes[index] ?? 0)]);
  });
}

const SHORT = 3;
/** More strips than a photo has rows. */
const MAX_VALUES = 100_000;

function numbersIn(numbers: Numbers, { at, from, bytes }: Entry): number[] {
  const isShort = numbers.u16(at + 2) === SHORT;
  const size = isShort ? 2 : 4;
  const count = Math.min(Math.floor(bytes / size), MAX_VALUES);
  return Array.from({ length: count }, (_, index) =>
    isShort ? numbers.u16(from + index * size) : numbers.u32(from + index * size),
  );
}

function wipe(data: Buffer, ranges: readonly Range[], needed: Uint8Array): void {
  for (const [from, to] of ranges)
    for (let at = from; at < Math.min(to, data.length); at += 1) if (needed[at] === 0) data[at] = 0;
}

/** The entries behind it and the offset of the next folder move up. */
function removeEntry(data: Buffer, numbers: Numbers, { at }: Folder, entry: Entry): void {
  const count = numbers.u16(at);
  const end = Math.min(at + 2 + count * ENTRY_BYTES + 4, data.length);
  data.copyWithin(entry.at, entry.at + ENTRY_BYTES, end);
  data.fill(0, end - ENTRY_BYTES, end);
  numbers.setU16(at, count - 1);
}

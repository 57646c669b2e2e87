import { readFileSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';

// Tells photos and sounds from other files by their first bytes: names and declared types are only claims.

export type Media = 'image' | 'audio';

/** The formats that a training reads, so also those of questions to a model. A Python test compares the list with its readers. */
export const FORMATS = JSON.parse(
  readFileSync(new URL('../contract/media-formats.json', import.meta.url), 'utf8'),
) as Readonly<Record<Media, readonly string[]>>;

export const ACCEPTED: Readonly<Record<Media, string>> = {
  image: `a photo as ${FORMATS.image.join(', ')}`,
  audio: `a sound as ${FORMATS.audio.join(', ')}`,
};

/** What a file is that begins in a certain way. */
export interface Kind {
  readonly format: string;
  readonly media: Media;
  /** As what browsers show or play it. Undefined: they cannot, and save it. */
  readonly shown?: string;
}

export const UNKNOWN_TYPE = 'application/octet-stream';
const LONGEST_SIGNATURE = 12;

/** In the order of the formats, each with how its files begin. */
export const KINDS: readonly (Kind & { readonly begins: RegExp })[] = [
  { format: 'JPEG', media: 'image', shown: 'image/jpeg', begins: /^\xff\xd8\xff/ },
  { format: 'PNG', media: 'image', shown: 'image/png', begins: /^\x89PNG\r\n\x1a\n/ },
  { format: 'WEBP', media: 'image', shown: 'image/webp', begins: /^RIFF[^]{4}WEBP/ },
  { format: 'GIF', media: 'image', shown: 'image/gif', begins: /^GIF8[79]a/ },
  { format: 'BMP', media: 'image', shown: 'image/bmp', begins: /^BM/ },
  { format: 'TIFF', media: 'image', begins: /^(II[*+]\0|MM\0[*+])/ },
  { format: 'AVIF', media: 'image', shown: 'image/avif', begins: /^[^]{4}ftypavi[fs]/ },
  // AVIF or HEIC, which only its reader knows
  { format: 'AVIF', media: 'image', begins: /^[^]{4}ftyp(mif[12]|msf1)/ },
  // no training reads it, but the reader's refusal says what helps on the phone
  { format: 'HEIC', media: 'image', begins: /^[^]{4}ftyphe[iv][cxms]/ },
  { format: 'PPM', media: 'image', begins: /^P[1-6fF]\s/ },
  { format: 'WAV', media: 'audio', shown: 'audio/wav', begins: /^RIFF[^]{4}WAVE/ },
  { format: 'WAV', media: 'audio', begins: /^((RIFX|RF64)[^]{4}WAVE|riff\x2e\x91\xcf\x11)/ },
  { format: 'FLAC', media: 'audio', shown: 'audio/flac', begins: /^fLaC/ },
  { format: 'OGG', media: 'audio', shown: 'audio/ogg', begins: /^OggS/ },
  // Layers II and III. Not layer I, which nobody has: FF FE also begins a text or page in UTF-16. Not AAC (FF F1, FF F9).
  { format: 'MP3', media: 'audio', shown: 'audio/mpeg', begins: /^(ID3|\xff[\xe2-\xe5\xf2-\xf5\xfa-\xfd])/ },
  { format: 'AIFF', media: 'audio', begins: /^FORM[^]{4}AIF[FC]/ },
  { format: 'CAF', media: 'audio', begins: /^caff/ },
  { format: 'AU', media: 'audio', begins: /^(\.snd|dns\.)/ },
];

/** What the server sends samples as. */
export const SHOWN_TYPES: readonly string[] = [...new Set(KINDS.flatMap(({ shown }) => shown ?? [])), UNKNOWN_TYPE];

/** Undefined: it is neither a photo nor a sound. SVG, PDF and the like are neither. */
export function kindOfBytes(head: Uint8Array): Kind | undefined {
  const text = Buffer.from(head).toString('latin1');
  return KINDS.find(({ begins }) => begins.test(text));
}

/** The file stays open, and where it is read next does not move. */
export async function kindOfFile(file: Pick<FileHandle, 'read'>): Promise<Kind | undefined> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(LONGEST_SIGNATURE), 0, LONGEST_SIGNATURE, 0);
  return kindOfBytes(buffer.subarray(0, bytesRead));
}

export async function mediaOf(path: string): Promise<Media | undefined> {
  const file = await open(path, 'r');
  try {
    return (await kindOfFile(file))?.media;
  } finally {
    await file.close();
  }
}

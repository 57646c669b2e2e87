import { readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';

// Tells photos and sounds from other files by their first bytes.

export type Media = 'image' | 'audio';

/** The formats that a training reads, so also those of questions to a model. A Python test compares the list with its readers. */
const FORMATS = JSON.parse(
  readFileSync(new URL('../../contract/media-formats.json', import.meta.url), 'utf8'),
) as Readonly<Record<Media, readonly string[]>>;

export const ACCEPTED: Readonly<Record<Media, string>> = {
  image: `a photo as ${FORMATS.image.join(', ')}`,
  audio: `a sound as ${FORMATS.audio.join(', ')}`,
};

const LONGEST_SIGNATURE = 12;

// In the order of the formats. HEIC is let through, since the reader's refusal says what helps on the phone.
const IMAGES: readonly RegExp[] = [
  /^\xff\xd8\xff/,
  /^\x89PNG\r\n\x1a\n/,
  /^RIFF[^]{4}WEBP/,
  /^GIF8[79]a/,
  /^BM/,
  /^(II[*+]\0|MM\0[*+])/,
  /^[^]{4}ftyp(avif|avis|mif1|mif2|msf1|he[iv][cxms])/,
  /^P[1-6fF]\s/,
];
const AUDIO: readonly RegExp[] = [
  /^(RIFF|RIFX|RF64)[^]{4}WAVE/,
  /^riff\x2e\x91\xcf\x11/,
  /^fLaC/,
  /^OggS/,
  /^ID3/,
  /^\xff[\xe2-\xe7\xf2-\xff]/,
  /^FORM[^]{4}AIF[FC]/,
  /^caff/,
  /^(\.snd|dns\.)/,
];

/** What a file is by its first bytes: names and declared types are only claims. SVG, PDF and the like are neither. */
export async function mediaOf(path: string): Promise<Media | undefined> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(LONGEST_SIGNATURE), 0, LONGEST_SIGNATURE, 0);
    return mediaOfBytes(buffer.subarray(0, bytesRead));
  } finally {
    await file.close();
  }
}

export function mediaOfBytes(head: Buffer): Media | undefined {
  const text = head.toString('latin1');
  const matches = (signature: RegExp) => signature.test(text);
  if (IMAGES.some(matches)) return 'image';
  return AUDIO.some(matches) ? 'audio' : undefined;
}

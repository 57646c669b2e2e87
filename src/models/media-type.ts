import { open } from 'node:fs/promises';

export type Media = 'image' | 'audio';

export const ACCEPTED: Readonly<Record<Media, string>> = {
  image: 'a photo as JPEG, PNG, WebP, GIF or BMP',
  audio: 'a sound as WAV',
};

const LONGEST_SIGNATURE = 12;

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
  if (text.startsWith('RIFF')) return text.slice(8, 12) === 'WAVE' ? 'audio' : text.slice(8, 12) === 'WEBP' ? 'image' : undefined;
  const isImage = text.startsWith('\xff\xd8\xff') || text.startsWith('\x89PNG\r\n\x1a\n') || /^GIF8[79]a/.test(text) || text.startsWith('BM');
  return isImage ? 'image' : undefined;
}

import { deflateSync } from 'node:zlib';
import { chunk } from '../../tools/demo/png.ts';

/** A grey PNG of width × height pixels, all of one value; not `whole`: it claims its size and holds one row. */
export function greyPng(width: number, height: number, whole = true): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 0, 0, 0, 0], 8);
  const rows = Buffer.alloc((1 + width) * (whole ? height : 1));
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

export interface WavClaims {
  readonly rate?: number;
  readonly channels?: number;
  readonly bits?: number;
  readonly dataBytes?: number;
}

/** A WAV file with any header, also a false one, before `content` (RIFF/WAVE, PCM). */
export function claimingWav({ rate = 44_100, channels = 1, bits = 16, dataBytes }: WavClaims, content: Buffer): Buffer {
  const wav = Buffer.alloc(44);
  wav.write('RIFF', 0);
  wav.writeUInt32LE((36 + (dataBytes ?? content.length)) >>> 0, 4);
  wav.write('WAVEfmt ', 8);
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(channels, 22);
  wav.writeUInt32LE(rate, 24);
  wav.writeUInt32LE((rate * channels * (bits >> 3)) >>> 0, 28);
  wav.writeUInt16LE((channels * (bits >> 3)) & 0xffff, 32);
  wav.writeUInt16LE(bits, 34);
  wav.write('data', 36);
  wav.writeUInt32LE(dataBytes ?? content.length, 40);
  return Buffer.concat([wav, content]);
}

import zlib from 'node:zlib';

/** CRC-32 of zip and PNG (reflected polynomial 0xEDB88320), continued from `previous`. Node has it built in since 20.15. */
export const crc32: (data: Buffer, previous?: number) => number = zlib.crc32 ?? fromTable;

const table = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

export function fromTable(data: Buffer, previous = 0): number {
  let crc = ~previous;
  for (const byte of data) crc = (table[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8);
  return ~crc >>> 0;
}

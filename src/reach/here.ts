import type { FastifyRequest } from 'fastify';

/** The text that programs get at `/`: that the server is here, and where to go on. */
export function hereText(request: FastifyRequest): string {
  const base = baseOf(request);
  return `${[
    'This is the KidBright mAI server, and it works. · นี่คือเซิร์ฟเวอร์ KidBright mAI พร้อมใช้งานแล้ว',
    `Type this address into the IDE · พิมพ์ที่อยู่นี้ใน IDE: ${base}`,
    `If the browser warns or nothing happens · ถ้าเบราว์เซอร์เตือนหรือเชื่อมต่อไม่ได้: ${originOf(request)}/trust`,
    `For programmers · สำหรับผู้พัฒนา: ${base}/docs`,
    'Source and help · ซอร์สโค้ดและคู่มือ: README.md of this server',
  ].join('\n')}\n`;
}

export function originOf(request: FastifyRequest): string {
  return `${request.protocol}://${request.host || '127.0.0.1'}`;
}

/** What a client's key adds to every path, as the client wrote it. */
export function keyPathOf(request: FastifyRequest): string {
  return /^\/w\/[^/?#]+/.exec(request.originalUrl)?.[0] ?? '';
}

function baseOf(request: FastifyRequest): string {
  return originOf(request) + keyPathOf(request);
}

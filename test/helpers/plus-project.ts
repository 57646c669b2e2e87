import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import yauzl from 'yauzl';
import { zipOf } from './project-zip.ts';

/** The same project for the board kidbright-mai-plus, with other labels' names if they are given. */
export async function forPlus(zip: Buffer): Promise<Buffer> {
  const members = await membersOf(zip);
  const project = JSON.parse(String(members['project.json'])) as object;
  return zipOf({
    ...members,
    'project.json': JSON.stringify({ ...project, currentBoard: { id: 'kidbright-mai-plus' } }),
  });
}

/** What the IDE stores for a plus board: the model under the MD5 sum of its bytes, and the .mud that names it so. */
export function storedByIde(model: Buffer, mud: Buffer): { readonly name: string; readonly mud: string } {
  const name = createHash('md5').update(model).digest('hex');
  return { name, mud: mud.toString('utf8').replace(/model\s*=\s*.*/g, `model = /root/model/${name}.cvimodel`) };
}

export async function membersOf(zip: Buffer): Promise<Record<string, Buffer>> {
  const members: Record<string, Buffer> = {};
  const file = await yauzl.fromBufferPromise(zip);
  for await (const entry of file.eachEntry()) {
    if (entry.fileName.endsWith('/')) continue;
    members[entry.fileName] = await buffer(await file.openReadStreamPromise(entry));
  }
  return members;
}

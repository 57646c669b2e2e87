import type { App } from '../../src/http/app-type.ts';
import { uploadForm } from './multipart.ts';
import { makeProjectZip, type ProjectZipOptions } from './project-zip.ts';

export const TEACHER_KEY = 'lantern-harbor-velvet';
export const PUPIL_KEY = 'river-candle-tiger';
/** One classroom, a key for its teacher and one for its pupils. */
export const ROLE_KEYS = [
  { workspace: '7a', key: TEACHER_KEY, role: 'teacher' },
  { workspace: '7a', key: PUPIL_KEY, role: 'pupil' },
] as const;

export interface Seat {
  /** '' is a server without keys. */
  readonly key?: string;
  /** undefined: the IDE, or a browser in which nobody has taken a name. */
  readonly name?: string | undefined;
  readonly address?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Reply {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

export type Pupil = ReturnType<typeof pupil>;

/** Somebody at a computer, who asks the server as the page does. */
export function pupil(app: App, { key = PUPIL_KEY, name, address = '10.0.0.1', headers = {} }: Seat = {}) {
  const ask = async (method: 'GET' | 'POST' | 'DELETE', path: string, sent: object = {}): Promise<Reply> => {
    const own = { ...headers, ...(name !== undefined && { 'x-mai-name': encodeURIComponent(name) }) };
    const { headers: more = {}, ...rest } = sent as { headers?: object };
    const url = key === '' ? path : `/w/${key}${path}`;
    const answer = await app.inject({ method, url, remoteAddress: address, headers: { ...own, ...more }, ...rest });
    const isJson = String(answer.headers['content-type']).startsWith('application/json');
    return { status: answer.statusCode, body: isJson ? (answer.json() as Reply['body']) : {} };
  };
  return {
    get: (path: string) => ask('GET', path),
    post: (path: string, body: object) => ask('POST', path, { payload: body }),
    remove: (path: string) => ask('DELETE', path),
    upload: async (id: string, zip: ProjectZipOptions = {}) =>
      ask('POST', '/upload', uploadForm(id, await makeProjectZip({ id, filesPerLabel: 1, ...zip }))),
    uploadZip: (id: string, zip: Buffer) => ask('POST', '/upload', uploadForm(id, zip)),
    /** The ids of the projects that the class shows, and whose they are. */
    async wall(): Promise<Readonly<Record<string, readonly string[]>>> {
      const { projects } = (await ask('GET', '/class')).body as { projects: { id: string; names: string[] }[] };
      return Object.fromEntries(projects.map(({ id, names }) => [id, names]));
    },
  };
}

import { readEventStream } from './event-stream.ts';

/** What the IDE reads of an event; every further key depends on `event`. */
export interface IdeEvent {
  readonly event: string;
  readonly time: number;
  readonly msg?: string;
  readonly [key: string]: unknown;
}

/** The requests of the IDE, in its words and its order (upload just before train, files right after convert). */
export function createIdeClient(base: string, language = 'en') {
  const headers = { origin: 'https://kidbright-mai.web.app', 'accept-language': language };
  const url = (path: string): string => `${base.replace(/\/+$/, '')}${path}`;

  return {
    ping: () =>
      json<{ result: string; stage: number; device: string; backend: string }>(fetch(url('/ping'), { headers })),

    async *listen(signal: AbortSignal): AsyncGenerator<IdeEvent> {
      for await (const message of readEventStream(url('/listen'), signal, headers))
        yield JSON.parse(message.data) as IdeEvent;
    },

    upload(projectId: string, zip: Buffer) {
      const form = new FormData();
      form.append('project', new Blob([new Uint8Array(zip)], { type: 'application/zip' }), 'blob');
      form.append('project_id', projectId);
      return json<Result>(fetch(url('/upload'), { method: 'POST', headers, body: form }));
    },

    train: (projectId: string, trainConfig: object) =>
      json<Result>(
        fetch(url('/train'), {
          method: 'POST',
          headers: { ...headers, 'content-type': 'application/json' },
          body: JSON.stringify({ project: projectId, train_config: trainConfig }),
        }),
      ),

    convert: (projectId: string) => json<Result>(fetch(url(`/convert?project_id=${projectId}`), { headers })),

    terminate: (projectId: string) => json<Result>(fetch(url(`/terminate?project_id=${projectId}`), { headers })),

    output: (projectId: string, file: string) =>
      bytes(fetch(url(`/projects/${projectId}/output/${file}`), { headers })),

    download: (projectId: string) => bytes(fetch(url(`/download_model?project_id=${projectId}`), { headers })),
  };
}

export type IdeClient = ReturnType<typeof createIdeClient>;

interface Result {
  readonly result: string;
  readonly code?: string;
  readonly reason?: string;
}

async function json<T>(answer: Promise<Response>): Promise<T> {
  return (await (await answer).json()) as T;
}

async function bytes(answer: Promise<Response>): Promise<Buffer> {
  const response = await answer;
  if (!response.ok)
    throw new Error(`${new URL(response.url).pathname} answered ${response.status}: ${await response.text()}`);
  return Buffer.from(await response.arrayBuffer());
}

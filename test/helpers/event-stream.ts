import { request, type IncomingMessage } from 'node:http';
import { until } from './until.ts';

export interface StreamMessage {
  readonly id: string | undefined;
  readonly data: Readonly<Record<string, unknown>> & {
    readonly event: string;
    readonly msg: string;
    readonly time: number;
  };
}

export interface EventStream {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  /** Every message so far, and every comment. */
  readonly messages: readonly StreamMessage[];
  readonly comments: readonly string[];
  /** The server ended or cut the stream. */
  readonly ended: boolean;
  /** The first message of this name, once it is there. */
  waitFor(event: string, deadlineMs?: number): Promise<StreamMessage>;
  names(): string[];
  /** Stop and start taking data from the socket. */
  pause(): void;
  resume(): void;
  close(): void;
}

export interface StreamOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Address to come from, such as 127.0.0.2. */
  readonly from?: string;
}

/** An event stream as a browser reads it; every part of the protocol that it uses is parsed here. */
export async function openStream(url: string, { headers = {}, from }: StreamOptions = {}): Promise<EventStream> {
  const outgoing = request(url, { headers, agent: false, ...(from ? { localAddress: from } : {}) });
  outgoing.end();
  const response = await new Promise<IncomingMessage>((resolve, reject) =>
    outgoing.once('response', resolve).once('error', reject),
  );
  const messages: StreamMessage[] = [];
  const comments: string[] = [];
  let rest = '';
  let ended = false;
  response.setEncoding('utf8');
  response.on('data', (chunk: string) => {
    const blocks = (rest + chunk).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const message = parseBlock(block, comments);
      if (message) messages.push(message);
    }
  });
  response.once('close', () => {
    ended = true;
  });
  response.on('error', () => undefined);

  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    messages,
    comments,
    get ended() {
      return ended;
    },
    waitFor: (event, deadlineMs) =>
      until(() => messages.find(({ data }) => data.event === event), deadlineMs, `the event ${event}`),
    names: () => messages.map(({ data }) => data.event),
    pause: () => void response.pause(),
    resume: () => void response.resume(),
    close: () => void outgoing.destroy(),
  };
}

function parseBlock(block: string, comments: string[]): StreamMessage | undefined {
  let id: string | undefined;
  const data: string[] = [];
  for (const line of block.split('\n')) {
    if (line.startsWith(':')) comments.push(line);
    if (line.startsWith('id: ')) id = line.slice(4);
    if (line.startsWith('data: ')) data.push(line.slice(6));
  }
  return data.length === 0 ? undefined : { id, data: JSON.parse(data.join('\n')) as StreamMessage['data'] };
}

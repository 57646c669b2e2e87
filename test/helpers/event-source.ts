import { request, type ClientRequest, type IncomingMessage } from 'node:http';

/** A browser's EventSource: connects again when the stream breaks, with the last id it has seen. */
export interface EventSource {
  /** Resolves when the server accepted the first connection. */
  readonly opened: Promise<void>;
  /** How often it has connected. */
  readonly connections: number;
  /** Break the connection, as a bad network does. */
  cut(): void;
  close(): void;
}

export interface EventSourceOptions {
  /** Address to come from, such as 127.0.0.2. */
  readonly from?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  onMessage(data: string): void;
}

/** https://html.spec.whatwg.org/multipage/server-sent-events.html, without credentials or custom headers. */
export function openEventSource(url: string, { from, headers = {}, onMessage }: EventSourceOptions): EventSource {
  let lastEventId = '';
  let retryMs = 3000;
  let connections = 0;
  let closed = false;
  let outgoing: ClientRequest | undefined;
  let timer: NodeJS.Timeout | undefined;
  let opened: () => void = () => {};
  const whenOpened = new Promise<void>((resolve) => {
    opened = resolve;
  });

  const reconnect = () => {
    if (!closed) timer = setTimeout(connect, retryMs);
  };

  const read = (response: IncomingMessage) => {
    // Any other answer ends an EventSource for good.
    if (response.statusCode !== 200 || !response.headers['content-type']?.startsWith('text/event-stream')) {
      response.resume();
      return;
    }
    connections += 1;
    opened();
    let rest = '';
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => {
      const blocks = (rest + chunk).split('\n\n');
      rest = blocks.pop() ?? '';
      if (!closed) blocks.forEach(dispatch);
    });
    response.on('error', () => undefined);
    response.once('close', reconnect);
  };

  const dispatch = (block: string) => {
    const data: string[] = [];
    for (const line of block.split('\n')) {
      const [, field, value = ''] = /^([^:]*)(?:: ?(.*))?$/.exec(line) ?? [];
      if (field === 'data') data.push(value);
      if (field === 'id' && !value.includes('\0')) lastEventId = value;
      if (field === 'retry' && /^\d+$/.test(value)) retryMs = Number(value);
    }
    if (data.length > 0) onMessage(data.join('\n'));
  };

  const connect = () => {
    const last = lastEventId === '' ? {} : { 'last-event-id': lastEventId };
    outgoing = request(url, {
      agent: false,
      headers: { accept: 'text/event-stream', ...headers, ...last },
      ...(from ? { localAddress: from } : {}),
    });
    outgoing.once('response', read);
    outgoing.once('error', reconnect);
    outgoing.end();
  };
  connect();

  return {
    opened: whenOpened,
    get connections() {
      return connections;
    },
    cut: () => void outgoing?.destroy(),
    close() {
      closed = true;
      clearTimeout(timer);
      outgoing?.destroy();
    },
  };
}

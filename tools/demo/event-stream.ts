/** One message of an event stream, as the IDE's EventSource would hand it on. */
export interface StreamMessage {
  readonly id: string;
  readonly data: string;
}

/** Read an event stream (WHATWG HTML § 9.2) until it ends or `signal` is aborted. Comments are skipped. */
export async function* readEventStream(
  url: string,
  signal: AbortSignal,
  headers: Record<string, string> = {},
): AsyncGenerator<StreamMessage> {
  const answer = await fetch(url, { headers: { accept: 'text/event-stream', ...headers }, signal });
  if (!answer.ok || answer.body === null) throw new Error(`${url} answered ${answer.status}`);
  let rest = '';
  for await (const text of answer.body.pipeThrough(new TextDecoderStream())) {
    const messages = (rest + text).split('\n\n');
    rest = messages.pop() ?? '';
    for (const message of messages) {
      const fields = message.split('\n').map((line) => /^(\w+): ?(.*)$/.exec(line));
      const data = fields.filter((field) => field?.[1] === 'data').map((field) => field?.[2]);
      if (data.length > 0) yield { id: fields.find((field) => field?.[1] === 'id')?.[2] ?? '', data: data.join('\n') };
    }
  }
}

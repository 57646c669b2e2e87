// The text form of server-sent events.

/** One message of an event stream. A line break in the data starts another data line, so no text can end the message early. */
export function encodeMessage(data: string, id?: string): string {
  const idLine = id === undefined ? '' : `id: ${id.replace(/[\r\n\0]/g, '')}\n`;
  const dataLines = data.includes('\n') || data.includes('\r') ? data.split(/\r\n|\r|\n/).join('\ndata: ') : data;
  return `${idLine}data: ${dataLines}\n\n`;
}

/** A line that readers skip: it keeps proxies from closing a quiet stream. */
export function encodeComment(text = ''): string {
  return `: ${text.replace(/[\r\n]/g, ' ')}\n\n`;
}

/** How long a reader waits before it connects again. */
export function encodeRetry(ms: number): string {
  return `retry: ${ms}\n\n`;
}

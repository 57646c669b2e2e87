import { connect } from 'node:net';
import { until } from './until.ts';

/** What the server at `base` answers to these bytes, until it closes the connection. */
export async function answerTo(base: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(base);
  const socket = connect(Number(port), hostname);
  let answer = '';
  socket.on('data', (chunk) => {
    answer += chunk.toString();
  });
  socket.on('error', () => undefined);
  socket.write(bytes);
  await until(() => socket.closed, 60_000, 'the end of the connection');
  return answer;
}

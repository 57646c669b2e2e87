import { randomBytes } from 'node:crypto';
import { createServer, type Socket } from 'node:net';
import { CHILD_TIMES } from '../time-limits.ts';

// The pipes of forked children. Only a process that is spawned can be given pipes by Node; a forked one connects to an
// abstract Unix socket, which has no file that a crash leaves behind. Other users of the machine may connect to it too:
// a connection that does not name a token of the server is closed.

export interface ChildStreams {
  readonly stdin: Socket;
  readonly stdout: Socket;
  readonly stderr: Socket;
}

export interface StreamListener {
  readonly address: string;
  /** Streams that are connected with a new token; `arrived` resolves when all of them are. `withdraw`: no more are expected. */
  expect(): { readonly token: string; readonly arrived: Promise<ChildStreams>; withdraw(): void };
  close(): void;
}

type StreamName = keyof ChildStreams;

interface Expected {
  readonly streams: Partial<Record<StreamName, Socket>>;
  arrive(streams: ChildStreams): void;
}

/** The whole of a socket's address but its first byte: Node 20 fills shorter names with zeros, later versions do not. */
const NAME_BYTES = 107;
const TOKEN_BYTES = 16;
/** The first line of a connection: token, blank, name of the stream. */
const MAX_GREETING_BYTES = 2 * TOKEN_BYTES + 1 + 'stdout'.length;

export function listenForStreams(): StreamListener {
  const address = `mai-${randomBytes(TOKEN_BYTES).toString('hex')}`.padEnd(NAME_BYTES, '-');
  const expected = new Map<string, Expected>();

  const attach = (greeting: string, socket: Socket) => {
    const [token = '', name = ''] = greeting.split(' ');
    const entry = expected.get(token);
    if (!entry || !isStreamName(name) || entry.streams[name]) return void socket.destroy();
    entry.streams[name] = socket;
    if (!isWhole(entry.streams)) return;
    expected.delete(token);
    entry.arrive(entry.streams);
  };
  const withdraw = (token: string) => {
    for (const socket of Object.values(expected.get(token)?.streams ?? {})) socket.destroy();
    expected.delete(token);
  };
  const server = createServer((socket) => {
    // A child that is gone breaks its pipes; its exit says all there is to say.
    socket.on('error', () => undefined);
    readGreeting(socket, attach);
  });
  // Without it no child is forked: the parent reports that it cannot connect.
  server.on('error', () => undefined);
  server.listen({ path: `\0${address}` });
  server.unref();

  return {
    address,
    expect() {
      const token = randomBytes(TOKEN_BYTES).toString('hex');
      const arrived = new Promise<ChildStreams>((arrive) => expected.set(token, { streams: {}, arrive }));
      return { token, arrived, withdraw: () => withdraw(token) };
    },
    close() {
      server.close();
      for (const token of expected.keys()) withdraw(token);
    },
  };
}

function isStreamName(name: string): name is StreamName {
  return name === 'stdin' || name === 'stdout' || name === 'stderr';
}

function isWhole(streams: Partial<Record<StreamName, Socket>>): streams is Record<StreamName, Socket> {
  return streams.stdin !== undefined && streams.stdout !== undefined && streams.stderr !== undefined;
}

/** Takes the first line off a connection; what comes after it stays to be read. */
function readGreeting(socket: Socket, onGreeting: (greeting: string, socket: Socket) => void): void {
  let read = Buffer.alloc(0);
  const late = setTimeout(() => socket.destroy(), CHILD_TIMES.greetingMs).unref();
  socket.once('close', () => clearTimeout(late));
  socket.on('data', function take(chunk: Buffer) {
    read = Buffer.concat([read, chunk]);
    const end = read.indexOf('\n');
    if (end < 0 && read.length <= MAX_GREETING_BYTES) return;
    clearTimeout(late);
    socket.off('data', take);
    if (end < 0 || end > MAX_GREETING_BYTES) return void socket.destroy();
    socket.pause();
    if (read.length > end + 1) socket.unshift(read.subarray(end + 1));
    onGreeting(read.toString('latin1', 0, end), socket);
  });
}

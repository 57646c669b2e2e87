import { X509Certificate } from 'node:crypto';
import { createServer, type Server } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Config } from '../config.ts';
import type { App } from '../http/app-type.ts';
import { HTTP_OPTIONS } from '../http/timeouts.ts';
import { isForbidden, isPortTaken } from '../system-errors.ts';
import { SERVER_TIMES } from '../time-limits.ts';
import { installationCertificate, readCertificate, type ServerCertificate } from './certificate-files.ts';
import { ownNames, type OwnNames } from './own-names.ts';

// Answers https beside http.

export type HttpsConfig = Pick<Config, 'host' | 'httpsPort' | 'projectsDir' | 'tlsCert' | 'tlsKey'>;

/** The second way in. Whatever is wrong with it, http goes on. */
export interface HttpsListener {
  /** Call it once http listens. Never rejects: see `problem`. */
  start(): Promise<void>;
  /** Look at addresses, names and dates again, and show a new certificate where they call for one. */
  refresh(): Promise<void>;
  /** Undefined: https is off or could not start. */
  port(): number | undefined;
  /** Why https is not there although it was asked for, one sentence. */
  problem(): string | undefined;
  /** The authority that people may trust; undefined where the certificate was given to the server. */
  authority(): X509Certificate | undefined;
  /** The names of a certificate that was given to the server; undefined: it is ours and names addresses. */
  givenNames(): readonly string[] | undefined;
}

export interface HttpsTuning {
  readonly closeGraceMs: number;
  readonly names?: () => OwnNames;
  readonly now?: () => number;
}

declare module 'fastify' {
  interface FastifyInstance {
    readonly https: HttpsListener;
  }
}

/** Its requests go to the routes of `app`, and it closes with `app`: register this before `app` is ready. */
export function createHttpsListener(app: App, config: HttpsConfig, tuning: HttpsTuning): HttpsListener {
  const { names = ownNames, now = Date.now } = tuning;
  let entry: Entry | undefined;
  let shown: ServerCertificate | undefined;
  let problem: string | undefined;
  let timer: NodeJS.Timeout | undefined;
  let lastWarning: string | undefined;

  const hasOwn = config.tlsCert !== undefined || config.tlsKey !== undefined;
  const certificate = () =>
    hasOwn
      ? readCertificate(config.tlsCert, config.tlsKey, now())
      : installationCertificate(config.projectsDir, names(), now());

  /** Once, not every minute. */
  function warn(sentence: string): void {
    if (sentence !== lastWarning) app.log.warn(sentence);
    lastWarning = sentence;
  }

  async function refresh(): Promise<void> {
    if (entry === undefined) return;
    try {
      const found = await certificate();
      for (const note of found.notes) warn(note);
      if (found.certificate === shown?.certificate && found.key === shown.key) return;
      entry.server.setSecureContext({ cert: found.certificate, key: found.key });
      shown = found;
      app.log.info('https shows a new certificate');
    } catch (error) {
      warn(`The https certificate could not be renewed, the old one stays: ${messageOf(error)}`);
    }
  }

  let closed: Promise<void> | undefined;
  app.addHook('preClose', async () => {
    clearInterval(timer);
    closed = entry?.close(tuning.closeGraceMs);
  });
  app.addHook('onClose', () => closed);

  return {
    async start() {
      if (config.httpsPort === undefined) return;
      try {
        shown = await certificate();
        for (const note of shown.notes) warn(note);
        entry = await openEntry(app, shown, config.host, config.httpsPort);
        timer = setInterval(() => void refresh(), SERVER_TIMES.certificateCheckMs).unref();
      } catch (error) {
        problem = problemOf(error, config.httpsPort);
        app.log.warn(problem);
      }
    },
    refresh,
    port: () => entry?.port,
    problem: () => problem,
    authority: () =>
      entry === undefined || shown?.authority === undefined ? undefined : new X509Certificate(shown.authority),
    givenNames: () => (hasOwn && shown !== undefined ? namesIn(new X509Certificate(shown.certificate)) : undefined),
  };
}

interface Entry {
  readonly server: Server;
  readonly port: number;
  close(graceMs: number): Promise<void>;
}

async function openEntry(
  app: App,
  { certificate, key }: ServerCertificate,
  host: string,
  port: number,
): Promise<Entry> {
  const server = createServer({
    ...HTTP_OPTIONS,
    handshakeTimeout: HTTP_OPTIONS.headersTimeout,
    cert: certificate,
    key,
  });
  server.on('request', (request, response) => app.server.emit('request', request, response));
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const secured = new WeakSet<Duplex>();
  server.on('secureConnection', (socket) => secured.add(socket));
  // a failed handshake comes as the same event, and has nobody yet who could read an answer
  server.on('clientError', (error, socket) =>
    secured.has(socket) ? app.server.emit('clientError', error, socket) : socket.destroy(),
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, resolve);
  });
  server.on('error', (error) => app.log.error({ err: error }, 'https'));
  const address = server.address();
  return {
    server,
    port: typeof address === 'object' && address !== null ? address.port : port,
    close: (graceMs) =>
      new Promise((resolve) => {
        // also those that never began a handshake, which Node does not count as connections of the server
        const timer = setTimeout(() => sockets.forEach((socket) => socket.destroy()), graceMs);
        server.close(() => {
          clearTimeout(timer);
          resolve();
        });
      }),
  };
}

function namesIn({ subjectAltName = '' }: X509Certificate): string[] {
  return [...subjectAltName.matchAll(/DNS:([^,"*\s]+)/g)].map(([, name = '']) => name);
}

function problemOf(error: unknown, port: number): string {
  if (isPortTaken(error))
    return `https is off: port ${port} is taken by another program. Choose another one with MAI_HTTPS_PORT (0 takes any free one).`;
  if (isForbidden(error) && error instanceof Error && 'port' in error)
    return `https is off: port ${port} may not be used. Choose one above 1023 with MAI_HTTPS_PORT.`;
  return `https is off: ${messageOf(error)}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

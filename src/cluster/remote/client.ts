import { createReadStream, createWriteStream } from 'node:fs';
import { Agent, type IncomingMessage, request as requestHttp } from 'node:http';
import { Agent as SecureAgent, request as requestHttps } from 'node:https';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Static } from 'typebox';
import type { MachineInfo } from '../../jobs/domain/machine-info.ts';
import { isCutOff } from '../../system-errors.ts';
import { REMOTE_TIMES } from '../times.ts';
import { createFromStore, type FromStore } from './from-store.ts';
import * as protocol from './protocol.ts';
import { sign } from './signature.ts';

// How a host asks a web server: signed requests, each with a time limit, whose answers are checked.

/** The web server has refused it, and would again. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly status: number;

  constructor(status: number, what: string) {
    super(`${what} was refused with ${status}`);
    this.status = status;
  }
}

/** It did not get there, or the web server could not answer: it may work when it is tried again. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
}

export interface RunLink {
  manifest(): Promise<protocol.Manifest>;
  /** Write one of the inputs to a path. */
  fetch(sha256: string, bytes: number, path: string): Promise<void>;
  send(sha256: string, bytes: number, path: string): Promise<void>;
  /** Which files of the folder are not there yet. */
  list(folder: protocol.Result, files: readonly protocol.Item[]): Promise<readonly string[]>;
  output(from: number, items: readonly protocol.OutputItem[]): Promise<void>;
  end(exit: Static<typeof protocol.Exit>): Promise<void>;
}

/** Of one web server. Every method rejects with Refused, or with what the network says. */
export interface WebServer {
  readonly base: string;
  offer(offer: Static<typeof protocol.Offer>): Promise<Static<typeof protocol.Accepted>>;
  next(slot: string, seen: number, machine: MachineInfo | undefined): Promise<readonly protocol.Order[]>;
  leave(slot: string): Promise<void>;
  run(token: string, signal: AbortSignal): RunLink;
}

const readers = {
  accepted: protocol.readerOf(protocol.Accepted, 'an answer to an offer'),
  orders: protocol.readerOf(protocol.Orders, 'a list of orders'),
  manifest: protocol.readerOf(protocol.Manifest, 'the inputs of a run'),
  missing: protocol.readerOf(protocol.Missing, 'a list of what is missing'),
};

interface Question {
  readonly method: string;
  readonly path: string;
  readonly json?: unknown;
  /** A body that is not parsed before the route has it. */
  readonly file?: { readonly content: Readable; readonly bytes: number };
  /** Without anything coming or going. */
  readonly idleMs?: number;
  readonly signal?: AbortSignal;
}

export function webServer(base: string, key: string): WebServer {
  const ask = createAsk(base, key);
  const json = async (question: Question, max: number = protocol.LIMITS.jsonBytes): Promise<unknown> => {
    const response = await ask({ idleMs: REMOTE_TIMES.requestMs, ...question });
    return JSON.parse(await textOf(response, max));
  };
  const post = (path: string, body: unknown, more: Partial<Question> = {}) =>
    json({ method: 'POST', path, json: body, ...more });
  const at = (path: string) => `${protocol.PREFIX}/${path}`;
  const store = createFromStore();

  return {
    base,
    offer: async (offer) => readers.accepted(await post(at('slots'), offer)),
    async next(slot, seen, machine) {
      const idleMs = REMOTE_TIMES.pollMs + REMOTE_TIMES.requestMs;
      return readers.orders(await post(at(`slots/${slot}/next`), { seen, machine }, { idleMs })).orders;
    },
    async leave(slot) {
      await json({ method: 'DELETE', path: at(`slots/${slot}`) });
    },
    run: (token, signal) => runLink({ ask, json, store }, at(`runs/${token}`), signal),
  };
}

/** Too slow, too many, or a web server that stops; anything else it would say again. */
const LATER: ReadonlySet<number> = new Set([408, 429, 502, 503, 504]);

type Ask = (question: Question) => Promise<IncomingMessage>;

interface Ways {
  readonly ask: Ask;
  readonly json: (question: Question, max?: number) => Promise<unknown>;
  readonly store: FromStore;
}

function runLink({ ask, json, store }: Ways, at: string, signal: AbortSignal): RunLink {
  const { idleMs } = REMOTE_TIMES;
  const postRaw = (path: string, value: unknown, ownMs: number = idleMs) => {
    const body = Buffer.from(JSON.stringify(value));
    return json({
      method: 'POST',
      path: `${at}/${path}`,
      signal,
      idleMs: ownMs,
      file: { content: Readable.from([body]), bytes: body.length },
    });
  };
  return {
    manifest: async () =>
      readers.manifest(
        await json(
          { method: 'GET', path: `${at}/manifest`, signal, idleMs: REMOTE_TIMES.manifestMs },
          protocol.LIMITS.manifestBytes,
        ),
      ),
    async fetch(sha256, bytes, path) {
      const askFor = (fault?: protocol.StoreFault) =>
        ask({ method: 'GET', path: `${at}/blobs/${sha256}${fault ? `?store=${fault}` : ''}`, signal, idleMs });
      let response = await askFor(store.isOff ? 'unreachable' : undefined);
      const { location } = response.headers;
      if (location !== undefined) {
        response.resume();
        const fault = await store.fetch(location, { sha256, bytes }, path, signal);
        if (fault === undefined) return;
        response = await askFor(fault);
      }
      if (Number(response.headers['content-length']) !== bytes) {
        response.destroy();
        throw new Error(`${sha256} has another length than the list says`);
      }
      await pipeline(response, createWriteStream(path)).catch((error: unknown) => {
        throw isCutOff(error) ? new Unreachable('the connection was cut') : error;
      });
    },
    async send(sha256, bytes, path) {
      const file = { content: createReadStream(path), bytes };
      (await ask({ method: 'PUT', path: `${at}/blobs/${sha256}`, signal, idleMs: REMOTE_TIMES.putMs, file })).resume();
    },
    list: async (folder, files) =>
      readers.missing(await postRaw(`folders/${folder}`, { files }, REMOTE_TIMES.putMs)).missing,
    async output(from, items) {
      await postRaw('output', { from, items });
    },
    async end(exit) {
      await json({ method: 'POST', path: `${at}/end`, json: exit, signal, idleMs });
    },
  };
}

function createAsk(base: string, key: string): Ask {
  const isSecure = base.startsWith('https:');
  const request = isSecure ? requestHttps : requestHttp;
  const agent = new (isSecure ? SecureAgent : Agent)({ keepAlive: true });
  return async ({ method, path, json, file, idleMs, signal }) => {
    const text = json === undefined ? undefined : Buffer.from(JSON.stringify(json));
    const bytes = file?.bytes ?? text?.length;
    const outgoing = request(new URL(path, base), {
      method,
      agent,
      ...(signal && { signal }),
      headers: {
        authorization: sign(key, { base, method, path }),
        ...(bytes !== undefined && {
          'content-type': file ? 'application/octet-stream' : 'application/json',
          'content-length': bytes,
        }),
      },
    });
    if (idleMs !== undefined)
      outgoing.setTimeout(idleMs, () => outgoing.destroy(new Unreachable(`no answer from ${base} in ${idleMs} ms`)));
    const answered = new Promise<IncomingMessage>((resolve, reject) =>
      outgoing.once('response', resolve).once('error', (error) => reject(unreachable(error))),
    );
    const unread = new Promise<never>((_, reject) => file?.content.once('error', reject));
    if (file) void pipeline(file.content, outgoing).catch(() => undefined);
    else outgoing.end(text);
    const response = await Promise.race([answered, unread]);
    const status = response.statusCode ?? 0;
    if (status < 400) return response;
    // Node would wait with the rest of the file for ever
    if (outgoing.writableFinished) response.resume();
    else outgoing.destroy();
    if (LATER.has(status)) throw new Unreachable(`${base} answers ${status}`);
    throw new Refused(status, `${method} ${path}`);
  };
}

function unreachable(error: Error): Error {
  return error instanceof Unreachable ? error : new Unreachable(error.message);
}

async function textOf(response: IncomingMessage, max: number): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const part of response) {
      bytes += (part as Buffer).length;
      if (bytes > max) break;
      parts.push(part as Buffer);
    }
  } catch (error) {
    throw unreachable(error instanceof Error ? error : new Error(String(error)));
  }
  if (bytes > max) throw new Error(`an answer is longer than ${max} bytes`);
  return Buffer.concat(parts).toString('utf8');
}

import { pipeline, type Readable, Transform } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { FastifyContextConfig, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { clusterKeyNeeded, invalidRequest, runIsOver, serverBusy } from '../../errors.ts';
import type { App } from '../../http/app-type.ts';
import { limitOf } from '../../http/limits.ts';
import type { JobOwnership } from '../../jobs/run/ownership.ts';
import type { Hub, HubRun } from './hub.ts';
import * as protocol from './protocol.ts';
import { type ServedRun, serveRun } from './serve-run.ts';
import { type CheckSignature, createSignatureCheck } from './signature.ts';
import { createHashes } from './trees.ts';
import type { SharedPhotos } from '../store/shared-photos.ts';

// What hosts ask of a web server. Each request is signed with the key of the cluster.

export interface HostRoutesOptions {
  readonly hub: Hub;
  readonly key: string;
  /** Where hosts reach this web server. */
  readonly bases: () => readonly string[];
  readonly lostMs: number;
  readonly ownership: Pick<JobOwnership, 'isHeld'>;
  /** Photos pass through an object store; undefined: all of them are sent. */
  readonly photos?: SharedPhotos | undefined;
}

/** Several hosts behind one address fetch photos of several projects. */
const REQUESTS_PER_SECOND = 20_000;

/** The same question elsewhere. */
const REDIRECT = 307;

const slotParams = Type.Object({ slot: protocol.Token });
const runParams = Type.Object({ run: protocol.Token });
const blobParams = Type.Object({ run: protocol.Token, sha256: protocol.Sha256 });
const folderParams = Type.Object({
  run: protocol.Token,
  folder: Type.Union(protocol.RESULTS.map((name) => Type.Literal(name))),
});
const readOutput = protocol.readerOf(protocol.Output, 'output of a child');

export async function hostRoutes(app: App, options: HostRoutesOptions): Promise<void> {
  const { hub, key, bases, lostMs, ownership, photos } = options;
  const hash = createHashes();
  const served = new WeakMap<HubRun, ServedRun>();
  const serve = (one: HubRun) => {
    const isOver = () => hub.run(one.run.token) !== one;
    const known = served.get(one) ?? serveRun(one, { hash, ownership, isOver, photos });
    served.set(one, known);
    return known;
  };
  const runOf = (token: string): HubRun => {
    const one = hub.run(token);
    // the host ends what it has of it
    if (one?.run.local === undefined) throw runIsOver();
    one.run.touch();
    return one;
  };

  askForKey(app, createSignatureCheck(key, bases));
  app.addContentTypeParser('application/octet-stream', (_request, body, done) => done(null, body));
  // hosts ask every second: what they ask is in no log
  const common: Common = {
    logLevel: 'warn',
    config: { neverShed: true, ...limitOf('requests of hosts', REQUESTS_PER_SECOND) },
  };

  app.post(
    `${protocol.PREFIX}/slots`,
    { ...common, schema: { hide: true, body: protocol.Offer } },
    async ({ body }) => {
      if (body.version !== protocol.VERSION)
        throw invalidRequest(`the host speaks version ${body.version}, this server ${protocol.VERSION}`, 409);
      const slot = hub.offer(body);
      if (slot === undefined) throw serverBusy();
      return { slot, lostMs };
    },
  );
  app.post(
    `${protocol.PREFIX}/slots/:slot/next`,
    { ...common, schema: { hide: true, params: slotParams, body: protocol.Seen } },
    async ({ params, body }) => {
      const orders = hub.next(params.slot, body.seen, body.machine);
      if (orders === undefined) throw runIsOver();
      return { orders: await orders };
    },
  );
  app.delete(
    `${protocol.PREFIX}/slots/:slot`,
    { ...common, schema: { hide: true, params: slotParams } },
    async ({ params }) => {
      hub.leave(params.slot);
      return {};
    },
  );
  inputRoutes(app, common, runOf, serve);
  resultRoutes(app, common, runOf, serve);
}

interface Common {
  readonly logLevel: 'warn';
  readonly config: FastifyContextConfig;
}

type Find = (token: string) => HubRun;
type Serve = (one: HubRun) => ServedRun;

function inputRoutes(app: App, common: Common, runOf: Find, serve: Serve): void {
  app.get(
    `${protocol.PREFIX}/runs/:run/manifest`,
    { ...common, schema: { hide: true, params: runParams } },
    async ({ params }, reply) =>
      reply.type('application/json').send(JSON.stringify(await serve(runOf(params.run)).manifest())),
  );
  app.get(
    `${protocol.PREFIX}/runs/:run/blobs/:sha256`,
    { ...common, schema: { hide: true, params: blobParams, querystring: protocol.BlobQuery } },
    async ({ params, query }, reply) => {
      const one = runOf(params.run);
      const address = await serve(one).addressOf(params.sha256, query.store);
      if (address !== undefined) return reply.redirect(address, REDIRECT);
      const opened = await serve(one).open(params.sha256);
      if (opened === undefined) throw runIsOver();
      const { file, bytes } = opened;
      return reply
        .type('application/octet-stream')
        .header('content-length', bytes)
        .send(touching(file.createReadStream({ start: 0 }), one.run.touch));
    },
  );
}

function resultRoutes(app: App, common: Common, runOf: Find, serve: Serve): void {
  app.put(
    `${protocol.PREFIX}/runs/:run/blobs/:sha256`,
    { ...common, bodyLimit: protocol.LIMITS.fileBytes, schema: { hide: true, params: blobParams } },
    async (request, reply) => {
      const { params } = request;
      const keep = serve(runOf(params.run)).received.keep;
      await keep(params.sha256, bodyOf(request), () => void runOf(params.run));
      return reply.code(204).send();
    },
  );
  app.post(
    `${protocol.PREFIX}/runs/:run/folders/:folder`,
    { ...common, schema: { hide: true, params: folderParams } },
    async (request) => {
      const { params } = request;
      const { files } = await jsonOf(request, readListing);
      return { missing: await serve(runOf(params.run)).put(params.folder, files) };
    },
  );
  app.post(
    `${protocol.PREFIX}/runs/:run/output`,
    { ...common, schema: { hide: true, params: runParams } },
    async (request) => {
      const { from, items } = await jsonOf(request, readOutput);
      const received = runOf(request.params.run).run.take(from, items);
      if (received === undefined) throw invalidRequest('what came before this output is missing');
      return { received };
    },
  );
  app.post(
    `${protocol.PREFIX}/runs/:run/end`,
    { ...common, schema: { hide: true, params: runParams, body: protocol.Exit } },
    async ({ params, body }) => {
      runOf(params.run).run.ended(body);
      return {};
    },
  );
}

const readListing = protocol.readerOf(protocol.Listing, 'the listing of a folder');

/** Before the body is read. */
function askForKey(app: App, check: CheckSignature): void {
  app.addHook('onRequest', async (request) => {
    const refusal = check(request.headers.authorization, request.method, request.originalUrl);
    if (refusal !== undefined) throw clusterKeyNeeded();
  });
}

function bodyOf({ body }: FastifyRequest): Readable {
  return body as Readable;
}

/** A host that hears of a fault of the server tries again: what is wrong with its own request must not look like one. */
async function jsonOf<Value>(request: FastifyRequest, read: (value: unknown) => Value): Promise<Value> {
  if (Number(request.headers['content-length'] ?? Number.POSITIVE_INFINITY) > protocol.LIMITS.jsonBytes)
    throw invalidRequest('it is too long', 413);
  const text = (await buffer(bodyOf(request))).toString('utf8');
  try {
    return read(JSON.parse(text));
  } catch (error) {
    throw invalidRequest(error instanceof Error ? error.message : String(error));
  }
}

/** A large file on a slow line must not look like a child that hangs. */
function touching(content: Readable, touch: () => void): Readable {
  const touched = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      touch();
      done(null, chunk);
    },
  });
  pipeline(content, touched, () => undefined);
  return touched;
}

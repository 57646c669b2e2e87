import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { App } from '../http/app-type.ts';
import { wantsPage } from '../http/wants-page.ts';
import { hereText } from '../reach/here.ts';
import { type Language, LANGUAGES, languageOf } from '../messages/language.ts';
import { isMissing } from '../system-errors.ts';

// The page for pupils and teachers. Browsers get it at `/`, programs a text. It is a client of the API like any other.

export interface PageOptions {
  /** What tools/setup/page-bundle.mjs made; where there is nothing, browsers get the text too. */
  readonly folder: string;
}

/** Everything comes from this server: a class may have no internet, and a project's name is nobody's script. */
const PAGE_HEADERS = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "font-src 'self'",
    "img-src 'self' blob: data:",
    "media-src 'self' blob:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'permissions-policy': 'camera=(self), microphone=(self), geolocation=()',
  'cache-control': 'no-store',
  vary: 'Origin, Accept, Accept-Language',
};

/** The page itself costs next to nothing, and says by itself when the rest has to wait. */
const NEVER_SHED = { neverShed: true } as const;

export async function pageRoutes(app: App, { folder }: PageOptions): Promise<void> {
  const page = await readFile(join(folder, 'index.html'), 'utf8').catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });

  const pages = new Map(LANGUAGES.map((language) => [language, inLanguage(page ?? '', language)]));

  app.get('/', { schema: { hide: true }, config: NEVER_SHED }, async (request, reply) => {
    if (page === undefined || !wantsPage(request, 'text/plain'))
      return reply
        .type('text/plain; charset=utf-8')
        .headers({ 'cache-control': 'no-store', vary: PAGE_HEADERS.vary })
        .send(hereText(request));
    return (
      toFolder(request, reply) ??
      reply
        .type('text/html; charset=utf-8')
        .headers(PAGE_HEADERS)
        .send(pages.get(languageOf(request, undefined)))
    );
  });

  if (page !== undefined) await app.register(assetRoutes, { folder: join(folder, 'assets') });
}

/** The names hold a hash of what is in the files, so browsers may keep them for good. */
async function assetRoutes(app: App, { folder }: PageOptions): Promise<void> {
  app.addHook('onRoute', (route) => {
    route.config = { ...route.config, ...NEVER_SHED };
  });
  await app.register(fastifyStatic, {
    root: folder,
    prefix: '/assets/',
    index: false,
    dotfiles: 'ignore',
    preCompressed: true,
    immutable: true,
    maxAge: '365d',
  });
}

/** With the sentences of one language to load ahead. */
function inLanguage(page: string, language: Language): string {
  return page.replace(/^.*hreflang="(\w+)".*\n/gm, (line, of) => (of === language ? line : ''));
}

/** The page names its files relative to a folder: `/w/<key>` is sent on to `/w/<key>/`. */
function toFolder(request: FastifyRequest, reply: FastifyReply): FastifyReply | undefined {
  const path = request.originalUrl.replace(/[?#].*$/s, '');
  if (path.endsWith('/')) return undefined;
  const last = path.slice(path.lastIndexOf('/') + 1);
  return reply.headers({ 'cache-control': 'no-store' }).redirect(`${last}/`, 302);
}

import swagger from '@fastify/swagger';
import type { App } from './app-type.ts';
import { FailSchema } from './fail.ts';

const INTRODUCTION =
  'Trains and converts the neural networks of the KidBright IDE. With keys set, every address begins with /w/<key>.';

/** The description of the API at /docs; routes registered after this are in it. */
export async function registerDocs(app: App): Promise<void> {
  app.addSchema(FailSchema);
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'KidBright mAI server', description: INTRODUCTION, version: '1' },
    },
    refResolver: {
      buildLocalReference: (json, _base, _fragment, index) =>
        typeof json['$id'] === 'string' ? json['$id'] : `schema-${index}`,
    },
  });
  const { default: swaggerUi } = await import('@fastify/swagger-ui');
  await app.register(async (docs) => {
    docs.addHook('onRoute', (route) => {
      route.config = { ...route.config, neverShed: true };
    });
    await docs.register(swaggerUi, {
      routePrefix: '/docs',
      indexPrefix: '.',
      transformSpecification: (document, request) => ({ ...document, servers: [{ url: baseOf(request.originalUrl) }] }),
      transformSpecificationClone: false,
    });
  });
}

/** The path that a client's key adds in front, as the client wrote it. */
function baseOf(originalUrl: string): string {
  return /^\/w\/[^/?#]+/.exec(originalUrl)?.[0] ?? '/';
}

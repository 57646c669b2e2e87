import swagger from '@fastify/swagger';
import type { App } from './app-type.ts';
import { FailSchema } from './fail.ts';
import { NAME_DESCRIPTION, NAME_HEADER } from './names.ts';

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
    transform: ({ schema, url }) => ({ schema: withName(schema), url }),
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

/** Every request may say who asks. For the description alone: what is no name is refused before any schema is looked at. */
function withName<Schema>(schema: Schema): Schema {
  const name = { type: 'string', description: `${NAME_DESCRIPTION} As UTF-8, percent-encoded: headers are latin-1.` };
  return { ...schema, headers: { type: 'object', properties: { [NAME_HEADER]: name } } };
}

/** The path that a client's key adds in front, as the client wrote it. */
function baseOf(originalUrl: string): string {
  return /^\/w\/[^/?#]+/.exec(originalUrl)?.[0] ?? '/';
}

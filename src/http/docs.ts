import swagger from '@fastify/swagger';
import type { App } from './app-type.ts';
import { FailSchema } from './fail.ts';

const INTRODUCTION = 'Trains and converts the neural networks of the KidBright IDE. With keys set, every address begins with /w/<key>.';

/** The description of the API at /docs; routes registered after this are in it. */
export async function registerDocs(app: App): Promise<void> {
  app.addSchema(FailSchema);
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'KidBright mAI server', description: INTRODUCTION, version: '1' },
      servers: [{ url: '.' }],
    },
    refResolver: { buildLocalReference: (json, _base, _fragment, index) => (typeof json['$id'] === 'string' ? json['$id'] : `schema-${index}`) },
  });
  const { default: swaggerUi } = await import('@fastify/swagger-ui');
  await app.register(swaggerUi, { routePrefix: '/docs', indexPrefix: '.' });
}

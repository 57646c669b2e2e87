import { Type } from 'typebox';
import { askerOf } from '../client.ts';
import type { App } from '../http/app-type.ts';
import { clientOf, personOf } from '../http/client-of.ts';
import { failures, rawAnswer } from '../http/fail.ts';
import { limitOf, THUMBNAILS_PER_SECOND } from '../http/limits.ts';
import { NAME_FIELD } from '../http/names.ts';
import { kindOfFile, SHOWN_TYPES, UNKNOWN_TYPE } from '../media-type.ts';
import { sendArtifact } from '../models/send-artifact.ts';
import type { Guard } from '../people/guard.ts';
import type { Project } from '../projects/project.ts';
import type { ProjectStore } from '../projects/store.ts';
import { findSample } from './find-sample.ts';
import { pictureOf, type Sample } from './sample.ts';
import type { SampleIndex } from './sample-index.ts';
import { SampleParams } from './schemas.ts';
import type { Thumbnails } from './thumbnails.ts';

// The files of photos and clips. A sample is named by a hash of its path, which is looked up among those that the server
// has listed itself: no text of a request ever becomes a path.

export interface SampleFileRoutesOptions {
  readonly store: Pick<ProjectStore, 'paths'>;
  readonly guard: Guard;
  readonly index: SampleIndex;
  readonly thumbnails: Thumbnails;
}

const TAGS = ['samples'];
const NOT_MODIFIED = { 304: Type.Null({ description: 'The client has it already.' }) };

export async function sampleFileRoutes(
  app: App,
  { store, guard, index, thumbnails }: SampleFileRoutesOptions,
): Promise<void> {
  const open = (project: Project, sampleId: string, fileOf: (sample: Sample) => string) =>
    findSample({ store, index }, project, sampleId, fileOf);

  app.get(
    '/projects/:id/samples/:sample/thumbnail',
    {
      config: limitOf('small pictures', THUMBNAILS_PER_SECOND),
      schema: {
        tags: TAGS,
        summary: 'A small picture of a photo, upright; of a clip its waveform',
        params: SampleParams,
        querystring: Type.Object(NAME_FIELD),
        response: { ...rawAnswer('image/jpeg', 'At most 160 × 160 pixels.'), ...NOT_MODIFIED, ...failures },
      },
    },
    async (request, reply) => {
      const project = await guard.look(personOf(request), request.params.id);
      const { path, opened } = await open(project, request.params.sample, (one) => pictureOf(project.type, one.file));
      const { identity } = opened;
      await opened.file.close();
      const hash = await thumbnails.hashOf(path, identity);
      const headers = { etag: `"${hash}"`, 'cache-control': 'private, no-cache' };
      if (request.headers['if-none-match'] === headers.etag) return reply.code(304).headers(headers).send(null);
      const from = askerOf(clientOf(request));
      const small = await thumbnails.open(store.paths(project.ref), { path, identity, hash }, from);
      // not before: a browser would keep a refusal under the photo's name
      reply.headers({ ...headers, 'content-length': small.bytes }).type('image/jpeg');
      return reply.send(small.file.createReadStream());
    },
  );

  app.get(
    '/projects/:id/samples/:sample/file',
    {
      config: limitOf('samples', THUMBNAILS_PER_SECOND),
      schema: {
        tags: TAGS,
        summary: 'The photo or clip itself',
        params: SampleParams,
        querystring: Type.Object(NAME_FIELD),
        response: {
          ...rawAnswer(SHOWN_TYPES, 'The file.'),
          ...rawAnswer(SHOWN_TYPES, 'The part that Range asks for.', 206),
          ...failures,
        },
      },
    },
    async (request, reply) => {
      const { opened } = await open(
        await guard.look(personOf(request), request.params.id),
        request.params.sample,
        ({ file }) => file,
      );
      const type = (await kindOfFile(opened.file))?.shown ?? UNKNOWN_TYPE;
      // What a browser cannot show as a photo or sound could be a page with a program in it.
      reply.header('content-security-policy', "default-src 'none'; sandbox");
      if (type === UNKNOWN_TYPE) reply.header('content-disposition', 'attachment');
      return sendArtifact(request, reply, opened, type);
    },
  );
}

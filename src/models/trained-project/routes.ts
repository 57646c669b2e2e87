import { Readable } from 'node:stream';
import { Type } from 'typebox';
import { BOARDS } from '../../boards.ts';
import type { App } from '../../http/app-type.ts';
import { personOf } from '../../http/client-of.ts';
import { attachment } from '../../http/content-disposition.ts';
import { failures, rawAnswer } from '../../http/fail.ts';
import { JOBS_PER_SECOND, limitOf } from '../../http/limits.ts';
import { NAME_FIELD } from '../../http/names.ts';
import type { Guard } from '../../people/guard.ts';
import { ProjectParams } from '../../projects/schemas.ts';
import type { ProjectStore } from '../../projects/store.ts';
import { collectMembers } from './collect.ts';
import { streamZip } from './stream-zip.ts';

// The address of a project with its model, to open in the IDE and to hand on.

export interface TrainedProjectRoutesOptions {
  readonly store: Pick<ProjectStore, 'freeze'>;
  readonly guard: Pick<Guard, 'look'>;
}

const NEEDED = ['report.json', ...new Set([...BOARDS.values()].flatMap(({ files }) => Object.values(files).flat()))];

export async function trainedProjectRoutes(app: App, { store, guard }: TrainedProjectRoutesOptions): Promise<void> {
  app.get(
    '/projects/:id/project_trained.zip',
    {
      config: limitOf('downloads of projects', JOBS_PER_SECOND),
      schema: {
        tags: ['models'],
        summary: 'The project as it was uploaded, with its model for the board inside, for the IDE to open',
        params: ProjectParams,
        querystring: Type.Object({ ...NAME_FIELD }),
        response: { ...rawAnswer('application/zip', 'The zip.'), ...failures },
      },
    },
    async (request, reply) => {
      const { ref } = await guard.look(personOf(request), request.params.id);
      const { project, root, discard } = await store.freeze(ref, NEEDED);
      try {
        const { stream, bytes } = streamZip(await collectMembers(root, project));
        stream.once('close', () => void discard());
        if (request.method === 'HEAD') stream.destroy();
        reply.headers({
          'cache-control': 'no-store',
          'content-length': bytes,
          'content-disposition': attachment(`${ref.id}_trained.zip`),
        });
        return reply.type('application/zip').send(stream.destroyed ? Readable.from([]) : stream);
      } catch (error) {
        await discard();
        throw error;
      }
    },
  );
}

import { mediaMissing, mediaTooLarge, projectIdMissing } from '../errors.ts';
import type { App } from '../http/app-type.ts';
import { askerOf } from '../client.ts';
import { clientOf } from '../http/client-of.ts';
import { attachment } from '../http/content-disposition.ts';
import { failures, rawAnswer } from '../http/fail.ts';
import { readAsStream, readForm } from '../http/form.ts';
import { limitOf, PHOTOS_PER_SECOND } from '../http/limits.ts';
import { goneSignal } from '../http/gone-signal.ts';
import { mediaOf } from '../media-type.ts';
import type { Job } from '../jobs/domain/job.ts';
import { refOf, type ProjectRef } from '../projects/project.ts';
import { nameProject } from '../projects/use-hook.ts';
import type { ProjectStore } from '../projects/store.ts';
import { openArtifact, openPackage } from './artifacts.ts';
import { chooseModel } from './choose-model.ts';
import { checkMedia, readInferenceFields } from './inference-form.ts';
import type { InferenceWorker } from './inference/worker.ts';
import { ArtifactParams, DownloadQuery, InferenceAnswer, InferenceBody } from './schemas.ts';
import { sendArtifact } from './send-artifact.ts';

// The addresses for downloads of a model and for its answers.

export interface ModelRoutesOptions {
  readonly store: ProjectStore;
  readonly worker: InferenceWorker;
  readonly trainingOf: (ref: ProjectRef) => Job | undefined;
}

/** A photo of 100 megapixels as JPEG; a minute of sound. */
const MAX_MEDIA_BYTES = 25_000_000;
const ARTIFACT_TYPES = ['application/octet-stream', 'application/json', 'text/plain', 'application/zip'];

export async function modelRoutes(app: App, { store, worker, trainingOf }: ModelRoutesOptions): Promise<void> {
  app.get(
    '/projects/:id/output/:file',
    {
      schema: {
        tags: ['models'],
        summary: 'A file of the newest model',
        params: ArtifactParams,
        response: {
          ...rawAnswer(ARTIFACT_TYPES, 'The file.'),
          ...rawAnswer(ARTIFACT_TYPES, 'The part that Range asks for.', 206),
          ...failures,
        },
      },
    },
    async (request, reply) => {
      const { ref } = await store.read(refOf(clientOf(request), request.params.id));
      return sendArtifact(
        request,
        reply,
        await openArtifact(store.paths(ref), request.params.file),
        typeOf(request.params.file),
      );
    },
  );

  app.get(
    '/download_model',
    {
      schema: {
        tags: ['models'],
        summary: "model.zip: the board's files, labels, report and a README",
        querystring: DownloadQuery,
        response: {
          ...rawAnswer('application/zip', 'The zip.'),
          ...rawAnswer('application/zip', 'The part that Range asks for.', 206),
          ...failures,
        },
      },
    },
    async (request, reply) => {
      const { ref } = await store.read(refOf(clientOf(request), request.query.project_id));
      const artifact = await openPackage(store.paths(ref));
      reply.header('content-disposition', attachment(`${ref.id}.zip`));
      return sendArtifact(request, reply, artifact, 'application/zip');
    },
  );

  app.route({
    method: 'POST',
    url: '/inference_image',
    config: limitOf('photos and sounds', PHOTOS_PER_SECOND),
    schema: {
      tags: ['models'],
      summary: 'Ask the newest model about a photo or a sound',
      consumes: ['multipart/form-data'],
      body: InferenceBody,
      response: { 200: InferenceAnswer, ...failures },
    },
    validatorCompiler: readAsStream,
    async handler(request, reply) {
      const client = clientOf(request);
      const form = await readForm(request, {
        fileFields: ['image', 'audio'],
        maxFileBytes: MAX_MEDIA_BYTES,
        tooLarge: () => mediaTooLarge(MAX_MEDIA_BYTES),
        save: (stream) => store.saveIncoming(client.workspace, stream, 'media'),
        discard: (media) => media.discard(),
      });
      try {
        const id = form.fields.get('project_id');
        if (id === undefined) throw projectIdMissing();
        nameProject(request, id);
        const { ref, type: projectType } = await store.read(refOf(client, id));
        const fields = readInferenceFields(form.fields, projectType);
        if (form.file === undefined || form.file.saved.bytes === 0) throw mediaMissing();
        checkMedia(await mediaOf(form.file.saved.path), fields.type);
        const model = await chooseModel(store.paths(ref), trainingOf(ref));
        const from = { ...askerOf(client), signal: goneSignal(reply) };
        return { ...(await worker.ask({ model, file: form.file.saved.path, ...fields }, from)), result: 'OK' as const };
      } finally {
        await form.file?.saved.discard();
      }
    },
  });
}

function typeOf(name: string): string {
  if (name.endsWith('.json')) return 'application/json';
  if (name.endsWith('.txt')) return 'text/plain; charset=utf-8';
  return name.endsWith('.zip') ? 'application/zip' : 'application/octet-stream';
}

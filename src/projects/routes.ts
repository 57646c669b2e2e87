import { projectFileMissing, projectIdMissing, uploadTooLarge } from '../errors.ts';
import type { App } from '../http/app-type.ts';
import type { Person } from '../client.ts';
import { personOf } from '../http/client-of.ts';
import { failures } from '../http/fail.ts';
import { readAsStream, readForm } from '../http/form.ts';
import { limitOf, UPLOADS_PER_SECOND } from '../http/limits.ts';
import type { Guard } from '../people/guard.ts';
import { refOf, type Project, type ProjectRef } from './project.ts';
import {
  projectAnswer,
  ProjectList,
  ProjectParams,
  ProjectSchema,
  RemoveAnswer,
  UploadAnswer,
  UploadBody,
} from './schemas.ts';
import { inList } from './shown.ts';
import { Type } from 'typebox';
import { projectFields } from './log-fields.ts';
import type { ProjectStore } from './store.ts';

// The addresses for uploading, listing and deleting projects.

export interface ProjectRoutesOptions {
  readonly store: ProjectStore;
  readonly guard: Guard;
  readonly maxUploadBytes: number;
  readonly stageOf: (ref: ProjectRef) => Promise<number>;
  readonly onUpload: (person: Person, ref: ProjectRef) => Promise<void>;
  /** End the project's jobs and delete it. */
  readonly remove: (project: Project) => Promise<void>;
}

export async function projectRoutes(
  app: App,
  { store, guard, maxUploadBytes, stageOf, onUpload, remove }: ProjectRoutesOptions,
): Promise<void> {
  app.addSchema(ProjectSchema);

  app.route({
    method: 'POST',
    url: '/upload',
    config: { streamsRefusals: true, ...limitOf('uploads', UPLOADS_PER_SECOND) },
    schema: {
      tags: ['projects'],
      summary: 'Send a project; it takes the place of the one with the same id',
      consumes: ['multipart/form-data'],
      body: UploadBody,
      response: { 200: UploadAnswer, ...failures },
    },
    validatorCompiler: readAsStream,
    async handler(request) {
      const client = personOf(request);
      const form = await readForm(request, {
        fileFields: ['project'],
        maxFileBytes: maxUploadBytes,
        tooLarge: () => uploadTooLarge(maxUploadBytes),
        save: (stream) => store.saveIncoming(client.workspace, stream, 'project.zip'),
        discard: (zip) => zip.discard(),
      });
      try {
        const id = form.fields.get('project_id');
        if (form.file === undefined) throw projectFileMissing();
        if (id === undefined) throw projectIdMissing();
        const ref = refOf(client, id);
        await store.commitUpload(ref, form.file.saved, client.address);
        request.log.info({ ...projectFields(ref), bytes: form.file.saved.bytes }, 'project uploaded');
        await onUpload(client, ref);
        return { result: 'success' as const };
      } finally {
        await form.file?.saved.discard();
      }
    },
  });

  app.get(
    '/projects',
    {
      schema: {
        tags: ['projects'],
        summary:
          'All projects that the caller may see, newest upload first: of each the labels and settings that a list has room for',
        response: { 200: ProjectList, ...failures },
      },
    },
    async (request) => {
      const person = personOf(request);
      const projects = await guard.seen(person, await store.list(person.workspace));
      return {
        projects: await Promise.all(
          projects.map(async (project) => projectAnswer(inList(project), await stageOf(project.ref))),
        ),
      };
    },
  );

  app.get(
    '/projects/:id',
    {
      schema: {
        tags: ['projects'],
        summary: 'One project',
        params: ProjectParams,
        response: { 200: Type.Ref('Project'), ...failures },
      },
    },
    async (request) => {
      const project = await guard.look(personOf(request), request.params.id);
      return projectAnswer(project, await stageOf(project.ref));
    },
  );

  app.delete(
    '/projects/:id',
    {
      schema: {
        tags: ['projects'],
        summary: 'End its jobs and delete the project with everything in it',
        params: ProjectParams,
        response: { 200: RemoveAnswer, ...failures },
      },
    },
    async (request) => {
      const project = await guard.change(personOf(request), request.params.id);
      await remove(project);
      request.log.info(projectFields(project.ref), 'project deleted');
      return { result: 'OK' as const };
    },
  );
}

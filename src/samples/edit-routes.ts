import { Type } from 'typebox';
import type { App } from '../http/app-type.ts';
import { personOf } from '../http/client-of.ts';
import { failures } from '../http/fail.ts';
import { limitOf, LOOKS_PER_SECOND } from '../http/limits.ts';
import { ProjectIdSchema } from '../http/project-id.ts';
import type { Guard } from '../people/guard.ts';
import { ProjectParams } from '../projects/schemas.ts';
import type { ProjectStore } from '../projects/store.ts';
import { addEdit, removeEdit } from './edit-samples.ts';
import { editAnswer } from './edit-answer.ts';
import type { SampleIndex } from './sample-index.ts';
import { EditAdded, EditList, EditRemoved, EditWish } from './schemas.ts';

// The addresses for changes of a data set that the next training uses.

export interface EditRoutesOptions {
  readonly store: Pick<ProjectStore, 'read' | 'paths' | 'edits' | 'changeEdits'>;
  readonly guard: Guard;
  readonly index: SampleIndex;
}

const TAGS = ['samples'];
const EditParams = Type.Object({ id: ProjectIdSchema, edit: Type.Integer({ minimum: 1 }) });

export async function editRoutes(app: App, { store, guard, index }: EditRoutesOptions): Promise<void> {
  app.get(
    '/projects/:id/edits',
    {
      config: limitOf('looks at changes', LOOKS_PER_SECOND),
      schema: {
        tags: TAGS,
        summary: 'What was changed of the newest upload for the next training, oldest first',
        params: ProjectParams,
        response: { 200: EditList, ...failures },
      },
    },
    async (request) => {
      const { ref } = await guard.look(personOf(request), request.params.id);
      return { edits: (await store.edits(ref)).map(editAnswer) };
    },
  );

  app.post(
    '/projects/:id/edits',
    {
      config: limitOf('changes', LOOKS_PER_SECOND),
      schema: {
        tags: TAGS,
        summary: 'Leave a sample out of the next training, or move it to another label; the upload stays as it is',
        params: ProjectParams,
        body: EditWish,
        response: { 200: EditAdded, ...failures },
      },
    },
    async (request) => {
      const project = await guard.change(personOf(request), request.params.id);
      return { result: 'OK' as const, edit: editAnswer(await addEdit({ store, index }, project, request.body)) };
    },
  );

  app.delete(
    '/projects/:id/edits/:edit',
    {
      config: limitOf('changes', LOOKS_PER_SECOND),
      schema: {
        tags: TAGS,
        summary: 'Take a change back',
        params: EditParams,
        response: { 200: EditRemoved, ...failures },
      },
    },
    async (request) => {
      await removeEdit(store, await guard.change(personOf(request), request.params.id), request.params.edit);
      return { result: 'OK' as const };
    },
  );
}

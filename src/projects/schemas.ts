import { Type } from 'typebox';
import { ProjectIdSchema } from '../http/project-id.ts';
import { PROJECT_TYPES, type Project } from './project.ts';

// What requests about projects must hold, and what their answers hold.

export const ProjectParams = Type.Object({ id: ProjectIdSchema });

export const DeletionSchema = Type.Union(
  [
    Type.Object({
      at: Type.Number({ description: 'Seconds since the epoch.' }),
      soon: Type.Boolean({ description: 'Within seven days: say so.' }),
    }),
    Type.Null(),
  ],
  { description: 'When it is deleted if nobody uses it; null: it is kept.' },
);

export const ProjectSchema = Type.Object(
  {
    id: Type.String(),
    name: Type.String(),
    type: Type.Union(PROJECT_TYPES.map((type) => Type.Literal(type))),
    board: Type.String(),
    labels: Type.Array(Type.String()),
    train_config: Type.Object({}, { additionalProperties: true, description: 'trainConfig over the defaults.' }),
    files: Type.Integer({ description: 'Files of the data set.' }),
    uploaded_at: Type.Number({ description: 'Seconds since the epoch.' }),
    deletion: DeletionSchema,
    stage: Type.Integer({
      minimum: 0,
      maximum: 5,
      description: '0 nothing, 1 preparing, 2 training, 3 trained, 4 converting, 5 converted.',
    }),
  },
  { $id: 'Project' },
);

export const UploadBody = Type.Object(
  {
    project: Type.String({ format: 'binary', description: 'The zip.' }),
    project_id: ProjectIdSchema,
  },
  { description: 'The parts may come in any order.' },
);

export const UploadAnswer = Type.Object({ result: Type.Literal('success') });
export const ProjectList = Type.Object({ projects: Type.Array(Type.Ref('Project')) });
export const RemoveAnswer = Type.Object({ result: Type.Literal('OK') });

export function projectAnswer(project: Project, stage: number) {
  const { ref, name, type, board, labels, trainConfig, files, uploadedAt, deletion } = project;
  return {
    id: ref.id,
    name,
    type,
    board,
    labels: [...labels],
    train_config: { ...trainConfig },
    files,
    uploaded_at: uploadedAt,
    deletion: deletion ?? null,
    stage,
  };
}

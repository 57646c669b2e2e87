import { type Static, Type } from 'typebox';
import { oneOf } from '../http/one-of.ts';
import { ProjectIdSchema } from '../http/project-id.ts';
import { LANGUAGES } from '../messages/language.ts';
import { EDIT_ACTIONS } from '../projects/edits.ts';
import { PROJECT_TYPES } from '../projects/project.ts';
import { SAMPLE_ID } from './sample.ts';
import { Answer, Boxes } from './trained-samples.ts';

// What is said of the photos and clips of a project.

const sampleId = Type.String({ pattern: SAMPLE_ID, description: 'Names a sample in addresses.' });
const orNull = <const Of extends ReturnType<typeof Type.Integer>>(of: Of) => Type.Union([of, Type.Null()]);

export const SampleParams = Type.Object({ id: ProjectIdSchema, sample: sampleId });
const language = Type.Optional(oneOf(LANGUAGES, 'Of sentences; else as Accept-Language asks.'));
export const SamplesQuery = Type.Object({
  label: Type.Optional(Type.String({ maxLength: 200, description: 'Of this label alone.' })),
  offset: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000, default: 0 })),
  limit: Type.Optional(Type.Integer({ minimum: 0, maximum: 1000, default: 200 })),
  language,
});

const EditAnswer = Type.Object(
  {
    id: Type.Integer(),
    sample: sampleId,
    file: Type.String(),
    action: oneOf(EDIT_ACTIONS),
    label: Type.Optional(Type.String({ description: 'Where it is moved to.' })),
    at: Type.Number({ description: 'Seconds since the epoch.' }),
  },
  { description: 'A change that the next training uses, until a new upload comes.' },
);
export const EditList = Type.Object({ edits: Type.Array(EditAnswer) });
export const EditAdded = Type.Object({ result: Type.Literal('OK'), edit: EditAnswer });
export const EditRemoved = Type.Object({ result: Type.Literal('OK') });
export const EditWish = Type.Object({
  sample: sampleId,
  action: oneOf(EDIT_ACTIONS),
  label: Type.Optional(Type.String({ maxLength: 200, description: 'For move: one of the labels of the project.' })),
});

export const Finding = Type.Object({
  code: Type.String({
    description:
      'mislabelled, two_labels, near_duplicates, black, dark, blurred, unreadable, heic, too_large, too_few, unbalanced, few_scenes, one_scene',
  }),
  msg: Type.String({ description: 'What it means and what to do, for people.' }),
  count: Type.Integer({ description: 'Samples, or of a label: how many it has.' }),
  samples: Type.Array(
    Type.Object({
      id: sampleId,
      file: Type.String(),
      suggestion: Type.Optional(Type.String({ description: 'The label that it probably belongs to.' })),
      pair: Type.Optional(Type.String({ description: 'The other sample that it is compared with.' })),
    }),
    { description: 'At most 100.' },
  ),
  labels: Type.Optional(Type.Array(Type.String())),
  action: oneOf(['move', 'leave_out', 'collect', 'none'], 'What mends it.'),
});
export type Finding = Static<typeof Finding>;

export const Trained = Type.Object(
  {
    job_id: Type.Union([Type.String(), Type.Null()]),
    finished_at: Type.Union([Type.Number(), Type.Null()]),
    same_upload: Type.Boolean({ description: 'No upload has come since that training was started.' }),
  },
  { description: 'The training that scenes, held_back and findings are of.' },
);

export const SamplesAnswer = Type.Object({
  project_id: Type.String(),
  type: oneOf(PROJECT_TYPES),
  labels: Type.Array(
    Type.Object({
      label: Type.String(),
      samples: Type.Union([Type.Integer(), Type.Null()], { description: 'As the next training gets them.' }),
      left_out: Type.Integer({ description: 'Samples of this label that it does not get.' }),
      scenes: orNull(Type.Integer()),
      held_back: orNull(Type.Integer()),
    }),
  ),
  total: Type.Integer({ description: 'Samples that the question is about.' }),
  offset: Type.Integer(),
  samples: Type.Array(
    Type.Object({
      id: sampleId,
      file: Type.String({ description: 'Its path, as reports name it.' }),
      label: Type.Union([Type.String(), Type.Null()]),
      bytes: Type.Number(),
      scene: orNull(Type.Integer()),
      held_back: Type.Union([Type.Boolean(), Type.Null()]),
      findings: Type.Array(Type.String()),
      edit: Type.Union([EditAnswer, Type.Null()]),
    }),
  ),
  findings: Type.Array(Finding, { description: 'Of the whole project.' }),
  trained: Type.Union([Trained, Type.Null()]),
});
export type SamplesAnswer = Static<typeof SamplesAnswer>;

export const HeatAnswer = Type.Object({
  label: Type.String(),
  prob: Type.Number(),
  grid: Type.Array(Type.Array(Type.Number()), {
    description:
      'Seven rows of seven parts of the centre square, from the top left: 1 for the part that matters most for the answer, 0 for parts that do not matter.',
  }),
});

export const AnswersAnswer = Type.Object({
  project_id: Type.String(),
  job_id: Type.Union([Type.String(), Type.Null()]),
  labels: Type.Array(Type.String()),
  converted: Type.Boolean(),
  answers: Type.Array(
    Type.Object({
      id: sampleId,
      file: Type.String(),
      label: Type.Union([Type.String(), Type.Null()]),
      held_back: Type.Boolean(),
      counted: Type.Union([Type.String(), Type.Null()], {
        description: 'What the confusion matrix of the training counts.',
      }),
      float: Type.Union([Answer, Boxes, Type.Null()], { description: 'What the trained network says.' }),
      board: Type.Union([Answer, Boxes, Type.Null()], { description: 'What the int8 network on the board says.' }),
      changed: Type.Union([Type.Boolean(), Type.Null()], { description: 'Board and network say another thing.' }),
    }),
  ),
});
export type AnswersAnswer = Static<typeof AnswersAnswer>;

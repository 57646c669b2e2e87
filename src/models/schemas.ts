import { type Static, Type } from 'typebox';
import { ProjectIdSchema } from '../http/project-id.ts';
import { FORMATS } from '../media-type.ts';
import { ARTIFACTS } from './artifacts.ts';

// What requests about models must hold, and what their answers hold.

export const ArtifactParams = Type.Object({
  id: ProjectIdSchema,
  file: Type.String({ maxLength: 100, description: `One of ${ARTIFACTS.join(', ')}.` }),
});

export const DownloadQuery = Type.Object({ project_id: ProjectIdSchema });

export const InferenceBody = Type.Object({
  image: Type.Optional(Type.String({ format: 'binary', description: `One of ${FORMATS.image.join(', ')}.` })),
  audio: Type.Optional(
    Type.String({ format: 'binary', description: `For voice projects: one of ${FORMATS.audio.join(', ')}.` }),
  ),
  project_id: ProjectIdSchema,
  type: Type.Optional(Type.Union([Type.Literal('classification'), Type.Literal('detection'), Type.Literal('voice')])),
  threshold: Type.Optional(Type.Number({ minimum: 0, maximum: 1, description: 'For detection.' })),
  board: Type.Optional(
    Type.Union([Type.Literal('0'), Type.Literal('1')], { description: '0 leaves out what the board would say.' }),
  ),
});

/** No record: its pattern does not match a label with a line break, which would be left out of the answer. */
const Probabilities = Type.Unsafe<Readonly<Record<string, number>>>(
  Type.Object({}, { additionalProperties: Type.Number(), description: 'Label to probability.' }),
);

export const AnswerBox = Type.Object(
  {
    x1: Type.Number(),
    y1: Type.Number(),
    x2: Type.Number(),
    y2: Type.Number(),
    prob: Type.Number(),
    label: Type.String(),
  },
  { description: 'In pixels of the photo that was sent.' },
);

export type AnswerBox = Static<typeof AnswerBox>;

const answer = {
  prediction: Type.Optional(Type.String()),
  prob: Type.Optional(Type.Number()),
  probs: Type.Optional(Probabilities),
  boxes: Type.Optional(Type.Array(AnswerBox)),
  unknown: Type.Optional(
    Type.Literal(true, {
      description:
        'The photo or clip is probably none of the labels: the largest raw output is below the limit that the conversion found.',
    }),
  ),
};

export const InferenceAnswer = Type.Object(
  {
    result: Type.Literal('OK'),
    ...answer,
    loudest_s: Type.Optional(Type.Number({ description: 'Voice: where in the clip the loudest second begins.' })),
    board: Type.Optional(
      Type.Object(answer, { additionalProperties: true, description: 'What the int8 network on the board says.' }),
    ),
  },
  { additionalProperties: true },
);
export type InferenceAnswer = Static<typeof InferenceAnswer>;

import { type Static, type TSchema, Type } from 'typebox';
import { Check } from 'typebox/value';
import type { ProjectType } from '../../projects/project.ts';
import { type Fields, fieldsOf, type RawReport, reportOf, type Result } from '../result.ts';

// What a card says of a model, from its report.json. Python writes the file, and an older version may lack any of it:
// each fact counts where it has the shape that is expected, and is not there otherwise.

const Texts = Type.Array(Type.String());
const Matrix = Type.Array(Type.Array(Type.Integer()));
const counted = {
  right: Type.Integer(),
  checked: Type.Integer(),
  expect_least: Type.Number(),
  expect_most: Type.Number(),
};
const LeftOut = Type.Object({ ...counted, hidden: Type.Integer(), labels: Type.Integer() });
const Said = Type.Object({ prediction: Type.String() });
/** No record: its pattern does not match a label with a line break. */
const named = <Value extends TSchema>(value: Value) =>
  Type.Unsafe<Readonly<Record<string, Static<Value>>>>(Type.Object({}, { additionalProperties: value }));

const TRAINING = {
  labels: Texts,
  asked: Type.String(),
  weights: Type.String(),
  train_samples: Type.Integer(),
  val_samples: Type.Integer(),
  samples_per_label: named(Type.Object({ train: Type.Integer(), validation: Type.Integer() })),
  scenes: Type.Object({ scenes: Type.Integer(), held_back: Type.Integer(), twins: Type.Integer() }),
  confusion: Matrix,
  findings: Type.Array(Type.Object({ code: Type.String(), count: Type.Integer(), labels: Type.Optional(Texts) })),
  epoch: Type.Integer(),
  batch_size: Type.Integer(),
  seconds: Type.Number(),
  device: Type.String(),
};
const CONVERSION = {
  checked: Type.Object({ board: Type.Object(counted) }),
  changed: Type.Array(Type.Object({ file: Type.String(), label: Type.String(), float: Said, board: Said })),
  cpu_layers: Type.Array(Type.Object({ type: Type.String() })),
  unknown: Type.Object({ threshold: Type.Union([Type.Number(), Type.Null()]), kept_percent: Type.Number() }),
  files: named(Type.Integer()),
};

type Of<Shapes extends Readonly<Record<string, TSchema>>> = { readonly [Name in keyof Shapes]?: Static<Shapes[Name]> };

export interface CardFacts {
  readonly name: string;
  readonly type: ProjectType;
  readonly board: string;
  readonly result: Result;
  readonly trainConfig: Fields;
  readonly training: Of<typeof TRAINING>;
  /** Undefined: the model was not made ready for the board. */
  readonly conversion: Of<typeof CONVERSION> | undefined;
  /** How often things were noticed whose label was hidden from a quick model. */
  readonly leftOut: Static<typeof LeftOut> | undefined;
}

export type CardProject = Pick<CardFacts, 'name' | 'type' | 'board'>;

export function factsOf({ name, type, board }: CardProject, { report, jobId, finishedAt }: RawReport): CardFacts {
  const { result, trainConfig, board: convertedFor } = reportOf(report, jobId, finishedAt);
  const training = fieldsOf(report['training']);
  const leftOut = fieldsOf(training['instant'])['left_out'];
  return {
    name,
    type,
    board: convertedFor ?? board,
    result,
    trainConfig,
    training: known(TRAINING, training),
    conversion: report['conversion'] === undefined ? undefined : known(CONVERSION, fieldsOf(report['conversion'])),
    leftOut: Check(LeftOut, leftOut) ? leftOut : undefined,
  };
}

function known<Shapes extends Readonly<Record<string, TSchema>>>(shapes: Shapes, fields: Fields): Of<Shapes> {
  const right = Object.entries(shapes).filter(([name, shape]) => Check(shape, fields[name]));
  return Object.fromEntries(right.map(([name]) => [name, fields[name]])) as Of<Shapes>;
}

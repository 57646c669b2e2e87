import { Type, type Static, type TObject, type TProperties } from 'typebox';

// Every JSON line Python may print: the contract (docs/protocol.md § Between server and child).
// Fields beside the named ones are kept, so that a notice can carry the parameters of its code.

const count = Type.Integer({ minimum: 0 });
const positive = Type.Integer({ minimum: 1 });
/** Python writes null for a number that is not finite. */
const number = Type.Union([Type.Number(), Type.Null()]);
const text = Type.String({ minLength: 1 });
const code = Type.String({ pattern: '^[a-z][a-z0-9_]{0,63}$' });

const event = <const N extends string, P extends TProperties>(name: N, fields: P) =>
  Type.Object({ event: Type.Literal(name), time: Type.Number(), ...fields });

/** Answers for samples that were held back. Of 100 new ones, with as many of each label, so many are expected right. */
const measured = {
  right: Type.Optional(count),
  checked: Type.Optional(count),
  uneven: Type.Optional(Type.Boolean()),
  expect_least: Type.Optional(Type.Number({ minimum: 0, maximum: 100 })),
  expect_most: Type.Optional(Type.Number({ minimum: 0, maximum: 100 })),
};
const suspect = Type.Object({ file: text, label: text, suggestion: text });

export const CHILD_EVENTS = {
  ready: event('ready', { torch: text, device: text }),
  heartbeat: event('heartbeat', {}),
  dataset_loading: event('dataset_loading', {
    samples: count,
    labels: Type.Union([count, Type.Array(Type.String()), Type.Record(Type.String(), count)]),
  }),
  model_building: event('model_building', { model: text, weights: text }),
  train_start: event('train_start', {
    model: text,
    epochs: positive,
    train_samples: count,
    val_samples: count,
    device: text,
  }),
  epoch_start: event('epoch_start', { epoch: positive, max_epoch: positive }),
  batch_start: event('batch_start', { batch: positive, max_batch: positive }),
  batch_end: event('batch_end', { batch: positive, max_batch: positive }),
  epoch_end: event('epoch_end', {
    epoch: positive,
    max_epoch: positive,
    matric: Type.Record(Type.String(), number),
    eta_s: Type.Optional(number),
    throughput: Type.Optional(number),
  }),
  train_end: event('train_end', {
    model: text,
    epoch: count,
    metric: text,
    value: number,
    seconds: Type.Number({ minimum: 0 }),
    ...measured,
    per_label: Type.Optional(Type.Record(Type.String(), number)),
    confusion: Type.Optional(Type.Array(Type.Array(Type.Number()))),
  }),
  instant_model: event('instant_model', {
    accuracy: number,
    cross_validation: Type.Optional(number),
    ...measured,
    suspects: Type.Array(suspect),
    seconds: Type.Number({ minimum: 0 }),
    computed: count,
    cached: count,
  }),
  notice: event('notice', { code, msg: text }),
  convert_model_init: event('convert_model_init', {
    model: text,
    board: text,
    stages: Type.Union([count, Type.Array(Type.String())]),
  }),
  convert_model_progress: event('convert_model_progress', { stage: text, step: count, steps: count }),
  convert_model_end: event('convert_model_end', {
    model: text,
    agreement: Type.Optional(number),
    same: Type.Optional(count),
    compared: Type.Optional(count),
    expect_least: Type.Optional(count),
    expect_most: Type.Optional(count),
    accuracy_float: Type.Optional(number),
    accuracy_board: Type.Optional(number),
    seconds: Type.Number({ minimum: 0 }),
  }),
  yielded: event('yielded', { epoch: positive, max_epoch: positive, since_best: count }),
  agreement_checked: event('agreement_checked', {
    same: count,
    compared: count,
    expect_least: count,
    expect_most: count,
  }),
  error: event('error', { code, msg: text }),
} as const satisfies Record<string, TObject>;

export type ChildEventName = keyof typeof CHILD_EVENTS;
type Events = {
  readonly [N in ChildEventName]: Readonly<Static<(typeof CHILD_EVENTS)[N]>> & { readonly [field: string]: unknown };
};

/** An event of one name: `ChildEvent<'epoch_end'>`; without a name, any of them. */
export type ChildEvent<N extends ChildEventName = ChildEventName> = Events[N];

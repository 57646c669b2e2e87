import { sep } from 'node:path';
import { Type, type Static, type TSchema } from 'typebox';
import { Compile } from 'typebox/compile';

// What a web server and a host say to each other. A host is a computer that runs Python children and has no projects
// folder. It asks, over HTTP; the web server answers. Both check everything, and everything has a largest size.

/** Worker and web server must have the same. */
export const VERSION = 2;

export const PREFIX = '/cluster';

export const LIMITS = {
  /** Of a file, either way. */
  fileBytes: 4_000_000_000,
  /** Of a run, what has come and is not in its place yet. */
  waitingBytes: 8_000_000_000,
  /** A request or an answer that is JSON, in which a line of a child may take six times its bytes. */
  jsonBytes: 8_000_000,
  /** The list of all inputs. */
  manifestBytes: 256_000_000,
  /** Files of a folder that comes back. */
  files: 2_000,
} as const;

/** Names a slot or a run; whoever knows it and has the key may speak for it. */
export const Token = Type.String({ pattern: '^[A-Za-z0-9_-]{16,64}$' });
export const Sha256 = Type.String({ pattern: '^[0-9a-f]{64}$' });
const count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });

/** Folders that a child is given, by what it takes them for. */
export const FOLDERS = ['project', 'model', 'output', 'checkpoints', 'instant', 'cache', 'shared-cache'] as const;
export type Folder = (typeof FOLDERS)[number];
/** What of them a host needs before the child starts, and what it sends back. */
export const INPUTS = ['project', 'model', 'checkpoints'] as const;
export const RESULTS = ['output', 'checkpoints', 'instant'] as const;
export type Input = (typeof INPUTS)[number];
export type Result = (typeof RESULTS)[number];

const literals = <const Name extends string>(names: readonly Name[]) => Type.Unsafe<Name>(Type.Enum([...names]));

/** A host has a free slot. */
export const Offer = Type.Object({
  version: Type.Integer(),
  host: Type.String({ minLength: 1, maxLength: 200 }),
  device: Type.String({ pattern: '^[A-Za-z0-9:]{1,16}$' }),
  threads: Type.Integer({ minimum: 1, maximum: 4096 }),
});
/** `lostMs`: a slot that asks nothing for so long is lost, with its job. */
export const Accepted = Type.Object({ slot: Token, lostMs: Type.Integer({ minimum: 100, maximum: 600_000 }) });

/** What children run on, as one of them said. */
export const Machine = Type.Object({
  device: Type.String({ minLength: 1, maxLength: 200 }),
  backend: Type.String({ minLength: 1, maxLength: 200 }),
});
/** The last order that the host has. `machine`: once a child has said it. */
export const Seen = Type.Object({ seen: count, machine: Type.Optional(Machine) });

/** What a child may be given beside its folders. */
export const Flag = Type.Object({
  name: literals([
    'device',
    'threads',
    'missing-weights',
    'answered',
    'resume',
    'share-cores',
    'logged-epoch',
    'board',
  ]),
  value: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9:._-]{1,64}$' })),
});
export type Flag = Readonly<Static<typeof Flag>>;

export const ENTRIES = [
  'train_image_classification',
  'train_object_detection',
  'train_voice_classification',
  'convert',
] as const;

/** What a child is to do. */
export const Work = Type.Object({
  entry: literals(ENTRIES),
  flags: Type.Array(Flag, { maxItems: 16 }),
  folders: Type.Array(literals(FOLDERS), { maxItems: FOLDERS.length, uniqueItems: true }),
});
export type Work = Readonly<Static<typeof Work>>;

const order = <const Kind extends string, Fields extends Record<string, TSchema>>(kind: Kind, fields: Fields) =>
  Type.Object({ n: count, kind: Type.Literal(kind), run: Token, ...fields });

/** From the web server to the host, each once, in the order of `n`. */
export const Order = Type.Union([
  order('run', { work: Work }),
  order('line', { text: Type.String({ maxLength: 1_000 }) }),
  order('signal', { name: literals(['SIGTERM', 'SIGKILL']) }),
]);
export type Order = Readonly<Static<typeof Order>>;
export const Orders = Type.Object({ orders: Type.Array(Order, { maxItems: 1_000 }) });

/** A file by its content. The path is relative to its folder, with `/` between. */
export const Item = Type.Object({
  path: Type.String({ minLength: 1, maxLength: 4_096 }),
  sha256: Sha256,
  bytes: Type.Integer({ minimum: 0, maximum: LIMITS.fileBytes }),
});
export type Item = Readonly<Static<typeof Item>>;

export const Tree = Type.Object({
  folders: Type.Array(Type.String({ minLength: 1, maxLength: 4_096 })),
  files: Type.Array(Item),
});
export type Tree = Readonly<Static<typeof Tree>>;
/** The inputs of a run: those that are there. */
export const Manifest = Type.Object({
  trees: Type.Partial(Type.Object({ project: Tree, model: Tree, checkpoints: Tree })),
});
export type Manifest = Readonly<Static<typeof Manifest>>;

/** How a host did not get a photo from the object store to which it was sent; then the web server sends it itself. */
export const STORE_FAULTS = ['unreachable', 'missing', 'wrong'] as const;
export type StoreFault = (typeof STORE_FAULTS)[number];
export const BlobQuery = Type.Object({ store: Type.Optional(literals(STORE_FAULTS)) });

/** A folder as it is now at the host. */
export const Listing = Type.Object({ files: Type.Array(Item, { maxItems: LIMITS.files }) });
/** What of it the web server does not have; with none the folder is in place. */
export const Missing = Type.Object({ missing: Type.Array(Sha256, { maxItems: LIMITS.files }) });

/** Lines of standard output, and what came on standard error (base64), as they came. `from`: the count of all before. */
export const Output = Type.Object({
  from: count,
  items: Type.Array(
    Type.Union([
      Type.Object({ text: Type.String() }),
      Type.Object({ head: Type.String(), bytes: count }),
      Type.Object({ stderr: Type.String() }),
    ]),
    { maxItems: 10_000 },
  ),
});
export type OutputItem = Readonly<Static<typeof Output>['items'][number]>;

export const Exit = Type.Object({
  code: Type.Union([Type.Integer(), Type.Null()]),
  signal: Type.Union([Type.String({ maxLength: 32 }), Type.Null()]),
  reason: Type.Optional(Type.String({ maxLength: 4_000 })),
  /** It is no fault of the job: another child may go on. */
  orphaned: Type.Optional(Type.Literal(true)),
});

/** A value as what it must be. Throws an error that says what it should have been. */
export function readerOf<Schema extends TSchema>(schema: Schema, what: string): (value: unknown) => Static<Schema> {
  const validator = Compile(schema);
  return (value) => {
    if (validator.Check(value)) return value as Static<Schema>;
    throw new Error(`what came is not ${what} as version ${VERSION} knows it`);
  };
}

/** A path that stays within its folder. A label may have a backslash, which names a folder where `/` alone does. */
export function isInnerPath(path: string, separator: string = sep): boolean {
  const isPart = (part: string) => part !== '' && part !== '.' && part !== '..' && Buffer.byteLength(part) <= 255;
  const leadsOut = separator === '/' ? /\0/ : /[\0\\:]/;
  return path.length <= 4_096 && !leadsOut.test(path) && path.split('/').every(isPart);
}

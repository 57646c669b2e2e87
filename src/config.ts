/** What the server was told. Frozen; made in one place from the environment. */
export interface Config {
  readonly host: string;
  readonly port: number;
  readonly projectsDir: string;
  readonly device: string;
  /** Jobs at once; undefined: one per GPU, one on CPU. */
  readonly slots: number | undefined;
  readonly weightsDir: string | undefined;
  readonly missingWeights: 'substitute' | 'random' | 'fail';
  readonly maxUploadBytes: number;
  readonly maxUnpackedBytes: number;
  readonly maxFiles: number;
  /** Empty: no key is asked for. A key without a name opens the default workspace ''. */
  readonly keys: readonly { readonly workspace: string; readonly key: string }[];
  readonly logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';
  /** The interpreter of the Python children. */
  readonly python: string;
  /** The folder of child.py and infer.py. */
  readonly pythonDir: string;
  readonly trustProxy: boolean;
}

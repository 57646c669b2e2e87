/** What a child may know of the server's environment. Keys and tokens stay behind. */
const ALLOWED = new Set([
  'PATH',
  'HOME',
  'USERPROFILE',
  'SYSTEMROOT',
  'TMPDIR',
  'TEMP',
  'TMP',
  'LANG',
  'TZ',
  'LD_LIBRARY_PATH',
  'CUDA_VISIBLE_DEVICES',
  'CUDA_HOME',
  'XDG_CACHE_HOME',
  'TORCH_HOME',
]);
const ALLOWED_PREFIX = /^(LC_|NVIDIA_)/;
/** Every maths library reads a variable of its own; torch's --threads does not reach numpy's. */
const THREAD_VARIABLES = ['OMP_NUM_THREADS', 'MKL_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'NUMEXPR_NUM_THREADS'];

/** glibc gives large tensors back after every step and the kernel must clear them anew: a tenth of a training step. */
const KEPT_BYTES = String(1 << 30);

export interface ChildSettings {
  readonly threads: number;
  readonly weightsDir: string | undefined;
}

/** The complete environment of a child, from an allow-list. */
export function childEnvironment(
  own: Readonly<Record<string, string | undefined>>,
  settings: ChildSettings,
): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(own)) {
    if (value !== undefined && (ALLOWED.has(name.toUpperCase()) || ALLOWED_PREFIX.test(name))) env[name] = value;
  }
  for (const name of THREAD_VARIABLES) env[name] = String(settings.threads);
  // A thread that waits for others sleeps instead of spinning: on a machine with other work a step takes a quarter of the time.
  env.OMP_WAIT_POLICY = 'PASSIVE';
  env.MALLOC_MMAP_THRESHOLD_ = KEPT_BYTES;
  env.MALLOC_TRIM_THRESHOLD_ = KEPT_BYTES;
  env.PYTHONUNBUFFERED = '1';
  env.PYTHONIOENCODING = 'utf-8';
  if (settings.weightsDir) env.MAI_WEIGHTS_DIR = settings.weightsDir;
  return env;
}

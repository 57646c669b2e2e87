const BOARD_FILES = ['model_int8.param', 'model_int8.bin', 'model_cpu.npz', 'model.cvimodel'];

/** Megabytes of what the board loads, to a tenth; undefined where the report does not say. */
export function sizeOf(files: Readonly<Record<string, number>> | undefined): number | undefined {
  const bytes = BOARD_FILES.map((name) => files?.[name] ?? 0).reduce((sum, size) => sum + size, 0);
  return bytes === 0 ? undefined : Math.max(0.1, Math.round(bytes / 1e5) / 10);
}

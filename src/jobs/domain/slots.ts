// Divides GPUs and processor cores into slots, on which jobs run.

/** Where a job runs. */
export interface Slot {
  readonly index: number;
  /** As `--device` wants it. */
  readonly device: string;
  readonly threads: number;
  /** The one GPU its child may see; undefined: what the server sees. */
  readonly gpu?: string;
}

export interface Machine {
  /** As CUDA_VISIBLE_DEVICES names them. */
  readonly gpus: readonly string[];
  readonly cores: number;
}

/** So many short jobs run at once beside the others: one alone leaves a third of two cores idle. */
const BESIDE = 2;

/**
 * So many trainings of sounds share a slot, each with one thread. Two threads make one 1.5 times as fast, so two at once on
 * two cores take 0.76 of the time that one after the other takes with both. With these two figures, Amdahl's law has the
 * last of four done earlier at once than one after the other, on any number of cores; three and four were not measured.
 */
const MOST_SHARING = 4;

/** For what takes seconds while somebody waits: all of the processor. */
export function wholeProcessor(slots: readonly Slot[], cores: number): Slot {
  const { device = 'cpu', gpu } = slots[0] ?? {};
  return { index: slots.length, device, threads: cores, ...(gpu === undefined ? {} : { gpu }) };
}

/** The slots beside the others. */
export function slotsBeside(slots: readonly Slot[], cores: number): readonly Slot[] {
  const whole = wholeProcessor(slots, cores);
  return Array.from({ length: Math.min(BESIDE, cores) }, (_, at) => ({ ...whole, index: whole.index + at }));
}

/** The same slot with half of its threads: for a conversion of the model so far that runs beside another one. */
export function halfOf(slot: Slot): Slot {
  return { ...slot, threads: Math.max(1, Math.floor(slot.threads / BESIDE)) };
}

/** How many jobs with one thread each a slot has room for. */
export function threadsToShare({ device, gpu, threads }: Slot): number {
  return gpu === undefined && !device.startsWith('cuda') ? Math.min(MOST_SHARING, threads) : 1;
}

/** How many jobs share a slot here at most. */
export function mostSharing(slots: readonly Slot[]): number {
  return Math.max(1, ...slots.map(threadsToShare));
}

/**
 * One slot per GPU, one on CPU, or as many as asked for; processor cores are divided among them.
 * A slot's child sees its own GPU alone, so that `auto` can still fall back to the processor
 * where there is a GPU but torch cannot use it.
 */
export function planSlots(device: string, slots: number | undefined, { gpus, cores }: Machine): Slot[] {
  const given = device === 'auto' || device === 'cuda' ? gpus : [];
  const count = slots ?? Math.max(1, given.length);
  const threads = Math.max(1, Math.floor(cores / count));
  return Array.from({ length: count }, (_, index) => {
    const gpu = given[index % Math.max(1, given.length)];
    return { index, device, threads, ...(gpu === undefined ? {} : { gpu }) };
  });
}

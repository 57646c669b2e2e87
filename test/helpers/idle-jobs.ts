import type { JobService } from '../../src/jobs/job-service.ts';

/** For tests that start no job: a service that has none. */
export function idleJobs(overrides: Partial<JobService> = {}): JobService {
  const never = async () => {
    throw new Error('this test starts no jobs');
  };
  return {
    submitTrain: never,
    submitConvert: never,
    whenFinished: never,
    cancel: async () => false,
    get: () => undefined,
    newestIn: () => undefined,
    list: () => [],
    newestOf: (refs) => refs.map(() => undefined),
    trainingsOf: () => [],
    restore: never,
    whileIdle: (_ref, task) => task([]),
    open: () => [],
    load: () => ({ slots: 1, freeSlots: 1, waiting: 0 }),
    onChange: () => () => undefined,
    stageOf: async () => 0,
    trainingOf: () => undefined,
    audienceOf: () => new Set(),
    forget: (_ref, remove) => remove(),
    forgetIdle: (_ref, remove) => remove(),
    latestOf: () => undefined,
    noteUpload: () => undefined,
    machine: { device: 'CPU', backend: 'none' },
    recover: async () => undefined,
    start: () => undefined,
    close: async () => undefined,
    ...overrides,
  };
}

/** The same for tests of what a request reaches: writes down what is asked of it, and makes no job. */
export function recordingJobs(asked: string[]): JobService {
  const refuse = (what: string) => async () => {
    asked.push(what);
    throw new Error('asked');
  };
  return idleJobs({
    cancel: async () => {
      asked.push('cancel');
      return true;
    },
    submitConvert: refuse('convert'),
    submitTrain: refuse('train'),
    forget: async () => void asked.push('delete'),
  });
}

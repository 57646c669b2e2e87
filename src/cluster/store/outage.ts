// While the object store does not answer, nobody waits for it: one question tries it again after a while.

export interface Outage {
  /** `wait`: the store did not answer lately; `try`: see whether it does again. */
  now(): 'none' | 'wait' | 'try';
  began(error: unknown): void;
  answered(): void;
}

/** `report` hears of each outage once. */
export function createOutage(clock: () => number, againMs: number, report: (error: unknown) => void): Outage {
  let againAt: number | undefined;
  const later = () => (againAt = clock() + againMs);
  return {
    now() {
      if (againAt === undefined) return 'none';
      if (clock() < againAt) return 'wait';
      // the others go on without it meanwhile
      later();
      return 'try';
    },
    began(error) {
      if (againAt === undefined)
        report(
          new Error(
            'The store of MAI_S3_BUCKET cannot be used now: until it can, web servers send photos themselves.',
            {
              cause: error,
            },
          ),
        );
      later();
    },
    answered: () => void (againAt = undefined),
  };
}

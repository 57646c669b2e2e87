import { serverStopping } from '../errors.ts';
import { type Exclusion, KeyedMutex } from '../files/mutex.ts';
import { type ProjectRef, refKey } from '../projects/project.ts';

/** Changes of a project's jobs run one after the other. */
export interface ProjectTurns {
  run<Value>(ref: ProjectRef, task: () => Promise<Value>): Promise<Value>;
  /** The same for what must not begin any more once the server stops: then it rejects. */
  runUnlessStopping<Value>(ref: ProjectRef, task: () => Promise<Value>): Promise<Value>;
  readonly stopping: boolean;
  stop(): void;
}

export function createProjectTurns(mutex: Exclusion = new KeyedMutex()): ProjectTurns {
  let stopping = false;
  return {
    run: (ref, task) => mutex.run(refKey(ref), task),
    runUnlessStopping: (ref, task) =>
      mutex.run(refKey(ref), async () => {
        if (stopping) throw serverStopping();
        return task();
      }),
    get stopping() {
      return stopping;
    },
    stop() {
      stopping = true;
    },
  };
}

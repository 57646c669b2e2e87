import { readdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder, writeSynced } from '../../files/durable.ts';
import { KeyedMutex } from '../../files/mutex.ts';
import { damageOf, readOwnJson } from '../../files/own-json.ts';
import type { ProjectRef } from '../../projects/project.ts';
import type { ProjectStore } from '../../projects/store.ts';
import { isFullDisk, isMissing } from '../../system-errors.ts';
import type { Job } from '../domain/job.ts';
import { StoredJob } from '../domain/job-schema.ts';

/** job.json of every job. */
export interface JobFiles {
  /** Written beside, synced, renamed, its folder synced: after a crash or a power cut it is the old state or the new one. Writes of one job keep their order. */
  write(job: Job): Promise<void>;
  /** Undefined: there is no job.json, so what lies there is left over. Throws DamagedFile, or what the system says. */
  read(ref: ProjectRef, jobId: string): Promise<Job | undefined>;
  ids(ref: ProjectRef): Promise<string[]>;
}

export function createJobFiles(store: Pick<ProjectStore, 'paths'>): JobFiles {
  const mutex = new KeyedMutex();
  const pathOf = (ref: ProjectRef, jobId: string) => store.paths(ref).jobPaths(jobId).job;

  return {
    write: (job) =>
      mutex.run(job.id, async () => {
        const path = pathOf(job.ref, job.id);
        const text = `${JSON.stringify(job, null, 1)}\n`;
        try {
          await writeSynced(`${path}.part`, text);
          await rename(`${path}.part`, path);
          await syncFolder(dirname(path));
          await syncFolder(dirname(dirname(path)));
        } catch (error) {
          if (!isFullDisk(error)) throw error;
          // A full disk has no room for a new file, but the old one has its block: a state that might be torn is better than one that is wrong.
          await rm(`${path}.part`, { force: true });
          await writeSynced(path, text, 'r+');
        }
      }),
    async read(ref, jobId) {
      const job = await readOwnJson(pathOf(ref, jobId), StoredJob);
      // The folder says which project it is: a projects folder may be moved or renamed.
      return job === undefined ? undefined : ({ ...job, id: jobId, ref } as Job);
    },
    async ids(ref) {
      try {
        const names = await readdir(store.paths(ref).jobs);
        return names.filter((name) => /^[A-Za-z0-9_-]{1,64}$/.test(name)).sort();
      } catch (error) {
        if (isMissing(error)) return [];
        throw damageOf(store.paths(ref).jobs, error) ?? error;
      }
    },
  };
}

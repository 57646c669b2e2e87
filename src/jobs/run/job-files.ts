import { readdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { overwriteFile, replaceFile } from '../../files/replace-file.ts';
import { syncFolder } from '../../files/sync-folder.ts';
import { KeyedMutex } from '../../files/mutex.ts';
import { damageOf, readOwnJson } from '../../files/own-json.ts';
import type { ProjectRef } from '../../projects/project.ts';
import type { ProjectStore } from '../../projects/store.ts';
import { isFullDisk, isMissing } from '../../system-errors.ts';
import type { Job } from '../domain/job.ts';
import { StoredJob } from '../domain/job-schema.ts';

/** job.json of every job. */
export interface JobFiles {
  /** After a crash or a power cut it is the old state or the new one. Writes of one job keep their order. */
  write(job: Job): Promise<void>;
  /** Undefined: there is no job.json, so what lies there is left over. Throws DamagedFile, or what the system says. */
  read(ref: ProjectRef, jobId: string): Promise<Job | undefined>;
  ids(ref: ProjectRef): Promise<string[]>;
}

export function createJobFiles(store: Pick<ProjectStore, 'paths'>): JobFiles {
  const mutex = new KeyedMutex();
  const pathsOf = (ref: ProjectRef, jobId: string) => store.paths(ref).jobPaths(jobId);

  return {
    write: (job) =>
      mutex.run(job.id, async () => {
        const { job: path, jobDraft: draft, root } = pathsOf(job.ref, job.id);
        const text = `${JSON.stringify(job, null, 1)}\n`;
        try {
          await replaceFile(path, text, { draft });
          await syncFolder(dirname(root));
        } catch (error) {
          if (!isFullDisk(error)) throw error;
          await overwriteFile(path, text);
        }
      }),
    async read(ref, jobId) {
      const stored = await readOwnJson(pathsOf(ref, jobId).job, StoredJob);
      if (stored === undefined) return undefined;
      const { untold, ...job } = stored;
      // The folder says which project it is: a projects folder may be moved or renamed.
      return { ...(untold && { pendingEvent: untold }), ...job, id: jobId, ref } as Job;
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

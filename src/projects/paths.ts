import { join } from 'node:path';
import { invalidProjectId } from '../errors.ts';
import type { ProjectRef } from './project.ts';

// The only joiner of project paths. Everything that reaches `join` here has passed a pattern
// without dots and slashes, so no path can leave the projects folder.

const NAME = /^[A-Za-z0-9_-]{1,64}$/;

export interface JobPaths {
  readonly root: string;
  readonly job: string;
  readonly events: string;
  readonly stderr: string;
  readonly input: string;
  readonly checkpoints: string;
  readonly instant: string;
  readonly output: string;
}

export interface ProjectPaths {
  readonly root: string;
  readonly project: string;
  readonly datasetFile: string;
  readonly dataset: string;
  /** Who sent the newest upload and when. */
  readonly upload: string;
  readonly output: string;
  readonly cache: string;
  readonly jobs: string;
  /** A checked upload on its way in: the redo log of one entry. */
  readonly nextUpload: string;
  readonly nextOutput: string;
  jobPaths(jobId: string): JobPaths;
}

export function isProjectId(id: string): boolean {
  return NAME.test(id);
}

/** The folder of a workspace: the projects folder itself, or `@<name>` in it (no project id holds an @). */
export function workspaceRoot(projectsDir: string, workspace: string): string {
  if (workspace === '') return projectsDir;
  if (!NAME.test(workspace)) throw new Error('a workspace name must be of letters, digits, _ and -');
  return join(projectsDir, `@${workspace}`);
}

export function projectPaths(projectsDir: string, ref: ProjectRef): ProjectPaths {
  if (!isProjectId(ref.id)) throw invalidProjectId(ref.id);
  const root = join(workspaceRoot(projectsDir, ref.workspace), ref.id);
  const jobs = join(root, 'jobs');
  return {
    root,
    project: join(root, 'project.json'),
    datasetFile: join(root, 'dataset.json'),
    dataset: join(root, 'dataset'),
    upload: join(root, 'upload.json'),
    output: join(root, 'output'),
    cache: join(root, 'cache'),
    jobs,
    nextUpload: join(root, '.next-upload'),
    nextOutput: join(root, '.next-output'),
    jobPaths: (jobId) => jobPaths(jobs, jobId),
  };
}

function jobPaths(jobs: string, jobId: string): JobPaths {
  if (!NAME.test(jobId)) throw new Error(`a job id must be of letters, digits, _ and -, not "${jobId}"`);
  const root = join(jobs, jobId);
  return {
    root,
    job: join(root, 'job.json'),
    events: join(root, 'events.jsonl'),
    stderr: join(root, 'stderr.log'),
    input: join(root, 'input'),
    checkpoints: join(root, 'checkpoints'),
    instant: join(root, 'instant'),
    output: join(root, 'output'),
  };
}

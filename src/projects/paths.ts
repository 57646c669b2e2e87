import { join } from 'node:path';
import { isProjectFolder } from './folder-name.ts';

// The only joiner of project paths. Everything that reaches `join` here is one name without
// separators and without a dot in front, so no path can leave the projects folder.

const NAME = /^[A-Za-z0-9_-]{1,64}$/;

export interface JobPaths {
  readonly root: string;
  readonly job: string;
  /** The next job.json while it is written. */
  readonly jobDraft: string;
  readonly events: string;
  readonly stderr: string;
  readonly input: string;
  readonly checkpoints: string;
  readonly instant: string;
  readonly output: string;
  /** The same with the board's files, where it is converted at once. */
  readonly converted: string;
  /** What was output/ of the project until another training's model came; a whole one, converted or not. */
  readonly model: string;
  /** Its report, where the model itself is no longer kept. */
  readonly report: string;
}

export interface ProjectPaths {
  readonly root: string;
  readonly project: string;
  readonly datasetFile: string;
  readonly dataset: string;
  /** What was changed of it since. */
  readonly edits: string;
  /** The name of the pupil whose project it is. */
  readonly owner: string;
  /** Which samples were deleted everywhere, as far as it may be known. */
  readonly deletions: string;
  /** A sample on its way out: a redo log of one entry. */
  readonly erasing: string;
  /** When it was used last. */
  readonly use: string;
  /** Who sent the newest upload and when. */
  readonly upload: string;
  readonly output: string;
  readonly cache: string;
  /** What was computed, on its way out. */
  readonly goneCache: string;
  readonly jobs: string;
  /** A checked upload on its way in: the redo log of one entry. */
  readonly nextUpload: string;
  readonly nextOutput: string;
  /** `fence`: which of several processes that had the job one after the other; each makes its own output. */
  jobPaths(jobId: string, fence?: number): JobPaths;
}

/** The folder of a workspace: the projects folder itself, or `@<name>` in it (no project folder begins with an @). */
export function workspaceRoot(projectsDir: string, workspace: string): string {
  if (workspace === '') return projectsDir;
  if (!NAME.test(workspace)) throw new Error('a workspace name must be of letters, digits, _ and -');
  return join(projectsDir, `@${workspace}`);
}

/**
 * What conversions of all classrooms keep for each other: files of networks that this installation ships, nothing of a
 * project. No project's folder begins with a dot, so no listing shows it.
 */
export function sharedCache(projectsDir: string): string {
  return join(projectsDir, '.known-networks');
}

/** `folder` is the name that the folder index knows the project by. */
export function projectPaths(projectsDir: string, workspace: string, folder: string): ProjectPaths {
  if (!isProjectFolder(folder)) throw new Error(`"${folder}" cannot be the folder of a project`);
  const root = join(workspaceRoot(projectsDir, workspace), folder);
  const jobs = join(root, 'jobs');
  return {
    root,
    project: join(root, 'project.json'),
    datasetFile: join(root, 'dataset.json'),
    dataset: join(root, 'dataset'),
    edits: join(root, 'edits.json'),
    owner: join(root, 'owner.json'),
    deletions: join(root, 'deletions.json'),
    erasing: join(root, '.erasing.json'),
    use: join(root, 'use.json'),
    upload: join(root, 'upload.json'),
    output: join(root, 'output'),
    cache: join(root, 'cache'),
    goneCache: join(root, '.gone-cache'),
    jobs,
    nextUpload: join(root, '.next-upload'),
    nextOutput: join(root, '.next-output'),
    jobPaths: (jobId, fence) => jobPaths(jobs, jobId, fence),
  };
}

function jobPaths(jobs: string, jobId: string, fence?: number): JobPaths {
  if (!NAME.test(jobId)) throw new Error(`a job id must be of letters, digits, _ and -, not "${jobId}"`);
  const root = join(jobs, jobId);
  const own = fence === undefined ? '' : `-${fence}`;
  return {
    root,
    job: join(root, 'job.json'),
    jobDraft: join(root, 'job.json.part'),
    events: join(root, 'events.jsonl'),
    stderr: join(root, 'stderr.log'),
    input: join(root, 'input'),
    checkpoints: join(root, 'checkpoints'),
    instant: join(root, 'instant'),
    output: join(root, `output${own}`),
    converted: join(root, `converted${own}`),
    model: join(root, 'model'),
    report: join(root, 'report.json'),
  };
}

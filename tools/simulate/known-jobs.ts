import { isOpen, type Job } from '../../src/jobs/domain/job.ts';

// The jobs of a simulated server, as they are on disk.

export class KnownJobs {
  readonly #jobs = new Map<string, Job>();
  readonly #ofProject = new Map<string, string[]>();

  set(job: Job): void {
    if (!this.#jobs.has(job.id)) this.#ofProject.set(job.ref.id, [...(this.#ofProject.get(job.ref.id) ?? []), job.id]);
    this.#jobs.set(job.id, job);
  }

  get(id: string): Job {
    const job = this.#jobs.get(id);
    if (!job) throw new Error(`there is no job ${id}`);
    return job;
  }

  all(): readonly Job[] {
    return [...this.#jobs.values()];
  }

  /** Those of a project that wait or run. */
  openOf(project: string): readonly Job[] {
    return (this.#ofProject.get(project) ?? []).map((id) => this.get(id)).filter(isOpen);
  }
}

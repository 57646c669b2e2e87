import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { System } from './backends.ts';
import { jobLog } from './job-log.ts';
import { until } from './until.ts';

// Trainings with a model so far, and the conversions of it, in one system.

/** What the tests do with projects of one system. */
export function projectsOf(system: System, name: string, scratch: string) {
  const client = () => system.client('127.0.0.2');
  const jobOf = async (project: string, kind: string) =>
    (await client().jobs()).find((job) => job.project_id === project && job.kind === kind) ??
    assert.fail(`no ${kind} of ${project}`);
  const trains = async (project: string, config: object) => {
    await client().train(project, { epochs: 2, mark: project, ...config });
    return project;
  };
  const withModel = async (project: string, state: string) => {
    const job = await client().jobIn(project, state);
    const instant = join(system.projects, project, 'jobs', job.id, 'instant');
    mkdirSync(instant, { recursive: true });
    writeFileSync(join(instant, 'model.pth'), `instant model of ${project}`);
    return job;
  };
  const path = (project: string, file: string) => join(system.projects, project, 'output', file);
  const output = (project: string, file: string) => readFileSync(path(project, file), 'utf8');
  return {
    jobOf,
    output,
    isIn: (project: string, kind: string, state: string) =>
      until(
        async () => {
          const job = (await client().jobs()).find((one) => one.project_id === project && one.kind === kind);
          return job?.state === state ? job : undefined;
        },
        60_000,
        `the ${kind} of ${project} to be ${state}`,
      ),
    /** Trainings that have a quick first model, and go on until their gate opens. */
    begins: async (project: string, config: object) => withModel(await trains(project, config), 'active'),
    waits: async (project: string, config: object) => withModel(await trains(project, config), 'waiting'),
    /** The events in its log, notices by their code; one that has just begun may have no log yet. */
    codesOf: (project: string, id: string) =>
      existsSync(join(system.projects, project, 'jobs', id, 'events.jsonl'))
        ? jobLog(system.projects, project, id).map(({ event, code }) => code ?? event)
        : [],
    /** How often processes have taken a job. */
    claimsOf: (project: string, id: string) =>
      readdirSync(join(system.projects, project, 'jobs', id)).filter((file) => file.startsWith('.claim-')).length,
    convert: (project: string) => client().get(`/convert?project_id=${project}`),
    stage: async (project: string) => (await client().get(`/projects/${project}`)).body['stage'],
    /** Its model is about to be put in place; of one process no record says it. */
    isFinishing: (project: string, id: string) =>
      until(
        () => {
          const text = readFileSync(join(system.projects, project, 'jobs', id, 'job.json'), 'utf8');
          return name === 'embedded' || text.includes('"finishing": true');
        },
        60_000,
        `the end of ${project}`,
      ),
    /** The files are those of the training, and were converted by it, or by one of these. */
    isOfTrained(project: string, id: string, ...by: string[]) {
      const origin = JSON.parse(output(project, 'origin.json')) as Record<string, unknown>;
      assert.equal(origin['jobId'], id);
      assert.ok((by.length > 0 ? by : [id]).includes(String(origin['convertedBy'])));
      assert.equal(output(project, 'model.pth'), `model.pth of ${project}`);
      assert.ok(existsSync(path(project, 'model_int8.bin')));
    },
    gate(what: string) {
      const file = join(scratch, `${name} ${what}`);
      return {
        path: file,
        open: () => writeFileSync(file, ''),
        shut() {
          rmSync(file);
          rmSync(`${file}.waiting`, { force: true });
        },
      };
    },
  };
}

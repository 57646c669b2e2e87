import assert from 'node:assert/strict';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { jobLog } from '../helpers/job-log.ts';
import { isOver, killWhileTrainIsPressed } from '../helpers/kill-while-pressed.ts';
import { type JobClient, startJobServer } from '../helpers/job-server.ts';
import { markedEnvironment, processesWith } from '../helpers/processes.ts';
import { startServerProcess } from '../helpers/server-process.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';

const { mark, environment } = markedEnvironment();
after(() => until(() => processesWith(mark).length === 0, 60_000, 'the end of all processes'));

const ended = (server: JobClient, id: unknown) =>
  until(
    async () => {
      const { body } = await server.get(`/jobs/${String(id)}`);
      return isOver(String(body.state)) ? body : undefined;
    },
    60_000,
    `the end of ${String(id)}`,
  );
const eventsOf = (projects: string, id: unknown) =>
  jobLog(projects, 'p', String(id)).map(({ event, code }) => code ?? event);

describe('kill -9 of the server while a second Train takes the place of a running one', () => {
  it('just after the answer, while the old training is being ended: the old one is cancelled, the new one trains alone', async () => {
    const projects = await tempDir();
    let server = await startServerProcess(projects, environment);
    const first = (await server.train('p', { script: 'ignore_term' })).body.job_id;
    await server.jobIn('p', 'active');
    await until(
      () =>
        existsSync(join(projects, 'p', 'jobs', String(first), 'events.jsonl')) &&
        eventsOf(projects, first).includes('dataset_loading'),
    );
    await server.upload('p', { epochs: 2, mark: 'second' });
    const accepted = await server.post('/train', { project: 'p', train_config: {} });
    await server.end('SIGKILL');
    const job = JSON.parse(readFileSync(join(projects, 'p', 'jobs', String(first), 'job.json'), 'utf8')) as object;
    // Ending it takes 0.8 s: nothing was decided yet.
    assert.deepEqual([accepted.body.result, 'state' in job && job.state], ['OK', 'active']);

    server = await startServerProcess(projects, environment);
    const [old, anew] = [await ended(server, first), await ended(server, accepted.body.job_id)];
    assert.deepEqual([old.state, old.code, anew.state, anew.attempt], ['cancelled', 'superseded', 'completed', 1]);
    assert.ok(Number(anew.started_at) >= Number(old.finished_at));
    const events = eventsOf(projects, accepted.body.job_id);
    const begins = events.filter((event) => event === 'initial').length;
    assert.deepEqual([eventsOf(projects, first).at(-1), events[0], begins], ['superseded', 'initial', 1]);
    assert.match(readFileSync(join(projects, 'p', 'output', 'model.pth'), 'utf8'), /second/);
    await server.end('SIGTERM');
  });

  it('at two moments: never two of a project, never none, and what was answered is not lost', () =>
    killWhileTrainIsPressed([0, 40], mark, environment));
});

describe('a stop in good order while a second Train takes the place of a running one', () => {
  it('leaves the new one to the next start', async () => {
    const projects = await tempDir();
    const server = await startJobServer({ projectsDir: projects }, { environment });
    const first = (await server.train('p', { script: 'ignore_term' })).body.job_id;
    await server.jobIn('p', 'active');
    await server.upload('p', { epochs: 1 });
    const closing = server.post('/train', { project: 'p', train_config: {} });
    const second = (await closing).body.job_id;
    await server.app.close();
    const again = await startJobServer({ projectsDir: projects }, { environment });
    assert.deepEqual(
      [(await ended(again, first)).code, (await ended(again, second)).state],
      ['superseded', 'completed'],
    );
  });
});

describe('a server killed while a training waits for the conversion of its project', () => {
  it('converts first and then trains, also with two slots', async () => {
    const projects = await tempDir();
    const go = join(await tempDir(), 'go');
    let server = await startServerProcess(projects, environment, { slots: 2 });
    await server.train('p', { epochs: 1, convertUntil: go });
    await server.jobIn('p', 'completed');
    void server.get('/convert?project_id=p').catch(() => undefined);
    const conversion = await server.jobIn('p', 'active');
    const { job_id } = (await server.train('p', { epochs: 1, mark: 'after' })).body;
    await server.end('SIGKILL');

    server = await startServerProcess(projects, environment, { slots: 2 });
    await server.from('127.0.0.2').train('other', { epochs: 1 });
    await server.jobIn('other', 'completed');
    const states = async () => [
      (await server.get(`/jobs/${conversion.id}`)).body.state,
      (await server.get(`/jobs/${String(job_id)}`)).body.state,
    ];
    assert.deepEqual(await states(), ['active', 'waiting']);
    assert.equal((await server.get('/ping')).body.stage, 4);
    writeFileSync(go, '');
    const [converted, trained] = [await ended(server, conversion.id), await ended(server, job_id)];
    assert.deepEqual([converted.state, converted.attempt, trained.state], ['completed', 2, 'completed']);
    assert.ok(Number(trained.started_at) >= Number(converted.finished_at));
    await server.end('SIGTERM');
  });

  it('between the two steps in which a newer Train replaces the one that waits: conversion and newest training stay', async () => {
    const projects = await tempDir();
    const server = await startJobServer({ projectsDir: projects, slots: 1 }, { environment });
    await server.train('p', { epochs: 1 });
    await server.jobIn('p', 'completed');
    await server.from('127.0.0.9').train('busy', { script: 'silent' });
    void server.get('/convert?project_id=p').catch(() => undefined);
    const conversion = await server.jobIn('p', 'waiting');
    const older = (await server.train('p', { epochs: 1 })).body.job_id;
    await server.app.close();
    const jobs = join(projects, 'p', 'jobs');
    const newest = 'zzzzzzzzz-000000';
    cpSync(join(jobs, String(older)), join(jobs, newest), { recursive: true });
    rmSync(join(jobs, newest, 'events.jsonl'));
    const path = join(jobs, newest, 'job.json');
    writeFileSync(path, JSON.stringify({ ...(JSON.parse(readFileSync(path, 'utf8')) as object), inputOf: newest }));

    const again = await startJobServer({ projectsDir: projects, slots: 1 }, { environment });
    await again.get('/terminate?project_id=busy');
    const [converted, superseded, trained] = [
      await ended(again, conversion.id),
      await ended(again, older),
      await ended(again, newest),
    ];
    assert.deepEqual([converted.state, superseded.code, trained.state], ['completed', 'superseded', 'completed']);
    assert.ok(Number(trained.started_at) >= Number(converted.finished_at));
    assert.ok(readdirSync(jobs).includes(newest));
  });
});

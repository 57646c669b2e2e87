import { freemem } from 'node:os';
import { type AgreementChecks, createAgreementChecks } from './agreement-checks.ts';
import { reasonOf } from './domain/reasons.ts';
import { audienceOfProject } from './job-views.ts';
import { logIds } from './log-ids.ts';
import type { JobParts } from './parts.ts';
import { agreementFolders, startAgreementChild } from './run/agreement-child.ts';

// Connects the later comparisons of board and network with the queue, the streams, and other processes.

/** Converted models are compared with the board on more photos while nothing else is to do. */
export function createChecks({
  config,
  environment,
  store,
  bus,
  log,
  registry,
  latest,
  scheduler,
  tuning,
  happenings,
  backend,
}: JobParts): AgreementChecks {
  const checks = createAgreementChecks({
    mayRun: () => scheduler.isIdle() && freemem() >= tuning.agreementMinFreeBytes,
    start(job) {
      const check = startAgreementChild({ config, environment }, agreementFolders(store, job));
      const over = backend.noteComparison(job, () => void checks.drop(job.ref));
      void check.done.catch(() => undefined).finally(over);
      return check;
    },
    notify(job, agreement) {
      const { ref } = job;
      const project = {
        workspace: ref.workspace,
        projectId: ref.id,
        addresses: audienceOfProject(registry, latest, ref),
      };
      bus.notifyProject(project, { event: 'notice', ...reasonOf('agreement_checked', { ...agreement }) });
      happenings.emit('compared', job);
    },
    report: (error, job) =>
      log.warn({ err: error, ...logIds(job) }, 'board and network were not compared on more photos'),
    afterMs: tuning.agreementAfterMs,
    againMs: tuning.agreementAgainMs,
  });
  happenings.on('compareNoMore', (ref) => void checks.drop(ref));
  return {
    ...checks,
    drop: async (ref) => void (await Promise.all([checks.drop(ref), backend.endComparisons(ref)])),
  };
}

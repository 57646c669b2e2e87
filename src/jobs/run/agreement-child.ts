import { join } from 'node:path';
import { childEnvironment } from '../../child/environment.ts';
import { parseLine } from '../../child/parse-line.ts';
import { NICENESS } from '../../child/priority.ts';
import { spawnChild } from '../../child/spawn.ts';
import { keepTail } from '../../child/tail.ts';
import { terminate } from '../../child/terminate.ts';
import type { Config } from '../../config.ts';
import type { ProjectStore } from '../../projects/store.ts';
import type { Agreement, Check } from '../agreement-checks.ts';
import type { Job } from '../domain/job.ts';
import { JOB_TIMES } from '../../time-limits.ts';

// The Python process that compares the board's network with the original.

/** So much of what a failed process wrote is kept, the end of it. */
const MAX_WRITTEN = 2000;

export interface AgreementFolders {
  readonly input: string;
  readonly output: string;
  readonly cache: string;
}

export interface AgreementChildOptions {
  readonly config: Pick<Config, 'python' | 'pythonDir' | 'weightsDir'>;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

function figuresOf({ same, compared, expect_least, expect_most }: Agreement): Agreement {
  return { same, compared, expect_least, expect_most };
}

/** Where a conversion's photos and what it made lie. */
export function agreementFolders(store: Pick<ProjectStore, 'paths'>, job: Job): AgreementFolders {
  const paths = store.paths(job.ref);
  return { input: paths.jobPaths(job.inputOf).input, output: paths.output, cache: paths.cache };
}

/** A conversion of a voice network has compared every clip already. */
export function isComparedLater({ projectType }: Pick<Job, 'projectType'>): boolean {
  return projectType !== 'VOICE_CLASSIFICATION';
}

/** The process that compares board and float network on many photos, and notes it in report.json. */
export function startAgreementChild({ config, environment }: AgreementChildOptions, folders: AgreementFolders): Check {
  let found: Agreement | undefined;
  const written = keepTail(MAX_WRITTEN);
  let stopped = false;
  const child = spawnChild(
    {
      file: config.python,
      args: [
        join(config.pythonDir, 'check_agreement.py'),
        '--owned',
        '--project',
        folders.input,
        '--model',
        folders.output,
        '--cache',
        folders.cache,
        '--threads',
        '1',
      ],
      env: childEnvironment(environment, { threads: 1, weightsDir: config.weightsDir }),
      niceness: NICENESS.background,
    },
    {
      onLines(lines) {
        for (const line of lines) {
          const parsed = parseLine(line);
          if (!('event' in parsed)) written.add(`${parsed.text}\n`);
          else if (parsed.event.event === 'agreement_checked') found = figuresOf(parsed.event);
          else if (parsed.event.event === 'error') written.add(`${parsed.event.msg}\n`);
        }
      },
      onStderr: written.add,
    },
  );
  const deadline = setTimeout(() => void terminate(child), JOB_TIMES.agreementDeadlineMs).unref();
  const done = child.ended.then(({ code, reason }) => {
    clearTimeout(deadline);
    if (code === 0 || stopped) return found;
    throw new Error(`the comparison of board and network failed: ${reason ?? written.text}`);
  });
  return {
    done,
    stop() {
      stopped = true;
      return terminate(child);
    },
  };
}

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../demo/server-process.ts';

// The projects that benchmarks train: the real ones if they are there, else generated ones of the same size.

const run = promisify(execFile);
const SHARED = join(ROOT, '..', 'shared', 'projects');

/** If the real project is missing, a generated one with as many samples replaces it. */
const GENERATED = {
  dog_cat: ['classification', '120', '2'],
  mouse_logo_classify: ['classification', '247', '2'],
  mouse_logo_detect: ['detection', '248', '2'],
  voice_thai: ['voice', '60', '3'],
} as const;

export type SampleName = keyof typeof GENERATED;

export interface Sample {
  readonly zip: string;
  /** For the line: which project, real or generated. */
  readonly data: string;
}

export interface Projects {
  sample(name: SampleName): Promise<Sample>;
  /** The same project with this many more photos. */
  withMore(sample: Sample, photos: number): Promise<Sample>;
  /** The same project for each of so many pupils: the same pixels, but to the server other photos. */
  forPupils(sample: Sample, pupils: number): Promise<readonly string[]>;
}

export function createProjects(python: string, tempDir: () => Promise<string>): Projects {
  const made = new Map<string, Promise<Sample>>();
  const make = async (file: string, args: readonly string[]) => {
    const zip = join(await tempDir(), file);
    await run(python, [join(ROOT, 'tools', 'bench', 'make_project.py'), ...args, zip]);
    return zip;
  };
  const once = (key: string, build: () => Promise<Sample>) => {
    const known = made.get(key) ?? build();
    made.set(key, known);
    return known;
  };
  return {
    sample: (name) =>
      once(name, async () => {
        const shared = join(SHARED, `${name}.zip`);
        if (existsSync(shared)) return { zip: shared, data: name };
        return { zip: await make(`${name}.zip`, GENERATED[name]), data: `generated, as large as ${name}` };
      }),
    withMore: (sample, photos) =>
      once(`${sample.zip}+${photos}`, async () => ({
        zip: await make('more.zip', ['extend', sample.zip, String(photos)]),
        data: `${sample.data} and ${photos} photos more`,
      })),
    forPupils: (sample, pupils) =>
      Promise.all(
        Array.from({ length: pupils }, (_, number) =>
          make(`pupil-${number}.zip`, ['pupil', sample.zip, String(number)]),
        ),
      ),
  };
}

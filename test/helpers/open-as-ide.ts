import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { membersOf } from './plus-project.ts';

/** The files that the IDE keeps of a model, by its type; the first gives the hash. */
const MODEL_FILES: Readonly<Record<string, readonly string[]>> = {
  bin: ['bin', 'param'],
  npz: ['npz'],
  cvimodel: ['cvimodel', 'mud'],
};

export interface OpenedProject {
  readonly project: Readonly<Record<string, unknown>> & {
    readonly id: string;
    readonly currentBoard: { readonly id: string };
    readonly model: { readonly name: string; readonly type: string; readonly hash: string };
  };
  readonly samples: readonly Buffer[];
  readonly model: readonly Buffer[];
}

type Entry = Readonly<Record<string, string>>;

/** Open a project's zip as the IDE does: it gives up where a file that dataset.json leads to is missing. */
export async function openAsIde(zip: Buffer): Promise<OpenedProject> {
  const members = await membersOf(zip);
  const read = (name: string) => members[name] ?? assert.fail(`the zip has no ${name}`);
  const project = JSON.parse(String(read('project.json'))) as OpenedProject['project'] & { projectType: string };
  const { data } = JSON.parse(String(read('dataset.json'))) as { data: readonly Entry[] };
  const samples = data.flatMap((entry) => namesOf(project.projectType, entry).map(read));
  const model = (MODEL_FILES[project.model.type] ?? []).map((ending) => read(`model/model.${ending}`));
  assert.ok(model[0] && createHash('md5').update(model[0]).digest('hex') === project.model.hash, 'the hash');
  return { project, samples, model };
}

function namesOf(type: string, { id, ext, class: label, sound_ext: soundExt, mfcc_ext: mfccExt }: Entry): string[] {
  if (type === 'OBJECT_DETECTION') return [`dataset/JPEGImages/${id}.${ext}`, `dataset/Annotations/${id}.xml`];
  if (type === 'IMAGE_CLASSIFICATION') return [`dataset/${label}/${id}.${ext}`];
  return [
    `dataset/waveform/${label}/${id}.${ext}`,
    ...(soundExt ? [`dataset/sound/${label}/${id}.${soundExt}`] : []),
    ...(mfccExt ? [`dataset/mfcc/${label}/${id}_mfcc.${mfccExt}`] : []),
  ];
}

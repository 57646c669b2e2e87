import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { boardFiles } from '../../boards.ts';
import { labelsHaveChanged, modelMissing, notConverted } from '../../errors.ts';
import { createBreather } from '../../files/breathe.ts';
import { listTree } from '../../files/list-tree.ts';
import { isFile } from '../../files/tree.ts';
import { tooMuchInText } from '../../projects/json-size.ts';
import type { Project } from '../../projects/project.ts';
import { readModelReport } from '../result.ts';
import { ideDataset } from './ide-paths.ts';
import { textWithModel } from './project-text.ts';
import type { Member } from './stream-zip.ts';

// The zip that the IDE opens with the model inside: what was uploaded, and the files of the board.

/** dataset.json of 10,000 photos; of a longer one every entry stays, also where its file is gone. */
const DATASET_LIMITS = { maxValues: 400_000, maxDepth: 100 };

/** What the zip holds, from a frozen project. Rejects with an AppError where there is no model to put in. */
export async function collectMembers(root: string, project: Project): Promise<readonly Member[]> {
  const output = join(root, 'output');
  const report = await readModelReport(output);
  if (report === undefined) throw modelMissing(409);
  const board = report.board ?? project.board;
  const files = boardFiles(board, project.type);
  const [first = ''] = files;
  if (first === '' || !(await areThere(output, files))) throw notConverted();
  if (!isSame(report.labels, project.labels)) throw labelsHaveChanged();
  const model = { name: 'model', type: extname(first).slice(1), hash: await md5Of(join(output, first)) } as const;
  const text = await readFile(join(root, 'project.json'), 'utf8');
  return [
    { name: 'project.json', text: textWithModel(text, model, board) },
    ...(await datasetMembers(root, project.type)),
    ...(await Promise.all(files.map((name) => memberAt(`model/model${extname(name)}`, join(output, name))))),
  ];
}

async function datasetMembers(root: string, type: Project['type']): Promise<readonly Member[]> {
  const stored = (await listTree(join(root, 'dataset'))).files.map((file) => `dataset/${file.replaceAll('\\', '/')}`);
  const path = join(root, 'dataset.json');
  const bytes = (await isFile(path)) ? await readFile(path) : undefined;
  const isShort = bytes !== undefined && (await tooMuchInText(bytes, DATASET_LIMITS)) === undefined;
  const { names, text } = ideDataset(type, stored.sort(), isShort ? bytes.toString('utf8') : undefined);
  const breathe = createBreather();
  const members: Member[] = bytes === undefined ? [] : [{ name: 'dataset.json', text: text ?? bytes.toString('utf8') }];
  for (const [file, name] of names) {
    members.push(await memberAt(name, join(root, ...file.split('/'))));
    await breathe();
  }
  return members;
}

async function memberAt(name: string, path: string): Promise<Member> {
  return { name, path, bytes: (await lstat(path)).size };
}

async function areThere(folder: string, names: readonly string[]): Promise<boolean> {
  return (await Promise.all(names.map((name) => isFile(join(folder, name))))).every(Boolean);
}

/** The board's program reads the outputs by the labels of the project. */
function isSame(learnt: readonly string[], labels: readonly string[]): boolean {
  return learnt.length === labels.length && learnt.every((label, index) => label === labels[index]);
}

async function md5Of(path: string): Promise<string> {
  const hash = createHash('md5');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

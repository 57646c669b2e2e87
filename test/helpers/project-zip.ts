import { buffer } from 'node:stream/consumers';
import yazl from 'yazl';

export interface ProjectZipOptions {
  readonly id?: string;
  readonly name?: string;
  readonly type?: string;
  readonly labels?: readonly string[];
  readonly filesPerLabel?: number;
  readonly trainConfig?: object;
  readonly board?: string;
  /** Fields of project.json beside or in place of the usual ones. */
  readonly project?: object;
  /** Further members, or others in place of the usual ones. */
  readonly members?: Readonly<Record<string, Buffer | string>>;
  readonly without?: readonly string[];
}

/** A project as the IDE zips it, with small files that are no real photos: for tests of the server alone. */
export async function makeProjectZip(options: ProjectZipOptions = {}): Promise<Buffer> {
  const { id = 'p1', labels = ['Cat', 'Dog'], filesPerLabel = 3, without = [] } = options;
  const members: Record<string, Buffer | string> = {
    'project.json': JSON.stringify({
      id,
      name: options.name ?? 'test project',
      projectType: options.type ?? 'IMAGE_CLASSIFICATION',
      labels: labels.map((label) => ({ label })),
      currentBoard: { id: options.board ?? 'kidbright-mai' },
      trainConfig: options.trainConfig ?? { modelType: 'resnet18', epochs: 2, batch_size: '8' },
      ...options.project,
    }),
    'dataset.json': JSON.stringify({ project: id, datasetType: options.type ?? 'IMAGE_CLASSIFICATION', data: [] }),
  };
  for (const label of labels) {
    for (let n = 0; n < filesPerLabel; n += 1) members[`dataset/${label}/${n}.jpg`] = `photo ${n} of ${label}`;
  }
  Object.assign(members, options.members);
  return zipOf(Object.fromEntries(Object.entries(members).filter(([name]) => !without.includes(name))));
}

export async function zipOf(members: Readonly<Record<string, Buffer | string>>): Promise<Buffer> {
  const zip = new yazl.ZipFile();
  for (const [name, content] of Object.entries(members)) zip.addBuffer(Buffer.from(content as string), name);
  zip.end();
  return buffer(zip.outputStream);
}

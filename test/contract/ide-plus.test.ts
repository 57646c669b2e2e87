import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, beforeEach, describe, it } from 'node:test';
import { IdeClient } from '../helpers/ide-client.ts';
import { startJobServer } from '../helpers/job-server.ts';
import { makeProjectZip } from '../helpers/project-zip.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';

const compilersDir = await tempDir();
const compiler = join(compilersDir, '.venv-plus');
const server = await startJobServer({ slots: 1, compilersDir });
const opened: IdeClient[] = [];
after(() => opened.forEach((ide) => ide.close()));

async function sitDown(projectId: string, type: string): Promise<IdeClient> {
  const trainConfig = { epochs: 2 };
  const ide = new IdeClient({
    base: server.base,
    projectId,
    zip: await makeProjectZip({ id: projectId, trainConfig, type, board: 'kidbright-mai-plus' }),
    trainConfig,
    boardFiles: ['model.cvimodel', 'model.mud'],
    from: `127.0.4.${opened.length + 1}`,
    headers: { 'accept-language': 'th' },
  });
  opened.push(ide);
  await ide.connect();
  return ide;
}

const reds = (ide: IdeClient) => ide.log.filter(({ red }) => red).map(({ text }) => text);

beforeEach(() => {
  mkdirSync(join(compiler, 'bin'), { recursive: true });
  writeFileSync(join(compiler, 'bin', 'python'), '');
  writeFileSync(join(compiler, '.mai-setup'), 'stamp');
});

describe('the IDE with a kidbright-mai-plus', () => {
  for (const type of ['IMAGE_CLASSIFICATION', 'OBJECT_DETECTION', 'VOICE_CLASSIFICATION'])
    it(`trains, converts and has both files of the board: ${type}`, async () => {
      const ide = await sitDown(`plus-${type.toLowerCase()}`, type);
      await ide.train();
      await until(() => ide.state === 'trained', 60_000, 'trained');
      await ide.convert();
      assert.deepEqual([ide.state, [...ide.files.keys()]], ['converted', ['model.cvimodel', 'model.mud']]);
      assert.deepEqual([reds(ide), ide.console], [[], []]);
    });

  it('reads at Train, in red and in Thai, that the compiler is missing and whom to ask', async () => {
    rmSync(compiler, { recursive: true });
    const ide = await sitDown('plus-missing', 'IMAGE_CLASSIFICATION');
    await ide.train();
    await until(() => reds(ide).length > 0, 60_000, 'a red line');
    assert.match(String(reds(ide)), /^Error: .*KidBright mAI Plus.*คุณครู.*npm run setup:plus.*F5/);
  });
});

import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { it } from 'node:test';
import { openFiles } from '../helpers/open-files.ts';
import { makeProjectZip } from '../helpers/project-zip.ts';
import { makeStore } from '../helpers/store.ts';

/** Zips that are open right now. */
const openZips = () => openFiles().filter((path) => path.endsWith('/project.zip')).length;

it('of many uploads at once four are unpacked side by side, the others wait', {
  skip: process.platform !== 'linux' && 'looks at /proc',
}, async () => {
  const { store } = await makeStore();
  const zip = await makeProjectZip({ filesPerLabel: 100 });
  const uploads = await Promise.all(
    Array.from({ length: 16 }, () => store.saveIncoming('', Readable.from([zip]), 'project.zip')),
  );
  assert.equal(openZips(), 0);
  let most = 0;
  let isOver = false;
  const look = () => {
    most = Math.max(most, openZips());
    if (!isOver) setImmediate(look);
  };
  look();
  const projects = await Promise.all(
    uploads.map((upload, n) => store.commitUpload({ workspace: '', id: `p${n}` }, upload, '10.0.0.7')),
  );
  isOver = true;
  assert.equal(most, 4);
  assert.deepEqual(
    projects.map(({ files }) => files),
    Array(16).fill(200),
  );
});

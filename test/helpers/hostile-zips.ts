import { storedName } from '../../src/projects/stored-name.ts';
import { rawZip, type RawMember } from './raw-zip.ts';

// Zips that are made to break a server, for the tests of uploads.

export const GOOD_PROJECT: RawMember = {
  name: 'project.json',
  content: JSON.stringify({
    id: 'p1',
    name: 'p',
    projectType: 'IMAGE_CLASSIFICATION',
    labels: [{ label: 'Cat' }],
    trainConfig: {},
  }),
};

const photo: RawMember = { name: 'dataset/Cat/1.jpg', content: 'photo' };
const zeros = Buffer.alloc(5_000_000);
const zip64Sizes = Buffer.from('0100180000000000000000010000000000000001ffffffffffffff7f', 'hex');

export interface HostileZip {
  readonly what: string;
  readonly zip: Buffer;
  readonly code: string;
}

const member = (what: string, code: string, ...members: RawMember[]): HostileZip => ({
  what,
  code,
  zip: rawZip([GOOD_PROJECT, photo, ...members]),
});

/** Every way a zip is made to break a server that trusts it, with the code that answers. */
export const HOSTILE_ZIPS: readonly HostileZip[] = [
  member('a way out of the folder', 'zip_name', { name: 'dataset/../../evil.txt', content: 'x' }),
  member('a way out at the top', 'zip_name', { name: '../evil.txt', content: 'x' }),
  member('an absolute path', 'zip_name', { name: '/etc/evil', content: 'x' }),
  member('a drive', 'zip_name', { name: 'C:/evil', content: 'x' }),
  member('a backslash', 'zip_name', { name: 'dataset\\..\\evil', content: 'x' }),
  member('a way out between backslashes alone', 'zip_name', { name: 'dataset\\Cat\\..\\..\\..\\evil', content: 'x' }),
  member('an absolute path with backslashes', 'zip_name', { name: '\\\\server\\share\\evil', content: 'x' }),
  member('a way out among the files of macOS', 'zip_name', { name: '__MACOSX/../../._evil', content: 'x' }),
  member('a zero byte in a name', 'zip_name', { name: 'dataset/Cat/a\0.jpg', content: 'x' }),
  member('an empty name', 'zip_name', { name: '', content: 'x' }),
  member('a name that says it is UTF-8 and is not', 'zip_name', {
    name: Buffer.from([0x64, 0xff, 0xfe]),
    content: 'x',
  }),
  member('a name of 3,000 bytes', 'zip_name_long', { name: `dataset/${'a'.repeat(3000)}`, content: 'x' }),
  member('a path of many folders', 'zip_name_long', { name: `dataset/${'a/'.repeat(40)}x`, content: 'x' }),
  member('a symbolic link', 'zip_link', { name: 'dataset/Cat/link', content: '/etc/passwd', mode: 0o120777 }),
  member('a device', 'zip_link', { name: 'dataset/Cat/device', mode: 0o020666 }),
  member('a file that says it is a folder', 'zip_link', { name: 'dataset/Cat/odd', content: 'x', mode: 0o040755 }),
  member('a folder that holds bytes', 'zip_invalid', { name: 'dataset/odd/', content: 'x' }),
  member('the same name twice', 'zip_names_collide', photo),
  member('the same name twice, by way of an empty part', 'zip_names_collide', {
    name: 'dataset//Cat/1.jpg',
    content: 'x',
  }),
  member(
    "a name in the place of another's hashed one",
    'zip_names_collide',
    { name: 'dataset/Cat/CON.jpg', content: 'x' },
    { name: `dataset/Cat/${storedName('CON.jpg')}`, content: 'y' },
  ),
  member('a file as a folder', 'zip_names_collide', { name: 'dataset/Cat/1.jpg/2.jpg', content: 'x' }),
  member('a folder as a file', 'zip_names_collide', { name: 'dataset/Cat', content: 'x' }),
  member('a second project.json', 'zip_names_collide', GOOD_PROJECT),
  member('an encrypted member', 'zip_encrypted', {
    name: 'dataset/Cat/2.jpg',
    content: 'x'.repeat(13),
    size: 1,
    flags: 0x801,
  }),
  member('an unknown method', 'zip_method', { name: 'dataset/Cat/2.jpg', content: 'x', method: 14 }),
  member('a bomb by size', 'unpacked_too_large', {
    name: 'dataset/Cat/2.jpg',
    content: zeros,
    deflate: true,
    size: 4_000_000_000,
  }),
  member(
    'a bomb of many members',
    'unpacked_too_large',
    ...Array.from({ length: 40 }, (_, n) => ({
      name: `dataset/Cat/b${n}.jpg`,
      content: zeros,
      deflate: true,
      size: 90_000_000,
    })),
  ),
  member('a size that says less than unpacks', 'zip_damaged', {
    name: 'dataset/Cat/2.jpg',
    content: zeros.subarray(0, 500_000),
    deflate: true,
    size: 1000,
  }),
  member('a large size that says less than unpacks', 'zip_damaged', {
    name: 'dataset/Cat/2.jpg',
    content: Buffer.alloc(3_000_000, 'abcdefgh\n'),
    deflate: true,
    size: 1_000_100,
  }),
  member('a size that says more than unpacks', 'zip_damaged', {
    name: 'dataset/Cat/2.jpg',
    content: 'short',
    deflate: true,
    size: 900,
  }),
  member('a wrong checksum', 'zip_damaged', { name: 'dataset/Cat/2.jpg', content: 'photo', crc: 1 }),
  member('a wrong checksum of a large file', 'zip_damaged', {
    name: 'dataset/Cat/2.jpg',
    content: Buffer.alloc(1_500_000, 1),
    crc: 1,
  }),
  member('deflated bytes that are none', 'zip_damaged', {
    name: 'dataset/Cat/2.jpg',
    content: '\xff\xff\xff\xff',
    method: 8,
    size: 900,
  }),
  member('members that share their bytes', 'zip_invalid', {
    name: 'dataset/Cat/2.jpg',
    content: 'photo',
    sharedWith: 1,
  }),
  member(
    'members that overlap under one name',
    'zip_overlap',
    { name: 'dataset/Cat/0.jpg', content: 'xyzw', compressedSize: 100, size: 100 },
    { name: 'dataset/Cat/4.jpg', content: 'x'.repeat(90) },
  ),
  member('two names for one member', 'zip_invalid', {
    name: 'dataset/Cat/2.jpg',
    localName: 'dataset/Cat/3.jpg',
    content: 'x',
  }),
  member('zip64 sizes beyond every file', 'unpacked_too_large', {
    name: 'dataset/Cat/2.jpg',
    deflate: true,
    content: 'x',
    size: 0xffffffff,
    compressedSize: 0xffffffff,
    extra: zip64Sizes,
  }),
  member('a member beyond the file', 'zip_overlap', {
    name: 'dataset/Cat/2.jpg',
    content: 'x',
    compressedSize: 90_000,
    size: 90_000,
  }),
  { what: 'more entries than it counts', code: 'zip_invalid', zip: rawZip([GOOD_PROJECT, photo], { entryCount: 1 }) },
  { what: 'fewer entries than it counts', code: 'zip_invalid', zip: rawZip([GOOD_PROJECT, photo], { entryCount: 3 }) },
  {
    what: 'a zip64 count of entries that is huge',
    code: 'too_many_files',
    zip: rawZip([GOOD_PROJECT, photo], { zip64: { entryCount: 2n ** 60n, directoryOffset: 0n } }),
  },
  {
    what: 'a zip64 directory beyond all numbers',
    code: 'zip_invalid',
    zip: rawZip([GOOD_PROJECT, photo], { zip64: { entryCount: 2n, directoryOffset: 2n ** 63n } }),
  },
  {
    what: 'a directory beyond the file',
    code: 'zip_invalid',
    zip: rawZip([GOOD_PROJECT, photo], { directoryOffset: 4_000_000_000 }),
  },
  { what: 'nothing at all', code: 'zip_empty', zip: Buffer.alloc(0) },
  { what: 'text', code: 'zip_invalid', zip: Buffer.from('this is no zip file, whatever its name') },
  { what: 'half of a zip', code: 'zip_invalid', zip: rawZip([GOOD_PROJECT, photo]).subarray(0, 150) },
  {
    what: 'bytes after its end',
    code: 'zip_invalid',
    zip: rawZip([GOOD_PROJECT, photo], { suffix: Buffer.from('more') }),
  },
  {
    what: 'bytes before its beginning',
    code: 'zip_invalid',
    zip: rawZip([GOOD_PROJECT, photo], { prefix: Buffer.alloc(1000), directoryOffset: 90 }),
  },
  {
    what: 'two projects in two folders',
    code: 'zip_two_projects',
    zip: rawZip(['a', 'b'].map((folder) => ({ ...GOOD_PROJECT, name: `${folder}/project.json` }))),
  },
  {
    what: 'a project.json beside its data set',
    code: 'project_json_missing',
    zip: rawZip([{ ...GOOD_PROJECT, name: 'a/project.json' }, photo]),
  },
  {
    what: 'a project.json among the photos alone',
    code: 'project_json_missing',
    zip: rawZip([{ ...GOOD_PROJECT, name: 'dataset/Cat/project.json' }, photo]),
  },
  {
    what: 'a label that is a path, with its photos',
    code: 'label_is_path',
    zip: rawZip([
      { name: 'dataset/../../x/1.jpg', content: 'x' },
      { ...GOOD_PROJECT, content: JSON.stringify({ projectType: 'IMAGE_CLASSIFICATION', labels: ['a', '../../x'] }) },
      photo,
    ]),
  },
  {
    what: 'a label that is a path',
    code: 'label_is_path',
    zip: rawZip([
      { ...GOOD_PROJECT, content: JSON.stringify({ projectType: 'IMAGE_CLASSIFICATION', labels: ['a', '../../x'] }) },
      photo,
    ]),
  },
  { what: 'no project.json', code: 'project_json_missing', zip: rawZip([photo]) },
  { what: 'an empty zip', code: 'project_json_missing', zip: rawZip([]) },
];

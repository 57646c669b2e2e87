// Which folders below dataset/ hold the samples of a label.

const SOUND_FOLDERS = new Set(['sound', 'mfcc', 'waveform']);
const BOX_FOLDERS = new Set(['JPEGImages', 'Annotations', 'ImageSets']);

/** The data set's own folders, which are no labels. */
export function isDataFolder(name: string): boolean {
  return SOUND_FOLDERS.has(name) || BOX_FOLDERS.has(name);
}

/** Says whether folders below dataset/ are those of a label, whatever Unicode form their names have. */
export function labelFolders(labels: readonly string[]): (folders: readonly string[]) => boolean {
  const known = new Set(labels.map((label) => key(label.split('/'))));
  return (folders) =>
    known.has(key(folders)) || (SOUND_FOLDERS.has(folders[0] ?? '') && known.has(key(folders.slice(1))));
}

function key(folders: readonly string[]): string {
  return folders
    .filter((folder) => folder !== '')
    .join('/')
    .normalize('NFC');
}

/** Something was replaced while it was being read: it is read again. */
export class ChangedMeanwhile extends Error {
  override readonly name = 'ChangedMeanwhile';

  constructor(path: string) {
    super(`${path} changed while it was being read`);
  }
}

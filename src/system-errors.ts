// What the errors of the operating system mean. Every code that the server acts on stands here, under the name of what
// it means; nothing else in src compares codes.

type Reading = (error: unknown) => boolean;

/** The code of a system error (ENOENT, ENOSPC, …), for sentences and logs. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** The operating system said it, not a library or this program. */
export function isOfSystem(error: unknown): boolean {
  return /^E[A-Z]+$/.test(errorCode(error) ?? '');
}

function oneOf(...codes: readonly string[]): Reading {
  return (error) => codes.includes(errorCode(error) ?? '');
}

// --- files ---

/** There is no room left on the disk, or none for this user. */
export const isFullDisk = oneOf('ENOSPC', 'EDQUOT');
/** No file has this name, and nothing else is wrong. */
export const isMissing = oneOf('ENOENT');
/** No file has this path: its name is missing, or one of its folders is no folder. */
export const isNoPath = oneOf('ENOENT', 'ENOTDIR');
/** Something is there, but not what was asked for: a folder, a link, a pipe. */
export const isOtherKind = oneOf('EISDIR', 'ENOTDIR', 'ELOOP', 'ENXIO');
/** The name is taken already. */
export const isTaken = oneOf('EEXIST');
/** A hard link cannot be had: another disk, no such feature, too many links to one file. */
export const cannotLink = oneOf('EXDEV', 'EPERM', 'ENOTSUP', 'ENOSYS', 'EMLINK', 'EACCES');
/** There are no symbolic links here, or this is none. */
export const isNoSymlink = oneOf('EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EINVAL', 'UNKNOWN');
/** This file system cannot sync a folder. */
export const cannotSyncFolder = oneOf('EINVAL', 'ENOTSUP', 'ENOSYS', 'EBADF', 'EISDIR');

// --- processes ---

/** No process has this id. */
export const isNoProcess = oneOf('ESRCH');
/** The process is there, but belongs to somebody else. */
export const isOthersProcess = oneOf('EPERM');
/** The system takes this later. */
export const isTooEarly = oneOf('EAGAIN');

// --- the network ---

/** Another program listens on this port. */
export const isPortTaken = oneOf('EADDRINUSE');
/** The address is another computer's, no computer's, or of a kind that this one does not have. */
export const isNoOwnAddress = oneOf('EADDRNOTAVAIL', 'ENOTFOUND', 'EAI_AGAIN', 'EAFNOSUPPORT');
/** This user may not use the port or the file. */
export const isForbidden = oneOf('EACCES');
/** This user, or nobody, may write here. */
export const isUnwritable = oneOf('EACCES', 'EROFS');
/** The other side closed the connection in the middle. */
export const isCutOff = oneOf('ECONNRESET');

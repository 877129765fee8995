const FAULTS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EBUSY: 'it is in use or a mount point',
  EDQUOT: 'the disk quota is used up',
  EEXIST: 'it exists already',
  EFBIG: 'the file would be larger than is allowed',
  EIO: 'the disk reported an error',
  EISDIR: 'it is a folder',
  EMFILE: 'too many files are open',
  ENOENT: 'there is no such file or folder',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'a part of the path is not a folder',
  ENOTEMPTY: 'the folder is not empty',
  EPERM: 'it is not permitted',
  EROFS: 'the file system is read-only',
  EXDEV: 'it is on another file system',
};

/** An error of a file operation in plain words, for the end of a sentence. */
export function describeFileFault(error: unknown): string {
  const code = fileFaultCode(error);
  if (code !== undefined) return FAULTS[code] ?? code;
  return error instanceof Error ? error.message : String(error);
}

/** The system's code, such as `ENOENT`, where the error is one of a file operation. */
export function fileFaultCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || !('syscall' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

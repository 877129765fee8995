import { type Entry, fromRandomAccessReaderPromise, RandomAccessReader, type ZipFile } from 'yauzl';
import { OperatorError } from '#libs/domain';
import type { WeightFile } from '../weight-file.js';

/** One entry of a zip file, stored as it is. */
export interface ZipEntry {
  readonly name: string;
  /** Offset of the first byte of its content in the file. */
  readonly begin: number;
  readonly bytes: number;
}

interface LocatedEntry extends ZipEntry {
  /** Offset of the entry's own header in the file. */
  readonly headerBegin: number;
}

/** A checkpoint of a thousand tensors has about a thousand entries. */
const MAX_ENTRIES = 20_000;

/**
 * Where the entries of a zip file lie; zip64 too. Compressed or encrypted entries, entries that lie over one
 * another and names that are there twice are an `OperatorError`, as is everything else that is no zip file.
 */
export async function readZipEntries(file: WeightFile): Promise<Map<string, ZipEntry>> {
  const entries = await listEntries(file);
  const byName = new Map<string, ZipEntry>();
  for (const entry of entries) {
    if (byName.has(entry.name)) throw fault(file, `it holds ${entry.name} twice`);
    byName.set(entry.name, entry);
  }
  const sorted = [...entries].sort((a, b) => a.headerBegin - b.headerBegin);
  for (const [i, entry] of sorted.entries()) {
    const next = sorted[i + 1];
    if (next !== undefined && next.headerBegin < entry.begin + entry.bytes)
      throw fault(file, `its entries ${entry.name} and ${next.name} overlap`);
  }
  return byName;
}

async function listEntries(file: WeightFile): Promise<LocatedEntry[]> {
  const entries: LocatedEntry[] = [];
  try {
    const zip = await fromRandomAccessReaderPromise(new FileAccess(file), file.size, {
      autoClose: false,
    });
    if (zip.entryCount > MAX_ENTRIES)
      throw fault(
        file,
        `it announces ${zip.entryCount} entries; at most ${MAX_ENTRIES} are expected`,
      );
    for await (const entry of zip.eachEntry()) entries.push(await locate(file, zip, entry));
  } catch (error) {
    if (error instanceof OperatorError) throw error;
    throw fault(file, error instanceof Error ? error.message : String(error), error);
  }
  return entries;
}

async function locate(file: WeightFile, zip: ZipFile, entry: Entry): Promise<LocatedEntry> {
  const name = entry.fileName;
  if (entry.compressionMethod !== 0 || entry.isEncrypted())
    throw fault(
      file,
      `its entry ${name} is compressed or encrypted; torch stores entries as they are`,
    );
  const { fileDataStart } = await zip.readLocalFileHeaderPromise(entry, { minimal: true });
  return {
    name,
    begin: fileDataStart,
    bytes: entry.compressedSize,
    headerBegin: entry.relativeOffsetOfLocalHeader,
  };
}

function fault(file: WeightFile, what: string, cause?: unknown): OperatorError {
  return new OperatorError(
    `${file.path} is no usable zip file: ${what}. It is damaged; fetch it again.`,
    { cause },
  );
}

/** yauzl's view of an open file. It asks for offsets as the file names them, beyond what Node reads at. */
class FileAccess extends RandomAccessReader {
  constructor(private readonly file: WeightFile) {
    super();
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null) => void,
  ): void {
    if (position + length > this.file.size) {
      const end = this.file.size;
      setImmediate(callback, new Error(`it points to byte ${position + length} of ${end}`));
      return;
    }
    this.file.fill(buffer.subarray(offset, offset + length), position).then(() => {
      callback(null);
    }, callback);
  }
}

import { OperatorError } from '#libs/domain';
import type { ShardedFormat } from '../shards.js';
import { ELEMENT_BYTES, type StoredTensor } from '../stored-tensor.js';
import type { WeightFile } from '../weight-file.js';
import { readStateDict, type TorchTensor } from './state-dict.js';
import { readZipEntries, type ZipEntry } from './zip-entries.js';

export const TORCH: ShardedFormat = {
  kind: 'torch',
  singleFile: 'pytorch_model.bin',
  indexFile: 'pytorch_model.bin.index.json',
  shardName: /^[A-Za-z0-9_][A-Za-z0-9._-]*\.bin$/,
  locate: locateTorchTensors,
};

/** A checkpoint of a thousand tensors has a pickle of about 100 kB. */
const MAX_PICKLE_BYTES = 8 * 1024 * 1024;
const ZIP_START = Buffer.from('PK\x03\x04', 'latin1');
/** A pickle of torch's magic number 0x1950a86a20f9469cfc6c, as `torch.save` wrote it before 1.6. */
const LEGACY_START = Buffer.from('80028a0a6cfc9c46f9206aa850192e', 'hex');
const PICKLE_ENTRY = /^([^/]+\/)data\.pkl$/;

/**
 * Where the tensors of a checkpoint in torch's zip format lie: `<archive>/data.pkl` describes them,
 * `<archive>/data/<key>` are their storages. No more than the pickle is read.
 *
 * Source: torch 2.8, `torch/serialization.py`, and `caffe2/serialize/inline_container.h`.
 */
async function locateTorchTensors(file: WeightFile): Promise<Map<string, StoredTensor>> {
  await requireZip(file);
  const entries = await readZipEntries(file);
  const [archive, pickle] = findPickle(file, entries);
  await requireLittleEndian(file, entries.get(`${archive}byteorder`));
  const fault = (what: string): OperatorError =>
    new OperatorError(`${pickle.name} in ${file.path} is not usable: ${what}.`);
  const tensors = readStateDict(await readEntry(file, pickle, MAX_PICKLE_BYTES), fault);
  const located = new Map<string, StoredTensor>();
  for (const [name, tensor] of tensors)
    located.set(
      name,
      locate(file, tensor, entries.get(`${archive}data/${tensor.storage.key}`), fault),
    );
  return located;
}

async function requireZip(file: WeightFile): Promise<void> {
  const start = Buffer.alloc(Math.min(LEGACY_START.length, file.size));
  await file.fill(start, 0);
  if (start.equals(LEGACY_START))
    throw new OperatorError(
      `${file.path} is in torch's format from before version 1.6, which is not read here. Convert it with: ` +
        "python -c \"import sys, torch; torch.save(torch.load(sys.argv[1], map_location='cpu', " +
        `weights_only=True), sys.argv[1])" ${file.path}`,
    );
  if (!start.subarray(0, ZIP_START.length).equals(ZIP_START))
    throw new OperatorError(
      `${file.path} is no checkpoint in torch's zip format. It is damaged or something else; fetch it again.`,
    );
}

/** The archive's folder, with its slash, and the entry that describes it. */
function findPickle(
  file: WeightFile,
  entries: ReadonlyMap<string, ZipEntry>,
): [archive: string, pickle: ZipEntry] {
  for (const [name, entry] of entries) {
    const archive = PICKLE_ENTRY.exec(name)?.[1];
    if (archive !== undefined) return [archive, entry];
  }
  throw new OperatorError(
    `${file.path} is a zip file without a data.pkl; a checkpoint that torch.save wrote has one.`,
  );
}

async function requireLittleEndian(file: WeightFile, entry: ZipEntry | undefined): Promise<void> {
  if (entry === undefined) return;
  const order = Buffer.from(await readEntry(file, entry, 16)).toString('latin1');
  if (order !== 'little')
    throw new OperatorError(
      `${file.path} was written in the byte order ${JSON.stringify(order)}; "little" can be read.`,
    );
}

async function readEntry(file: WeightFile, entry: ZipEntry, maxBytes: number): Promise<Uint8Array> {
  if (entry.bytes > maxBytes)
    throw new OperatorError(
      `${entry.name} in ${file.path} has ${entry.bytes} bytes; at most ${maxBytes} are expected.`,
    );
  const bytes = new Uint8Array(entry.bytes);
  await file.fill(bytes, entry.begin);
  return bytes;
}

function locate(
  file: WeightFile,
  { storage, offset, shape, transposed }: TorchTensor,
  entry: ZipEntry | undefined,
  fault: (what: string) => OperatorError,
): StoredTensor {
  const elementBytes = ELEMENT_BYTES[storage.type];
  const bytes = storage.elements * elementBytes;
  if (entry === undefined)
    throw fault(`the storage ${JSON.stringify(storage.key.slice(0, 80))} is missing`);
  if (entry.bytes !== bytes)
    throw fault(`the storage ${entry.name} has ${entry.bytes} bytes where ${bytes} belong`);
  const begin = entry.begin + offset * elementBytes;
  return { file, type: storage.type, shape, begin, transposed };
}

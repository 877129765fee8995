import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import type { Manifest } from './manifests.js';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** The package of compiled schemas and types for an API version. */
function moduleOf(apiVersion: string): string {
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
  const path = group === '' ? `${version}` : `${group}/${version}`;
  if (group === 'keda.sh') return `@kubernetes-models/keda/${path}`;
  if (group === 'monitoring.coreos.com') return `@kubernetes-models/prometheus-operator/${path}`;
  return `kubernetes-models/${path}`;
}

/** What JSON schemas see: types, required fields, forms of quantities. Unknown fields pass. */
export async function findSchemaFaults(manifests: readonly Manifest[]): Promise<string[]> {
  const faults: string[] = [];
  for (const manifest of manifests) {
    const { apiVersion, kind, metadata } = manifest;
    const models = (await import(moduleOf(apiVersion))) as Record<
      string,
      (new (data: unknown) => { validate(): void }) | undefined
    >;
    const Model = models[kind];
    if (Model === undefined) {
      faults.push(`${kind}: ${apiVersion} has no such kind`);
      continue;
    }
    try {
      new Model(manifest).validate();
    } catch (error) {
      faults.push(
        `${kind} ${metadata.name}: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }
  return faults;
}

/**
 * What the type checker sees when each object is a literal of its type: fields that do not exist, at any depth.
 *
 * @param sets objects by name; all are checked in one run, which takes a few seconds
 * @returns the faults of each set
 */
export function findTypeFaults(
  sets: Readonly<Record<string, readonly Manifest[]>>,
): ReadonlyMap<string, string[]> {
  const files = new Map(
    Object.entries(sets).map(([name, manifests]) => [
      join(root, `test/deploy/literals-of-${name}.ts`),
      { name, text: literalsOf(manifests) },
    ]),
  );
  const options: ts.CompilerOptions = {
    noEmit: true,
    strict: true,
    skipLibCheck: true,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    target: ts.ScriptTarget.ES2022,
    types: [],
  };
  const host = ts.createCompilerHost(options);
  // The literals exist in memory alone, at a place from which packages are found.
  host.fileExists = (file) => files.has(file) || ts.sys.fileExists(file);
  host.readFile = (file) => files.get(file)?.text ?? ts.sys.readFile(file);
  const program = ts.createProgram([...files.keys()], options, host);
  const faults = new Map(Object.keys(sets).map((name) => [name, [] as string[]]));
  for (const diagnostic of ts.getPreEmitDiagnostics(program)) {
    const message = ts.flattenDiagnosticMessageText(diagnostic.messageText, ' ');
    const file = files.get(diagnostic.file?.fileName ?? '');
    if (file === undefined)
      throw new Error(`${dirname(diagnostic.file?.fileName ?? '')}: ${message}`);
    faults.get(file.name)?.push(message);
  }
  return faults;
}

function literalsOf(manifests: readonly Manifest[]): string {
  return manifests
    .map((manifest, index) => {
      const type = `import('${moduleOf(manifest.apiVersion)}').I${manifest.kind}`;
      return `export const object${index}: ${type} = ${JSON.stringify(manifest, null, 1)};`;
    })
    .join('\n');
}

import { Command } from 'commander';
import { OperatorError } from '#libs/domain';
import { readManifest, verifyFiles } from '#libs/prepared-model';

export function verifyCommand(): Command {
  return new Command('verify')
    .description(
      'Check the files of a prepared model against the sizes and hashes in its manifest.',
    )
    .argument('<dir>', 'a prepared folder')
    .action(async (folder: string) => {
      const manifest = await readManifest(folder);
      const differences = await verifyFiles(folder, manifest);
      for (const difference of differences) process.stderr.write(`${difference}\n`);
      if (differences.length > 0)
        throw new OperatorError(
          `${folder} differs from its manifest in ${differences.length} place(s). Prepare it again.`,
        );
      process.stdout.write(
        `${folder}: ${Object.keys(manifest.files).length} files as in the manifest\n`,
      );
    });
}

/** `-o` of the commands where it names a file. */
import { InvalidArgumentError } from 'commander';
import { WRITABLE_FORMATS } from '../../files/formats.js';

/** Refuses the name of a format: `-o json` asks other commands for one, and would leave a file called json here. */
export function outputFile(name: string): string {
  if (name === 'table' || (WRITABLE_FORMATS as string[]).includes(name))
    throw new InvalidArgumentError(`Here it names a file, not a format. For a file of that name, write ./${name}.`);
  return name;
}

/** `-o` in the commands where it names a file. */
import { InvalidArgumentError } from 'commander';
import { WRITABLE_FORMATS } from '../../files/formats.js';

/** Refuses the names of formats: in other commands `-o json` chooses a format; here it would create a file called json. */
export function outputFile(name: string): string {
  if (name === 'table' || (WRITABLE_FORMATS as string[]).includes(name))
    throw new InvalidArgumentError(`Here it names a file, not a format. For a file of that name, write ./${name}.`);
  return name;
}

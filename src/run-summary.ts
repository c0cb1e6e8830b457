/** `--summary FILE`: how a command ended, as JSON, whatever command it was. */
import type { Command } from 'commander';
import type { GlobalOptions } from './config.js';
import type { OpenContext, OpenedContext } from './context.js';
import { EXIT, UsageError } from './errors.js';
import type { Host } from './host.js';

/** Nothing is loaded, and nothing written, where `--summary` is not given. */
export function openSummary(host: Host) {
  const started = performance.now();
  let context: OpenedContext | undefined;
  let [name, file] = ['', ''];
  return {
    /** The context that the command adds its figures to. */
    of: (opened: OpenedContext) => (context = opened),
    /** Before the command begins. Throws UsageError where the file cannot be written. */
    async begin(command: Command, open: OpenContext): Promise<void> {
      const { summary, ...options } = command.optsWithGlobals<GlobalOptions>();
      if (summary === undefined) return;
      if (summary === '-') throw new UsageError('--summary cannot be -, as stdout is for results: name a file.');
      const [{ userPath }, { refuseUnwritableTarget }] = await Promise.all([
        import('./files/whole-file.js'),
        import('./files/row-writer.js'),
      ]);
      const target = userPath(host.cwd, summary);
      await refuseUnwritableTarget(target, open({ ...options, summary }).aws.s3);
      [name, file] = [command.name(), target];
    },
    async write(failure: unknown): Promise<void> {
      if (!context || file === '') return;
      const { describeError } = await import('./describe-error.js');
      const error = failure === undefined ? undefined : describeError(failure);
      const exitCode = error?.exitCode ?? EXIT.DONE;
      const message = error && [error.message, ...error.details].join('\n');
      const seconds = Math.round(performance.now() - started) / 1000;
      const summary = { command: name, seconds, ...context.figures, exitCode, message };
      const { writeText } = await import('./files/row-writer.js');
      await writeText(file, `${JSON.stringify(summary, null, 2)}\n`, { s3: context.aws.s3, overwrite: true });
    },
  };
}

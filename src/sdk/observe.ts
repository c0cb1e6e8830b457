/** What a client's calls leave behind: a line for each under --debug, and where an error came from. */
import { watchClock } from './clock.js';
import type { AwsError } from '../errors.js';
import { operationOf, type Stack } from '../utils/stack.js';

/** Notes on each error which operation and profile it came from, and writes a line for each call under --debug. */
export function observe(
  client: Parameters<typeof watchClock>[0] & Stack,
  { trace, profile }: { trace?: (line: string) => void; profile?: string },
): void {
  const middleware =
    (next: (args: unknown) => Promise<{ output?: Metadata }>, context: { clientName?: string; commandName?: string }) =>
    async (args: unknown) => {
      const operation = `${context.clientName?.replace(/Client$/, '')}.${operationOf(context)}`;
      const started = performance.now();
      const isOfClock = watchClock(client);
      const ended = (result: Metadata | undefined, outcome: string) =>
        trace?.(callLine(`${operation} ${outcome}`, started, result));
      try {
        const result = await next(args);
        ended(result.output, 'ok');
        return result;
      } catch (error) {
        if (error instanceof Error) Object.assign(error, { operation, profile });
        isOfClock(error);
        ended(error as Metadata, (error as Error).name);
        throw error;
      }
    };
  client.middlewareStack.add(middleware, { step: 'initialize', name: 'sagemakerFsObserver' });
}

/** What --debug says of a call that has ended. */
export function callLine(outcome: string, started: number, result: Metadata | undefined): string {
  const { requestId = '-', attempts = 1, httpStatusCode = '-' } = result?.$metadata ?? {};
  const milliseconds = (performance.now() - started).toFixed(0);
  return `${outcome} ${httpStatusCode} ${milliseconds} ms, attempt ${attempts}, request ${requestId}`;
}

type Metadata = Pick<AwsError, '$metadata'>;

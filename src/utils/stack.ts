/** What is added to a client of the SDK, or to one command. */
export interface Stack {
  middlewareStack: { add(middleware: unknown, options: object): void };
}

/** `PutRecord`, of what the SDK tells a middleware. */
export const operationOf = ({ commandName = 'a call' }: { commandName?: string }): string =>
  commandName.replace(/Command$/, '');

/** A value made on first use, once. */

export interface Lazy<T> {
  (): Promise<T>;
  started(): boolean;
}

export function lazy<T>(make: () => Promise<T>): Lazy<T> {
  let made: Promise<T> | undefined;
  return Object.assign(() => (made ??= make()), { started: () => made !== undefined });
}

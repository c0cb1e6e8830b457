/** A value made on first use, once. */

export function lazy<T>(make: () => Promise<T>) {
  let made: Promise<T> | undefined;
  return Object.assign(() => (made ??= make()), { started: () => made !== undefined });
}

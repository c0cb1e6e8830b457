/** Why a Parquet file cannot be read. The words become part of a sentence, so they begin small and end without a full stop. */

/** What no writer meant: `its page 3 ends too early`. */
export class Damage extends Error {}

/** What a writer may mean, and nobody here can read: `pages of BIT_PACKED`. */
export class NotSupported extends Error {}

/** @throws Damage, where `holds` is false */
export function assertWhole(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new Damage(otherwise);
}

/** A number as a file should have it: whole, not negative, and nothing else that was decoded in its place. */
export const isCount = (value: unknown): value is number => Number.isInteger(value) && (value as number) >= 0;

/** A column that cannot be read; `cause` says why. */
export class ColumnError extends Error {
  readonly column: string;

  constructor(column: string, options: ErrorOptions) {
    super(`column ${column}`, options);
    this.column = column;
  }
}

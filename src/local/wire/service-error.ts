/** A deliberate error answer of the service; anything else thrown inside local/ is a bug, and becomes a 500. */
export class ServiceError extends Error {
  readonly code: string;
  readonly status: number;
  /** More members of the error, e.g. `AthenaErrorCode` of Athena. */
  readonly fields: Record<string, unknown>;

  constructor(code: string, message: string, options: { status?: number; fields?: Record<string, unknown> } = {}) {
    super(message);
    this.name = code;
    this.code = code;
    this.status = options.status ?? 400;
    this.fields = options.fields ?? {};
  }
}

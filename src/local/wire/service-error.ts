/** An answer that the service gives on purpose: anything else thrown inside local/ is a bug and becomes a 500. */
export class ServiceError extends Error {
  readonly code: string;
  readonly status: number;
  /** Members of the error shape besides the message, e.g. Athena's `AthenaErrorCode`. */
  readonly fields: Record<string, unknown>;

  constructor(code: string, message: string, options: { status?: number; fields?: Record<string, unknown> } = {}) {
    super(message);
    this.name = code;
    this.code = code;
    this.status = options.status ?? 400;
    this.fields = options.fields ?? {};
  }
}

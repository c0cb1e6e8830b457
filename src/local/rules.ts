/** Input rules as data (required, length, pattern, one-of, range) and the service's own messages for them. */
export type Rules = Record<string, unknown>;

/** The counters of a bulk run. */

/** Live counters; the run updates them in place. */
export interface Tally {
  /** Expected records, where known. */
  total?: number;
  /** Share of the input read so far, 0 to 1, where only that is known. */
  share?: number;
  ok: number;
  failed: number;
  /** Neither ok nor failed: the sum of the next four. */
  skipped: number;
  /** Done by an earlier run that this one resumes. */
  alreadyDone?: number;
  /** Identifiers without a record. */
  missing?: number;
  /** Records that the service kept as history only, since the online store holds newer ones. */
  stale?: number;
  /** Records that the target already held, identical in every character. */
  unchanged?: number;
  retried: number;
  /** Estimate of the capacity units that the service bills. */
  writeUnits?: number;
  readUnits?: number;
}

export interface Summary extends Tally {
  seconds: number;
  recordsPerSecond: number;
}

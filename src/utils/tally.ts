/** What a run counts, while it goes on and at its end. */

/** Counted while the run goes on; whoever runs it adds to these. */
export interface Tally {
  /** Records to expect, where that is known. */
  total?: number;
  /** Share of the input that has been read, 0 to 1, where only that is known. */
  share?: number;
  ok: number;
  failed: number;
  /** Neither: the sum of the next four. */
  skipped: number;
  /** Dealt with by an earlier run, which this one continues. */
  alreadyDone?: number;
  /** Identifiers without a record. */
  missing?: number;
  /** Records that the service took as history, for the online store holds newer ones. */
  stale?: number;
  /** Of the skipped ones: what the target held already, to the letter. */
  unchanged?: number;
  /** Records that were sent again. */
  retried: number;
  /** What the service charges for what was written, or read; an estimate. */
  writeUnits?: number;
  readUnits?: number;
}

export interface Summary extends Tally {
  seconds: number;
  recordsPerSecond: number;
}

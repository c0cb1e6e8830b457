/** A compact set of strings: 64 bits of a hash each, about 16 bytes of memory. */
import { createHash } from 'node:crypto';

const FIRST_SLOTS = 1024;
const MAX_LOAD = 0.6;

/** False positives: one in 2^64 / size. */
export function openFingerprints() {
  let slots = new BigUint64Array(FIRST_SLOTS);
  let size = 0;

  function grow(): void {
    const old = slots;
    slots = new BigUint64Array(2 * old.length);
    for (const print of old) if (print !== 0n) slots[slotOf(slots, print)] = print;
  }

  /** Whether the text was not there yet. */
  function add(text: string): boolean {
    const print = printOf(text);
    const slot = slotOf(slots, print);
    if (slots[slot] === print) return false;
    slots[slot] = print;
    size += 1;
    if (size > MAX_LOAD * slots.length) grow();
    return true;
  }

  return {
    add,
    has(text: string): boolean {
      const print = printOf(text);
      return slots[slotOf(slots, print)] === print;
    },
  };
}

/** Never 0, which marks an empty slot. */
const printOf = (text: string): bigint => createHash('sha256').update(text).digest().readBigUInt64LE() || 1n;

/** The slot of a fingerprint, or the free slot for it. */
function slotOf(slots: BigUint64Array, print: bigint): number {
  let slot = Number(print & BigInt(slots.length - 1));
  while (slots[slot] !== 0n && slots[slot] !== print) slot = (slot + 1) % slots.length;
  return slot;
}

/** The hashes of Trino that DuckDB lacks, as functions of the process. */
import { crc32 } from 'node:zlib';

const MASK = (1n << 64n) - 1n;
const [P1, P2, P3, P4, P5] = [
  0x9e3779b185ebca87n,
  0xc2b2ae3d27d4eb4fn,
  0x165667b19e3779f9n,
  0x85ebca77c2b2ae63n,
  0x27d4eb2f165667c5n,
] as const;

const times = (a: bigint, b: bigint) => (a * b) & MASK;
const plus = (a: bigint, b: bigint) => (a + b) & MASK;
const rotate = (a: bigint, bits: bigint) => ((a << bits) | (a >> (64n - bits))) & MASK;
const round = (lane: bigint, input: bigint) => times(rotate(plus(lane, times(input, P2)), 31n), P1);
const merge = (hash: bigint, lane: bigint) => plus(times(hash ^ round(0n, lane), P1), P4);

/** XXH64 with seed 0 as eight bytes, most significant first, as Trino's `xxhash64` returns it. */
export function xxhash64(bytes: Uint8Array): Buffer {
  const input = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 0;
  let hash: bigint = P5;
  if (input.length >= 32) {
    const lanes: bigint[] = [plus(P1, P2), P2, 0n, (MASK + 1n - P1) & MASK];
    for (; at + 32 <= input.length; at += 32) {
      for (let i = 0; i < 4; i++) lanes[i] = round(lanes[i]!, input.readBigUInt64LE(at + i * 8));
    }
    const rotated = lanes.map((lane, i) => rotate(lane, [1n, 7n, 12n, 18n][i]!));
    hash = rotated.reduce(plus);
    hash = lanes.reduce(merge, hash);
  }
  const mixed = tail(plus(hash, BigInt(input.length)), input.subarray(at));
  const result = Buffer.alloc(8);
  result.writeBigUInt64BE(avalanche(mixed));
  return result;
}

/** CRC-32 as Trino's `crc32` returns it, a bigint. */
export const crc = (bytes: Uint8Array): bigint => BigInt(crc32(bytes));

function tail(start: bigint, rest: Buffer): bigint {
  let hash = start;
  let at = 0;
  for (; at + 8 <= rest.length; at += 8) {
    hash = plus(times(rotate(hash ^ round(0n, rest.readBigUInt64LE(at)), 27n), P1), P4);
  }
  if (at + 4 <= rest.length) {
    hash = plus(times(rotate(hash ^ times(BigInt(rest.readUInt32LE(at)), P1), 23n), P2), P3);
    at += 4;
  }
  for (; at < rest.length; at++) hash = times(rotate(hash ^ times(BigInt(rest[at]!), P5), 11n), P1);
  return hash;
}

function avalanche(hash: bigint): bigint {
  const once = times(hash ^ (hash >> 33n), P2);
  const twice = times(once ^ (once >> 29n), P3);
  return twice ^ (twice >> 32n);
}

/**
 * Finds the records of a side in an online store, by identifier. That store tells `1`, `1.0` and `1e0` apart; an offline store keeps
 * one number for all three, and so does not say under which of them the record is.
 */
import { CommandError } from '../../errors.js';
import { cellOf, type Row } from '../../utils/json.js';
import type { Patience } from '../../utils/patience/patience.js';
import { count } from '../../utils/quantities.js';
import { eventTimeTypeOf, type FeatureGroup } from '../groups/describe.js';
import { getRecords, MAX_IDENTIFIERS_PER_BATCH_GET } from '../online/batch-get.js';
import { listIdentifiers } from '../online/list.js';
import type { CallOptions } from '../online/patience.js';
import type { WriteTarget } from '../online/types.js';
import { compareEventTimes } from '../records/event-time.js';
import { fromRecord } from '../records/record-rows.js';
import { cellText, identifierKey } from '../records/rules.js';
import type { Found } from './judge.js';

/** Adds the online records to those of the other side; what is found under another text gets that text. */
export type Match = (found: Found[], patience: Patience) => Promise<Found[]>;

/** Records by identifier, however many are asked for. */
export async function readOnline(
  target: WriteTarget,
  identifiers: string[],
  patience: Patience,
): Promise<Map<string, Row>> {
  const held = new Map<string, Row>();
  for (let at = 0; at < identifiers.length; at += MAX_IDENTIFIERS_PER_BATCH_GET) {
    const records = await getRecords(target, identifiers.slice(at, at + MAX_IDENTIFIERS_PER_BATCH_GET), { patience });
    for (const [identifier, record] of records) held.set(identifier, fromRecord(record));
  }
  return held;
}

/** Two online stores have a record under the same text. */
export function matchTexts(target: WriteTarget): Match {
  return async (found, patience) => {
    const identifiers = found.map(({ id }) => id);
    const held = await readOnline(target, identifiers, patience);
    return found.map((each) => ({ ...each, b: held.get(each.id) }));
  };
}

/** The records of an offline store, whose identifiers are numbers: of several texts for one, that of the newest record. */
export function matchNumbers(target: WriteTarget, group: FeatureGroup, options: CallOptions): Match {
  const own = target.group.features.find(({ name }) => name === target.group.recordIdentifier);
  if (own?.type === 'String') return matchTexts(target);
  const keyOf = identifierKey(target.group, group);
  const unusual = openUnusual(target, keyOf, options);
  const newest = newestOf(target.group);
  // As the offline store prints the number, and as most people write it.
  const usualTexts = (id: string): string[] => [...new Set([id, keyOf(id)])];
  return async (found, patience) => {
    const held = await readOnline(
      target,
      found.flatMap(({ id }) => usualTexts(id)),
      patience,
    );
    const isThere = ({ id, a }: Found) => {
      const text = newest(usualTexts(id), held);
      const [here, there] = [cellOf(a!, group.eventTime), text && cellOf(held.get(text)!, target.group.eventTime)];
      return here === there;
    };
    const rest = found.filter((each) => !isThere(each));
    const others = rest.length > 0 ? await unusual() : new Map<string, string[]>();
    const othersOf = (id: string) => others.get(keyOf(id)) ?? [];
    const texts = rest.flatMap(({ id }) => othersOf(id));
    for (const [text, row] of await readOnline(target, texts, patience)) held.set(text, row);
    return found.map(({ id, a }) => {
      const text = newest([...usualTexts(id), ...othersOf(id)], held);
      if (text === undefined) return { id, a };
      return { id: text, a: { ...a, [group.recordIdentifier]: text }, b: held.get(text) };
    });
  };
}

function newestOf(group: FeatureGroup): (texts: string[], held: Map<string, Row>) => string | undefined {
  const type = eventTimeTypeOf(group);
  const timeIn = (row: Row) => cellText(cellOf(row, group.eventTime) ?? '');
  return (texts, held) => {
    const there = texts.filter((text) => held.has(text));
    return there.sort((x, y) => compareEventTimes(timeIn(held.get(y)!), timeIn(held.get(x)!), type))[0];
  };
}

/** Kept in memory: about 200 MB. Most groups have none. */
const MAX_UNUSUAL = 1_000_000;

/** Identifiers that are not written as `keyOf` writes them, by what it makes of them. Lists the online store once, when first asked. */
function openUnusual(target: WriteTarget, keyOf: (text: string) => string, options: CallOptions) {
  let listed: Promise<Map<string, string[]>> | undefined;
  async function list(): Promise<Map<string, string[]>> {
    const found = new Map<string, string[]>();
    let total = 0;
    for await (const page of listIdentifiers(target, options)) {
      for (const text of page) {
        const key = keyOf(text);
        if (key === text) continue;
        total += 1;
        if (total > MAX_UNUSUAL)
          throw new CommandError(
            `More than ${count(MAX_UNUSUAL)} record identifiers in the online store of ${target.group.name} are not written as their numbers are (such as ${text} for ${key}): they cannot be matched with an offline store.`,
          );
        const texts = found.get(key);
        if (texts) texts.push(text);
        else found.set(key, [text]);
      }
    }
    return found;
  }
  return () => (listed ??= list());
}

/** Checks on a whole record: nothing missing, duplicated, deleted or too large. Pure. */
import type { Cell } from '../../utils/json.js';
import { eventTimeType, type FeatureGroup } from '../groups/describe.js';
import { nowAs } from './event-time.js';
import { DELETION_COLUMN, deletionOf } from './offline-columns.js';
import { featureValues, openingsOf } from './record-json.js';
import type { ShapedRecord } from './rows.js';
import type { Problem } from './rules.js';
import { MAX_RECORD_BYTES, recordBytes } from './size.js';

export function withDeletion(cell: Cell | undefined, problems: Problem[] | undefined): Problem[] | undefined {
  const what = deletionOf(cell);
  return what === undefined ? problems : [{ feature: DELETION_COLUMN, message: what }, ...(problems ?? [])];
}

export function withDuplicates(json: string, problems: Problem[] | undefined): Problem[] | undefined {
  const seen = new Set<string | undefined>();
  for (const { FeatureName: feature } of featureValues(json)) {
    if (seen.has(feature))
      (problems ??= []).push({ feature, message: `Feature ${feature} is given by two columns of the row.` });
    seen.add(feature);
  }
  return problems;
}

export function withTooLarge(json: string, problems: Problem[] | undefined): Problem[] | undefined {
  const bytes = recordBytes(featureValues(json));
  if (bytes <= MAX_RECORD_BYTES) return problems;
  return [
    ...(problems ?? []),
    { message: `The record has ${bytes} bytes; the service takes at most ${MAX_RECORD_BYTES} (350 KB).` },
  ];
}

/** The event time for rows without one, if requested. */
export function filledEventTime(group: FeatureGroup, now: Date | undefined) {
  const feature = group.features.find(({ name }) => name === group.eventTime);
  return feature && now && { openings: openingsOf(feature.name), time: nowAs(eventTimeType(feature), now) };
}

interface Unfinished extends Pick<ShapedRecord, 'json'>, Partial<Pick<ShapedRecord, 'identifier' | 'eventTime'>> {
  problems: Problem[] | undefined;
}

/** Reports missing values, except an event time that was filled in. */
export function missingValues(group: FeatureGroup, filled: string | undefined, timeHint?: string) {
  return ({ json, identifier, eventTime, problems = [] }: Unfinished): ShapedRecord | Problem[] => {
    const wrong = new Set(problems.map((problem) => problem.feature));
    const lacks = (name: string, role: string, hint?: string) => {
      const what = `The ${role} ${name} is missing`;
      if (!wrong.has(name)) problems.push({ feature: name, message: hint ? `${what} (${hint}).` : `${what}.` });
    };
    if (identifier === undefined) lacks(group.recordIdentifier, 'record identifier');
    if (eventTime === undefined && filled === undefined) lacks(group.eventTime, 'event time', timeHint);
    if (problems.length > 0) return problems;
    if (eventTime !== undefined) return { json, identifier: identifier!, eventTime };
    return { json, identifier: identifier!, eventTime: filled!, filledEventTime: true };
  };
}

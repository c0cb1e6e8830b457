/** A comparison as text for people: the counts, and the first differences side by side. Pure. */
import type { Cell as Value } from '../../utils/json.js';
import { count, counted, duration } from '../../utils/quantities.js';
import type { Comparison } from '../../feature-store/compare/run.js';
import { aligned } from './aligned.js';
import type { Column } from '../../utils/terminal/table.js';

export function renderComparison(
  comparison: Comparison,
  { differencesFile, width }: { differencesFile?: string; width?: number } = {},
): string[] {
  const { a, b, counts, onlyInA, onlyInB, sample } = comparison;
  const side = ({ group, store, live }: Comparison['a']) =>
    `${group}, ${store} store${live === undefined ? '' : `, ${count(live)} live`}`;
  const line = (label: string, number: number, words: string): [string, string | undefined] => [
    label,
    number === 0 ? undefined : `${count(number)} ${words}`.trim(),
  ];
  return aligned(
    [
      ['A', side(a)],
      ['B', side(b)],
      [
        'sample',
        sample === undefined ? undefined : `${counted(sample, 'record')} of A; records only in B were not looked for`,
      ],
      ['only in A', onlyInA.join(', ')],
      ['only in B', onlyInB.join(', ')],
      ['same', count(counts.same)],
      line('missing', counts.missing, 'in A and not in B'),
      line('extra', counts.extra, 'in B and not in A'),
      line('stale', counts.stale, 'of an older event time in B'),
      line('newer', counts.newer, 'of a newer event time in B'),
      line('different', counts.different, 'of the same event time'),
      line('unsettled', counts.unsettled, 'that differ and are too recent: they may not have landed yet'),
      line('expired', counts.expired, 'that an online store has dropped, as their time to live is over'),
      ['took', duration(comparison.seconds)],
      ['to fix B', differencesFile],
    ],
    width,
  );
}

type DifferenceRow = ReturnType<typeof differenceRows>[number];

/** Differing features shown of one record; `-o json` has all of them. */
const MAX_FEATURES = 5;

/** One row for each value that differs; of a record with many, the first ones and how many more there are. */
export function differenceRows({ differences }: Comparison) {
  return differences.flatMap(({ id, kind, values }) => {
    const some = values.slice(0, MAX_FEATURES);
    const rows = some.map(({ feature, a, b }) => ({ id, kind, feature, a: shown(a), b: shown(b) }));
    const more = values.length - rows.length;
    return more > 0 ? [...rows, { id, kind, feature: `and ${counted(more, 'more feature')}`, a: '', b: '' }] : rows;
  });
}

/** Quoted where the bare text would be invisible or ambiguous. */
function shown(value: Value): string | null {
  if (value === null) return null;
  if (typeof value !== 'string') return JSON.stringify(value);
  return value === '' || value.trim() !== value || value === '-' ? JSON.stringify(value) : value;
}

export const DIFFERENCE_COLUMNS: Column<DifferenceRow>[] = [
  { name: 'Record', value: ({ id }) => id },
  { name: 'Difference', value: ({ kind }) => kind, importance: 1 },
  { name: 'Feature', value: ({ feature }) => feature },
  { name: 'A', value: ({ a }) => a },
  { name: 'B', value: ({ b }) => b },
];

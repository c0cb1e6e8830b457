import { describe, expect, test } from 'vitest';
import type { FeatureDefinition } from '../../../src/feature-store/groups/describe.js';
import {
  alikeWords,
  matchSchemas,
  schemaDiff,
  type MatchOptions,
} from '../../../src/feature-store/schema/schema-match.js';
import { feature, groupOf } from '../groups.js';

const source = (...features: FeatureDefinition[]) => groupOf(features, { name: 'src' });
const target = (...features: FeatureDefinition[]) => groupOf(features, { name: 'dst' });

function match(from: FeatureDefinition[], to: FeatureDefinition[], options?: MatchOptions) {
  return matchSchemas(source(...from), target(...to), options);
}

const names = ({ pairs }: ReturnType<typeof match>) => pairs.map((pair) => [pair.source.name, pair.target.name]);

test('equal schemas fit', () => {
  const found = match([feature('price', 'Fractional')], [feature('price', 'Fractional')]);
  expect(found).toMatchObject({ dropped: [], unset: [], warnings: [], problems: [] });
  expect(names(found)).toEqual([
    ['id', 'id'],
    ['event_time', 'event_time'],
    ['price', 'price'],
  ]);
});

describe('types widen and never narrow', () => {
  const TYPES = ['Integral', 'Fractional', 'String'] as const;
  const cases = TYPES.flatMap((from, width) => TYPES.map((to, other) => ({ from, to, fits: width <= other })));
  test.each(cases)('$from → $to: $fits', ({ from, to, fits }) => {
    const { problems } = match([feature('x', from)], [feature('x', to)]);
    expect(problems).toEqual(fits ? [] : [`x is ${from}, but its counterpart is ${to}.`]);
  });

  test('an Integral that becomes a Fractional may lose digits', () => {
    expect(match([feature('x', 'Integral')], [feature('x', 'Fractional')]).warnings).toEqual([
      'x: an Integral beyond 2^53 loses digits as a Fractional.',
    ]);
  });

  test('collections fit their like alone', () => {
    const vector = (dimension: number) => feature('v', 'Fractional', { collection: 'Vector', dimension });
    expect(match([vector(3)], [vector(3)]).problems).toEqual([]);
    expect(match([vector(3)], [vector(4)]).problems).toEqual(['v has 3 elements, but its counterpart is 4.']);
    expect(match([feature('v')], [vector(4)]).problems).toEqual([
      'v is String, but its counterpart is Vector of Fractional.',
    ]);
  });
});

describe('event times', () => {
  const timed = (name: string, type: 'String' | 'Fractional') =>
    groupOf([], { name, features: [feature('id'), feature('event_time', type)] });

  test.each([
    [
      'String',
      'Fractional',
      ['event_time: event times become Unix seconds, which a double holds to about a microsecond.'],
    ],
    ['Fractional', 'String', []],
  ] as const)('%s becomes %s', (from, to, warnings) => {
    expect(matchSchemas(timed('src', from), timed('dst', to))).toMatchObject({ problems: [], warnings });
  });
});

test('a feature only in the target is left unset', () => {
  expect(match([], [feature('new')])).toMatchObject({ problems: [], unset: [{ name: 'new' }] });
});

describe('features only in the source', () => {
  const from = [feature('colour'), feature('size')];
  test('stop the run', () => {
    expect(match(from, []).problems).toEqual([
      'dst has no colour, size: --drop colour,size leaves them behind, --map old=new renames.',
    ]);
    expect(match([feature('colour')], [feature('color')]).problems).toEqual([
      'dst has no colour: --drop colour leaves it behind, --map old=new renames. Did you mean color?',
    ]);
  });

  test.each([{ drop: ['colour', 'size'] }, { dropExtra: true }])('until %j', (options) => {
    expect(match(from, [], options)).toMatchObject({ problems: [], dropped: [{ name: 'colour' }, { name: 'size' }] });
  });

  test('or until they are renamed', () => {
    const renamed = match([feature('colour')], [feature('color')], { map: { colour: 'color' } });
    expect(renamed).toMatchObject({ problems: [], unset: [] });
    expect(names(renamed)).toContainEqual(['colour', 'color']);
  });
});

describe('names that differ in case, _ and - alone', () => {
  test('are proposed where there is one on either side and its type fits, and never applied', () => {
    const found = match(
      [feature('Ship-Mode'), feature('colour'), feature('a_b'), feature('A-B'), feature('n'), feature('gone')],
      [
        feature('ship_mode'),
        feature('color'),
        feature('ab'),
        feature('N', 'Integral'),
        feature('GONE'),
        feature('go-ne'),
      ],
    );
    expect(found.alike).toEqual({ 'Ship-Mode': 'ship_mode' });
    expect(names(found)).toEqual([
      ['id', 'id'],
      ['event_time', 'event_time'],
    ]);
    expect(found.problems).toEqual([
      'dst has no Ship-Mode, colour, a_b, A-B, n, gone: --drop Ship-Mode,colour,a_b,A-B,n,gone leaves them behind, --map old=new renames.',
    ]);
    expect(alikeWords(found)).toBe('Only case, _ or - tell Ship-Mode and ship_mode apart. If they are the same:');
  });

  test('are not proposed for what has a counterpart, or was dropped', () => {
    expect(match([feature('Age')], [feature('Age'), feature('age')])).toMatchObject({ alike: {}, problems: [] });
    expect(match([feature('Age')], [feature('age')], { drop: ['Age'] })).toMatchObject({ alike: {}, warnings: [] });
    expect(match([feature('Age')], [feature('age')], { map: { Age: 'age' } })).toMatchObject({ alike: {}, unset: [] });
  });

  test('are warned of where --drop-extra leaves one behind', () => {
    expect(match([feature('Age'), feature('x')], [feature('age')], { dropExtra: true }).warnings).toEqual([
      'Age is left behind; if it is age of dst, add --map Age=age.',
    ]);
  });
});

describe('identifier and event time', () => {
  const renamed = (id: string, time: string, more: FeatureDefinition[] = []) =>
    groupOf([], {
      name: 'dst',
      features: [feature(id), feature(time), ...more],
      recordIdentifier: id,
      eventTime: time,
    });

  test('find each other under different names', () => {
    const found = matchSchemas(source(), renamed('customer', 'at'));
    expect(found.problems).toEqual([]);
    expect(names(found)).toEqual([
      ['id', 'customer'],
      ['event_time', 'at'],
    ]);
  });

  test('but not where the name means something else on the other side', () => {
    const { problems } = matchSchemas(source(), renamed('customer', 'event_time', [feature('id')]));
    expect(problems).toEqual([
      'The record identifier of src is id, that of dst is customer; map them to each other with --map id=customer.',
    ]);
    expect(
      matchSchemas(source(), renamed('customer', 'event_time', [feature('id')]), { map: { id: 'customer' } }).problems,
    ).toEqual([]);
  });

  test('cannot be dropped', () => {
    expect(match([], [], { drop: ['id'] }).problems).toHaveLength(1);
  });
});

test('names that are not there are told apart, with the likely one', () => {
  expect(match([feature('price')], [feature('price')], { drop: ['prise'], map: { id: 'idd' } }).problems).toEqual(
    expect.arrayContaining([
      '--drop: src has no feature prise. Did you mean price?',
      '--map: dst has no feature idd. Did you mean id?',
    ]),
  );
});

test('two features cannot feed one', () => {
  expect(match([feature('a'), feature('b')], [feature('b')], { map: { a: 'b' } }).problems).toEqual([
    'a and b would both be written to b; --drop all but one.',
  ]);
});

test('the difference reads at a glance', () => {
  const found = match(
    [feature('n', 'Integral'), feature('old'), feature('extra')],
    [feature('n', 'String'), feature('new'), feature('more')],
    { map: { old: 'new' }, drop: ['extra'] },
  );
  expect(schemaDiff(found)).toEqual([
    '= id (String)',
    '= event_time (String)',
    '→ n (Integral) → n (String)',
    '→ old (String) → new (String)',
    '- extra (String), left behind',
    '+ more (String), only in the target: left unset',
  ]);
});

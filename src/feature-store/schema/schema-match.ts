/** Matches the features of source and target, and tells why they may not fit. Pure. */
import { didYouMean, plainName } from '../../utils/nearest.js';
import type { FeatureDefinition, FeatureGroup, FeatureType } from '../groups/describe.js';
import { typeWords } from './feature-types.js';

/** A feature with another name or type in the target; unchanged ones have no entry. */
export interface ChangedFeature {
  name: string;
  newName?: string;
  type: string;
  newType?: string;
}

export interface MatchOptions {
  /** `--map old=new`: source feature → target feature. */
  map?: Record<string, string>;
  /** `--drop a,b`: source features to drop. */
  drop?: string[];
  /** `--drop-extra`: drop what the target lacks. */
  dropExtra?: boolean;
  /** Values are only compared, not written: any two scalar types may be. */
  anyScalar?: boolean;
}

export interface FeaturePair {
  source: FeatureDefinition;
  target: FeatureDefinition;
}

export interface SchemaMatch {
  /** In the order of the source. */
  pairs: FeaturePair[];
  /** Only in the source, and dropped as requested. */
  dropped: FeatureDefinition[];
  /** Only in the target: they stay unset. */
  unset: FeatureDefinition[];
  /** Of the source's own and the target's own, those that can only be meant to be one: a `--map` to propose, never to apply. */
  alike: Record<string, string>;
  /** Possible losses, one sentence each. */
  warnings: string[];
  /** Why the migration is impossible, one sentence each. */
  problems: string[];
}

/** From narrow to wide: values of a type can be written to any later type. */
const WIDENING: FeatureType[] = ['Integral', 'Fractional', 'String'];

/**
 * Pairs features by name (after `map`), identifier with identifier and event time with event time whatever their names.
 */
export function matchSchemas(source: FeatureGroup, target: FeatureGroup, options: MatchOptions = {}): SchemaMatch {
  const names = targetNames(source, target, options.map ?? {});
  const left = new Set(options.drop);
  const targets = new Map(target.features.map((feature) => [feature.name, feature]));
  const kept = source.features.filter(({ name }) => !left.has(name));
  const pairs = kept.flatMap((feature) => {
    const counterpart = targets.get(names.get(feature.name)!);
    return counterpart ? [{ source: feature, target: counterpart }] : [];
  });
  const extra = kept.filter(({ name }) => !targets.has(names.get(name)!));
  const fed = new Set(pairs.map((pair) => pair.target.name));
  const unset = target.features.filter(({ name }) => !fed.has(name));
  const alike = alikeOf(extra, unset, target);
  return {
    pairs,
    dropped: source.features.filter(
      (feature) => left.has(feature.name) || (options.dropExtra && extra.includes(feature)),
    ),
    unset,
    alike,
    warnings: [
      ...pairs.flatMap((pair) => lossOf(pair, target)),
      ...Object.entries(options.dropExtra ? alike : {}).map(
        ([from, to]) => `${from} is left behind; if it is ${to} of ${target.name}, add --map ${from}=${to}.`,
      ),
    ],
    problems: [
      ...wrongNames(source, target, options),
      ...collisions(pairs),
      ...roleProblems(pairs, source, target),
      ...pairs.filter((pair) => !options.anyScalar || isCollection(pair)).flatMap((pair) => typeProblems(pair, target)),
      ...(options.dropExtra ? [] : extraProblem(extra, target)),
    ],
  };
}

/**
 * Source name → target name. Identifier and event time keep their own name where the other group has a feature of that
 * name.
 */
function targetNames(source: FeatureGroup, target: FeatureGroup, map: Record<string, string>): Map<string, string> {
  const names = new Map(source.features.map(({ name }) => [name, name]));
  const has = (group: FeatureGroup, name: string) => group.features.some((feature) => feature.name === name);
  for (const role of ['recordIdentifier', 'eventTime'] as const) {
    if (!has(target, source[role]) && !has(source, target[role])) names.set(source[role], target[role]);
  }
  for (const [from, to] of Object.entries(map)) names.set(from, to);
  return names;
}

/** Names that differ in case, `_` and `-` alone, where there is one on either side and its type fits. */
function alikeOf(extra: FeatureDefinition[], unset: FeatureDefinition[], target: FeatureGroup): Record<string, string> {
  const named = (features: FeatureDefinition[], { name }: FeatureDefinition) =>
    features.filter((feature) => plainName(feature.name) === plainName(name));
  const found = extra.flatMap((feature) => {
    const [counterpart, ...more] = named(unset, feature);
    if (!counterpart || more.length > 0 || named(extra, feature).length > 1) return [];
    const pair = { source: feature, target: counterpart };
    return typeProblems(pair, target).length > 0 ? [] : [[feature.name, counterpart.name] as const];
  });
  return Object.fromEntries(found);
}

/** What is said above the command that applies them; undefined where there are none. */
export function alikeWords({ alike }: SchemaMatch): string | undefined {
  const each = Object.entries(alike).map((names) => names.join(' and '));
  return each.length === 0 ? undefined : `Only case, _ or - tell ${each.join(', ')} apart. If they are the same:`;
}

function wrongNames(source: FeatureGroup, target: FeatureGroup, { map = {}, drop = [] }: MatchOptions): string[] {
  const missing = (group: FeatureGroup, option: string, names: string[]) => {
    const known = group.features.map((feature) => feature.name);
    const wrong = names.filter((name) => !known.includes(name));
    return wrong.map((name) => `${option}: ${group.name} has no feature ${name}.${didYouMean(name, known)}`);
  };
  return [
    ...missing(source, '--map', Object.keys(map)),
    ...missing(target, '--map', Object.values(map)),
    ...missing(source, '--drop', drop),
  ];
}

function collisions(pairs: FeaturePair[]): string[] {
  const sources = new Map<string, string[]>();
  for (const { source, target } of pairs) sources.set(target.name, [...(sources.get(target.name) ?? []), source.name]);
  return [...sources]
    .filter(([, names]) => names.length > 1)
    .map(([target, names]) => `${names.join(' and ')} would both be written to ${target}; --drop all but one.`);
}

function roleProblems(pairs: FeaturePair[], source: FeatureGroup, target: FeatureGroup): string[] {
  const roles = [
    ['record identifier', 'recordIdentifier'],
    ['event time', 'eventTime'],
  ] as const;
  return roles.flatMap(([words, role]) => {
    const to = pairs.find((pair) => pair.source.name === source[role])?.target.name;
    if (to === target[role]) return [];
    return `The ${words} of ${source.name} is ${source[role]}, that of ${target.name} is ${target[role]}; map them to each other with --map ${source[role]}=${target[role]}.`;
  });
}

const isCollection = ({ source, target }: FeaturePair) => Boolean(source.collection ?? target.collection);

function typeProblems({ source, target }: FeaturePair, group: FeatureGroup): string[] {
  const isAlike = source.collection === target.collection;
  if (isAlike && source.dimension !== target.dimension)
    return [`${source.name} has ${source.dimension} elements, but ${arrow(source, target)}${target.dimension}.`];
  const widens = WIDENING.indexOf(source.type) <= WIDENING.indexOf(target.type);
  const same = source.type === target.type;
  // Event times are String or Fractional, and convertible either way.
  if (isAlike && (same || target.name === group.eventTime || (widens && !source.collection))) return [];
  return [`${source.name} is ${typeWords(source)}, but ${arrow(source, target)}${typeWords(target)}.`];
}

/** A double has 53 bits: a large Integral, or the nanoseconds of an event time, lose digits. */
function lossOf({ source, target }: FeaturePair, group: FeatureGroup): string[] {
  if (target.type !== 'Fractional' || source.type === 'Fractional') return [];
  if (target.name === group.eventTime)
    return [`${source.name}: event times become Unix seconds, which a double holds to about a microsecond.`];
  return [`${source.name}: an Integral beyond 2^53 loses digits as a Fractional.`];
}

function extraProblem(extra: FeatureDefinition[], target: FeatureGroup): string[] {
  if (extra.length === 0) return [];
  const names = extra.map(({ name }) => name);
  const hint =
    names.length === 1
      ? didYouMean(
          names[0]!,
          target.features.map(({ name }) => name),
        )
      : '';
  return [
    `${target.name} has no ${names.join(', ')}: --drop ${names.join(',')} leaves ${names.length === 1 ? 'it' : 'them'} behind, --map old=new renames.${hint}`,
  ];
}

const arrow = (source: FeatureDefinition, target: FeatureDefinition) =>
  source.name === target.name ? 'its counterpart is ' : `${target.name} is `;

/** Both schemas, one line per feature: `=` same, `→` converted or renamed, `+` unset in the target, `-` dropped. */
export function schemaDiff({ pairs, dropped, unset, problems }: SchemaMatch): string[] {
  const same = ({ source, target }: FeaturePair) =>
    source.name === target.name && typeWords(source) === typeWords(target);
  const words = (feature: FeatureDefinition) => `${feature.name} (${typeWords(feature)})`;
  return [
    ...pairs.filter(same).map(({ source }) => `= ${words(source)}`),
    ...pairs.filter((pair) => !same(pair)).map(({ source, target }) => `→ ${words(source)} → ${words(target)}`),
    ...dropped.map((feature) => `- ${words(feature)}, left behind`),
    ...unset.map((feature) => `+ ${words(feature)}, only in the target: left unset`),
    ...problems.map((problem) => `! ${problem}`),
  ];
}

export function changeOf({ source, target }: FeaturePair): ChangedFeature[] {
  const [type, newType] = [typeWords(source), typeWords(target)];
  if (source.name === target.name && type === newType) return [];
  const newName = source.name === target.name ? undefined : target.name;
  return [{ name: source.name, newName, type, newType: type === newType ? undefined : newType }];
}

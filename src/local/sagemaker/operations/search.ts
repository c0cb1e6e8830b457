/** Search: feature groups and features by their properties; the store has no other resources. */
import { operation } from '../../wire/operation.js';
import { pageOf } from '../../wire/pages.js';
import { integer, list, required, string, structure, type Rule, type ValueOf } from '../../wire/rules.js';
import type { FeatureGroup } from '../groups.js';
import { invalid } from './definitions.js';
import { describeGroup } from './describe-feature-group.js';
import { describeFeature } from './feature-metadata.js';
import * as shared from './rules.js';
import { tagsOf } from './tags.js';

const DEFAULT_PAGE_SIZE = 10;
const MAX_PAGE_SIZE = 100;

/** Comparison operators; strings have no order here. */
const COMPARISONS: Record<string, (value: string | number, wanted: string | number) => boolean> = {
  Equals: (value, wanted) => value === wanted,
  GreaterThan: (value, wanted) => value > wanted,
  GreaterThanOrEqualTo: (value, wanted) => value >= wanted,
  LessThan: (value, wanted) => value < wanted,
  LessThanOrEqualTo: (value, wanted) => value <= wanted,
  Contains: (value, wanted) => String(value).includes(String(wanted)),
  In: (value, wanted) => String(wanted).split(',').includes(String(value)),
};

const property = string({ minLength: 1, maxLength: 255, pattern: '.+' });
const filter = structure({
  Name: required(property),
  Operator: string({ oneOf: [...Object.keys(COMPARISONS), 'NotEquals', 'Exists', 'NotExists'] }),
  Value: string({ minLength: 1, maxLength: 1024, pattern: '.+' }),
});
const expression: Rule<Expression> = structure({
  Filters: list(filter, { minLength: 1, maxLength: 20 }),
  Operator: string({ oneOf: ['And', 'Or'] }),
});
expression.members!.SubExpressions = list(expression, { minLength: 1, maxLength: 20 });

type Filter = ValueOf<typeof filter>;

interface Expression {
  Filters?: Filter[];
  NestedFilters?: object[];
  SubExpressions?: Expression[];
  Operator?: 'And' | 'Or';
}

const RESOURCES =
  'TrainingJob Experiment ExperimentTrial ExperimentTrialComponent Endpoint Model ModelPackage ModelPackageGroup ' +
  'Pipeline PipelineExecution FeatureGroup FeatureMetadata Image ImageVersion Project HyperParameterTuningJob ' +
  'ModelCard PipelineVersion Job HubContent';

export const search = operation({
  rules: {
    Resource: required(string({ oneOf: RESOURCES.split(' ') })),
    SearchExpression: expression,
    SortBy: property,
    SortOrder: string({ oneOf: ['Ascending', 'Descending'] }),
    MaxResults: integer({ min: 1, max: MAX_PAGE_SIZE }),
    NextToken: shared.nextToken,
  },
  run({ groups, now }, { Resource, SearchExpression, ...input }, { region }) {
    const { SortBy = 'LastModifiedTime', SortOrder = 'Descending' } = input;
    const found = groups
      .list(region)
      .flatMap((group) => resourcesOf(Resource, group, now()))
      .filter(({ properties }) => SearchExpression === undefined || satisfies(properties, SearchExpression));
    const key = ({ properties }: { properties: object }): unknown => valuesAt(properties, SortBy)[0] ?? '';
    const direction = SortOrder === 'Ascending' ? 1 : -1;
    found.sort((a, b) => (key(a)! < key(b)! ? -direction : key(a)! > key(b)! ? direction : 0));
    const page = pageOf(found, input, DEFAULT_PAGE_SIZE);
    return {
      Results: page.items.map(({ shown }) => ({ [Resource]: shown })),
      TotalHits: { Value: found.length, Relation: 'EqualTo' },
      NextToken: page.next,
    };
  },
});

/** Resources, and their searchable properties: `Tags.team`, `Parameters.unit`. */
function resourcesOf(resource: string, group: FeatureGroup, now: number): { shown: object; properties: object }[] {
  if (resource === 'FeatureGroup') {
    const shown = { ...describeGroup(group, now), Tags: tagsOf(group) };
    return [{ shown, properties: { ...shown, Tags: group.tags } }];
  }
  if (resource !== 'FeatureMetadata') return [];
  return group.definitions.map((definition) => {
    const shown = describeFeature(group, definition);
    const parameters = group.metadata?.[definition.FeatureName]?.parameters;
    return { shown, properties: { ...shown, Parameters: parameters } };
  });
}

/** @throws ServiceError ValidationException */
function satisfies(properties: object, { Filters = [], SubExpressions = [], ...rest }: Expression): boolean {
  if (rest.NestedFilters) throw invalid('The embedded store does not answer NestedFilters.');
  if (Filters.length + SubExpressions.length === 0)
    throw invalid('A SearchExpression needs a filter or subexpression.');
  const results = [
    ...Filters.map((filter) => passes(properties, filter)),
    ...SubExpressions.map((each) => satisfies(properties, each)),
  ];
  return rest.Operator === 'Or' ? results.includes(true) : !results.includes(false);
}

function passes(properties: object, { Name, Operator = 'Equals', Value }: Filter): boolean {
  if (!Object.hasOwn(properties, Name.split('.', 1)[0]!)) throw invalid(`Unknown property name: ${Name}`);
  const values = valuesAt(properties, Name);
  if (Operator === 'Exists' || Operator === 'NotExists') return values.length > 0 === (Operator === 'Exists');
  if (Value === undefined) throw invalid(`The operator ${Operator} needs a Value.`);
  const anyCompares = (operator: string): boolean => values.some((value) => compares(value, operator, { Name, Value }));
  return Operator === 'NotEquals' ? !anyCompares('Equals') : anyCompares(Operator);
}

function compares(value: unknown, operator: string, { Name, Value }: Required<Omit<Filter, 'Operator'>>): boolean {
  if (typeof value === 'number') {
    const wanted = Name.endsWith('Time') ? Date.parse(Value) / 1000 : Number(Value);
    return COMPARISONS[operator]!(value, wanted);
  }
  if (/^(Greater|Less)/.test(operator)) throw invalid(`The operator ${operator} is not for the text property ${Name}.`);
  return COMPARISONS[operator]!(String(value), Value);
}

/** The values at `a.b.c`, for lists those of each element; tag keys may contain dots. */
function valuesAt(thing: unknown, path: string): (string | number | boolean)[] {
  if (thing === undefined || thing === null) return [];
  if (Array.isArray(thing)) return thing.flatMap((each) => valuesAt(each, path));
  if (typeof thing !== 'object') return path === '' ? [thing as string | number | boolean] : [];
  const end = Object.hasOwn(thing, path) || !path.includes('.') ? path.length : path.indexOf('.');
  return valuesAt((thing as Record<string, unknown>)[path.slice(0, end)], path.slice(end + 1));
}

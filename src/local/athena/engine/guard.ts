/** Restricts what a query may do in DuckDB: parsed by the parser of DuckDB, allowed by name. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { isSyntaxError, mismatched, QueryError, tableNotFound, translate, type Origin } from '../language/errors.js';
import type { Tables } from '../../glue/tables.js';
import { FUNCTIONS } from './functions.js';
import { INFORMATION_SCHEMA, OWN_INFORMATION_SCHEMA, PATH, type Rewritten } from './rewrite.js';
import { isName, positionOf, type Token } from '../language/tokens.js';

/** A node of the parse tree of DuckDB, from `json_serialize_sql`. */
export interface Node {
  class?: string;
  type?: unknown;
  alias?: string;
  /** Offset in bytes. */
  query_location?: number;
  [member: string]: unknown;
}

export interface Guarded extends Rewritten {
  /** The tree of the query, or of `SELECT (expression)`. */
  tree: Node;
}

/** The tables of a region. */
interface Catalog {
  tables: Tables;
  region: string;
}

/** The tables of information_schema. */
const INFORMATION = new Set(['columns', 'schemata', 'tables']);

/**
 * Parses what DuckDB will get, and rejects everything that Trino does not have or that reaches beyond the tables: a
 * second statement, unlisted functions and kinds of table, tables not in the catalog. What passes is a single query or
 * expression, and remains one inside parentheses.
 * @throws QueryError
 */
export async function guard(connection: DuckDBConnection, origin: Rewritten, catalog: Catalog): Promise<Guarded> {
  const known = parsed.get(origin.tokens);
  const { tree, shift } = known?.text === origin.rewritten ? known : await parseOnce(connection, origin);
  const checks = { origin, catalog, shift, starts: bytesOf(origin) };
  check(tree, { ...checks, visible: new Set() });
  return { ...origin, tree };
}

interface Parsed {
  text: string;
  tree: Node;
  /** Bytes before the original text in the parsed text. */
  shift: number;
}

/** By its tokens: a query comes here when it is started, and again when it runs. */
const parsed = new WeakMap<Token[], Parsed>();

async function parseOnce(connection: DuckDBConnection, origin: Origin): Promise<Parsed> {
  const text = origin.rewritten;
  const asQuery = await parse(connection, text);
  const tree = asQuery ?? expressionIn(await parse(connection, `${BEFORE}${text}\n)`));
  if (!tree) throw await complaint(connection, origin);
  const made = { text, tree, shift: asQuery ? 0 : BEFORE.length };
  parsed.set(origin.tokens, made);
  return made;
}

const BEFORE = 'SELECT (';
const SERIALIZE = 'SELECT json_serialize_sql($1::VARCHAR, skip_default := true, skip_null := true, skip_empty := true)';

/** The tree of a single query; undefined for anything else. */
async function parse(connection: DuckDBConnection, sql: string): Promise<Node | undefined> {
  const reader = await connection.runAndReadAll(SERIALIZE, [sql]);
  const { statements } = JSON.parse(String(reader.getRows()[0]?.[0])) as { statements?: { node: Node }[] };
  return statements?.length === 1 ? statements[0]!.node : undefined;
}

/** The tree, if it is `SELECT (…)` of a single expression. */
function expressionIn(tree: Node | undefined): Node | undefined {
  if (!tree) return undefined;
  const { type, select_list, from_table, aggregate_handling, ...more } = tree;
  const [item, ...others] = (select_list ?? []) as Node[];
  const bare = type === 'SELECT_NODE' && (from_table as Node).type === 'EMPTY' && Object.keys(more).length === 0;
  return bare && aggregate_handling === 'STANDARD_HANDLING' && item && !item.alias && !others.length ? tree : undefined;
}

async function complaint(connection: DuckDBConnection, origin: Origin): Promise<unknown> {
  const error = await connection.extractStatements(origin.rewritten).catch((error: unknown) => error);
  return isSyntaxError(error) ? translate(error, origin) : mismatched(origin.sql, origin.tokens[0]);
}

interface Checks extends Pick<Parsed, 'shift'> {
  origin: Origin;
  catalog: Catalog;
  /** Names of WITH in scope. */
  visible: ReadonlySet<string>;
  /** Start of each token, in bytes. */
  starts: number[];
}

function check(node: unknown, checks: Checks): void {
  if (Array.isArray(node)) return node.forEach((each) => check(each, checks));
  if (typeof node !== 'object' || node === null) return;
  const known = node as Node;
  const kind = known.class ?? known.type;
  if (typeof kind === 'string') {
    if (kind === 'STAR' && checks.origin.tokens.some(({ name }) => name.toLowerCase() === PATH))
      throw new QueryError('NOT_SUPPORTED', `the embedded store does not run "${PATH}" and * in one query`);
    if (!KINDS.has(kind) || FOREIGN.some((member) => member in known)) throw refused(known, checks);
    if (known.class === 'FUNCTION' || known.class === 'WINDOW') checkFunction(known, checks);
    if (kind === 'TABLE_FUNCTION' && (known.function as Node).function_name !== 'unnest') throw refused(known, checks);
    if (kind === 'BASE_TABLE') checkTable(known, checks);
    if (kind === 'JOIN' && !JOINS.test(`${String(known.ref_type)} ${String(known.join_type)}`))
      throw refused(known, checks);
  }
  const inside = known.cte_map ? checkNamed(known, checks) : checks;
  for (const [member, value] of Object.entries(known)) if (!NOT_NODES.has(member)) check(value, inside);
}

/** Each query of a WITH sees the ones before it, and a recursive one itself. */
function checkNamed({ cte_map }: Node, checks: Checks): Checks {
  const visible = new Set(checks.visible);
  for (const { key, value } of (cte_map as { map: { key: string; value: { query: { node: Node } } }[] }).map) {
    const itself = value.query.node.type === 'RECURSIVE_CTE_NODE' ? [key.toLowerCase()] : [];
    check(value, { ...checks, visible: new Set([...visible, ...itself]) });
    visible.add(key.toLowerCase());
  }
  return { ...checks, visible };
}

function checkFunction(node: Node, checks: Checks): void {
  const { function_name: name, schema = 'main', catalog } = node as Node & { function_name: string };
  const i = indexOf(node, checks);
  const token = i < 0 ? undefined : checks.origin.tokens[i];
  const spelled = isName(token) && checks.origin.tokens[i + 1]?.text === '(' ? token.name.toLowerCase() : undefined;
  const asked = spelled === undefined || FUNCTIONS.has(spelled) || SYNTAX.has(spelled);
  if (asked && schema === 'main' && !catalog && (TARGETS.has(name) || MADE.has(name))) return;
  throw new QueryError(
    'FUNCTION_NOT_FOUND',
    `${positionOf(checks.origin.sql, token?.at ?? 0)}: Function '${spelled ?? name}' not registered`,
  );
}

function checkTable(node: Node, checks: Checks): void {
  const { origin, catalog, visible } = checks;
  const { table_name, schema_name, catalog_name } = node as Partial<Record<string, string>>;
  const token = origin.tokens[indexOf(node, checks)];
  if (token?.kind === 'string') throw mismatched(origin.sql, token);
  const name = table_name!.toLowerCase();
  if (!schema_name && visible.has(name)) return;
  const database = (schema_name ?? origin.database).toLowerCase();
  const isOwn = database === OWN_INFORMATION_SCHEMA;
  const { tables, region } = catalog;
  if (catalog_name || (schema_name && !isOwn && !tables.databases(region).includes(database))) {
    const missing = catalog_name ? `Catalog '${catalog_name.toLowerCase()}'` : `Schema '${database}'`;
    const reason = catalog_name ? 'CATALOG_NOT_FOUND' : 'SCHEMA_NOT_FOUND';
    throw new QueryError(reason, `${positionOf(origin.sql, token?.at ?? 0)}: ${missing} does not exist`);
  }
  // Also `t$files` and what else a query gets beside a table.
  if (isOwn ? INFORMATION.has(name) : tables.get(region, database, name.replace(/[$@]\w+$/, ''))) return;
  throw tableNotFound(origin, isOwn ? INFORMATION_SCHEMA : database, name);
}

const refused = (node: Node, checks: Checks): QueryError =>
  mismatched(checks.origin.sql, checks.origin.tokens[Math.max(indexOf(node, checks), 0)]);

/** The token of a node; -1 for nodes that the parser generated. */
const indexOf = ({ query_location: at }: Node, { starts, shift }: Checks): number =>
  at === undefined ? -1 : starts.findLastIndex((start) => start + shift <= at);

function bytesOf({ rewritten, starts }: Origin): number[] {
  let [bytes, from] = [0, 0];
  return starts.map((start) => {
    bytes += Buffer.byteLength(rewritten.slice(from, start));
    from = start;
    return bytes;
  });
}

/** The explicit column names of a query; `*` for a star, undefined for unnamed columns. */
export function itemsOf(tree: Node): (string | undefined)[] {
  if (!tree.select_list) return tree.left ? itemsOf(tree.left as Node) : [];
  if ((tree.from_table as Node | undefined)?.alias === 'valueslist') return [];
  return (tree.select_list as Node[]).map(({ alias, class: kind, type, column_names, children }) => {
    if (alias) return alias;
    if (kind === 'STAR') return '*';
    if (kind === 'COLUMN_REF' && !VALUES.test(String(column_names))) return (column_names as string[]).at(-1);
    if (type !== 'STRUCT_EXTRACT') return undefined;
    return String(((children as Node[])[1]!.value as Node).value);
  });
}

/** Keywords that DuckDB parses as columns. */
const VALUES = /^(?:current_(?:date|time|timestamp|user)|localtime(?:stamp)?)$/i;

const words = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/));

/** Checked separately, or only text: type names have passed `duckTypeOf`. */
const NOT_NODES = new Set(['cte_map', 'cast_type', 'value']);
/** Expression classes, and the types of nodes without a class: queries, tables, modifiers, orders. */
const KINDS = words(
  `BETWEEN CASE CAST COLUMN_REF COMPARISON CONJUNCTION CONSTANT FUNCTION LAMBDA OPERATOR STAR SUBQUERY WINDOW
   SELECT_NODE SET_OPERATION_NODE RECURSIVE_CTE_NODE CTE_NODE BASE_TABLE JOIN TABLE_FUNCTION EXPRESSION_LIST EMPTY
   LIMIT_MODIFIER DISTINCT_MODIFIER ORDER_MODIFIER ORDER_DEFAULT ASCENDING DESCENDING`,
);
/** Constructs that only DuckDB has: `COLUMNS(…)`, `* EXCLUDE`, QUALIFY. */
const FOREIGN = ['columns', 'exclude_list', 'qualified_exclude_list', 'replace_list', 'rename_list', 'qualify'];
const JOINS = /^(?:REGULAR|NATURAL|CROSS) (?:INNER|LEFT|RIGHT|FULL|OUTER)$/;
/** The replacements of Trino functions. */
const TARGETS: ReadonlySet<string> = new Set(FUNCTIONS.values());
/**
 * Functions that the parser of DuckDB generates for syntax: operators, LIKE, EXTRACT, AT TIME ZONE, INTERVAL,
 * `count(*)`, LIKE … ESCAPE.
 */
const MADE = words(
  `+ - * / % || ~~ !~~ array_slice count_star date_part left like_escape list_reduce list_value not_like_escape overlay position row timezone to_days to_hours
   to_microseconds to_milliseconds to_minutes to_months to_quarters to_seconds to_weeks to_years trunc`,
);
/** Keywords before a parenthesis. */
const SYNTAX = words('array cast reduce date extract in interval not overlay row time timestamp try_cast');

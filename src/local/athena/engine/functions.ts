/** The functions of Athena engine v3: their DuckDB names, and macros for those that DuckDB lacks. */

/** Trino's functions that DuckDB has too, each with its name there where that is another. */
const NAMES = `abs approx_distinct=approx_count_distinct approx_percentile=approx_quantile arbitrary=any_value array_agg
  array_intersect=list_intersect array_sort=list_sort ascii atan atan2 avg bitwise_xor=xor bool_and bool_or cbrt
  char_length=length chr coalesce codepoint=unicode corr cosh count count_if covar_pop covar_samp cume_dist
  current_date date date_diff=date_sub date_format=strftime date_parse=strptime day day_of_month=day
  day_of_week=isodow day_of_year=dayofyear degrees dense_rank dow=isodow doy=dayofyear every=bool_and exp
  filter=list_filter first_value flatten format=printf format_datetime=strftime from_base64 from_hex=unhex
  from_utf8=decode geometric_mean=geomean grouping hamming_distance=hamming histogram hour is_nan=isnan kurtosis lag last_day_of_month=last_day last_value lead
  levenshtein_distance=levenshtein log lower ltrim map map_keys map_values max max_by=arg_max md5_hex min
  min_by=arg_min minute month now nth_value ntile nullif percent_rank pi position pow power quarter radians
  rand=random random rank regexp_extract_all regexp_like=regexp_matches regexp_split=regexp_split_to_array regr_intercept regr_slope
  reverse round row row_number rtrim second sinh skewness split=str_split starts_with stddev stddev_pop stddev_samp strpos
  sum tanh to_base64 to_utf8=encode transform=list_transform translate trim truncate=trunc try
  unnest upper uuid var_pop var_samp variance week year year_of_week=isoyear yow=isoyear zip=list_zip`.split(/\s+/);

/**
 * Trino functions that are written here, each as `name(parameters) AS expression`; several forms share a name. `error()`
 * cannot stand in TRY: what has to fail is words cast to a number, which `errors.ts` knows.
 */
const DEFINITIONS = [
  `trino_infinity() AS CAST('inf' AS DOUBLE)`,
  `trino_nan() AS CAST('nan' AS DOUBLE)`,
  `trino_uncast(x, type) AS CAST(CAST('Cannot cast ''' || x || ''' to ' || type AS INTEGER) AS VARCHAR)`,
  `trino_text(x) AS CASE
     WHEN typeof(x) IN ('DOUBLE', 'FLOAT') THEN trino_text_of_double(TRY_CAST(CAST(x AS VARCHAR) AS DOUBLE))
     WHEN typeof(x) IN ('TIMESTAMP', 'TIMESTAMP WITH TIME ZONE')
       THEN strftime(TRY_CAST(CAST(x AS VARCHAR) AS TIMESTAMP), '%Y-%m-%d %H:%M:%S.%g') || CASE typeof(x) WHEN 'TIMESTAMP' THEN '' ELSE ' UTC' END
     ELSE CASE WHEN regexp_matches(typeof(x), '^(BLOB|MAP|STRUCT)|\\]$') THEN trino_uncast(typeof(x), 'varchar') ELSE CAST(x AS VARCHAR) END END`,
  `trino_varchar(x BIGINT) AS CAST(x AS VARCHAR), (x) AS CASE WHEN typeof(x) = 'JSON' THEN json_extract_string(CAST(x AS VARCHAR), '$') ELSE trino_text(x) END`,
  `trino_varchar_of(x, n) AS CASE WHEN typeof(x) = 'VARCHAR' OR length(trino_varchar(x)) <= n THEN left(trino_varchar(x), n)
     ELSE trino_uncast(trino_varchar(x), 'varchar(' || n || ')') END`,
  // A text that DuckDB would round, or take for a time in a form that Trino does not know.
  `trino_has_form(x, form) AS typeof(x) <> 'VARCHAR' OR regexp_full_match(CAST(x AS VARCHAR), form)`,
  `trino_checked(x, form, type) AS CASE WHEN x IS NULL OR trino_has_form(x, form) THEN x
     ELSE ([x])[CAST('Cannot cast ''' || CAST(x AS VARCHAR) || ''' to ' || type AS INTEGER)] END`,
  `trino_checked_or_null(x, form, type) AS CASE WHEN trino_has_form(x, form) THEN x END`,
  `trino_typeof(x) AS lower(typeof(x))`,
  `trino_json(x) AS to_json(x)`,
  `trino_json_format(x) AS CAST(x AS VARCHAR)`,
  `trino_json_parse(s) AS CAST(s AS JSON)`,
  `trino_json_or_null(j) AS TRY_CAST(coalesce(j, CAST(NULL AS VARCHAR)) AS JSON)`,
  `trino_json_path(path) AS CASE WHEN starts_with(path, '$') THEN path WHEN path IS NOT NULL
     THEN CAST(CAST('Invalid JSON path: ''' || path || '''' AS INTEGER) AS VARCHAR) END`,
  `trino_json_extract(j, path) AS json_extract(trino_json_or_null(j), trino_json_path(path))`,
  `trino_json_extract_scalar(j, path) AS CASE WHEN json_type(trino_json_or_null(j), trino_json_path(path)) IN ('OBJECT', 'ARRAY') THEN NULL
     ELSE json_extract_string(trino_json_or_null(j), path) END`,
  `trino_json_size(j, path) AS CASE json_type(trino_json_or_null(j), trino_json_path(path)) WHEN 'ARRAY' THEN json_array_length(trino_json_or_null(j), path)
     WHEN 'OBJECT' THEN len(json_keys(trino_json_or_null(j), path))
     ELSE CASE WHEN json_type(trino_json_or_null(j), path) IS NOT NULL THEN 0 END END`,
  `trino_json_array_length(j) AS CASE WHEN json_type(trino_json_or_null(j)) = 'ARRAY' THEN json_array_length(trino_json_or_null(j)) END`,
  `trino_from_iso8601_timestamp(s) AS date_trunc('millisecond', CAST(s AS TIMESTAMPTZ))`,
  `trino_from_iso8601_timestamp_nanos(s) AS CAST(s AS TIMESTAMPTZ)`,
  `trino_from_iso8601_date(s) AS CAST(CASE WHEN s IS NULL OR regexp_full_match(s, '[+-]?\\d{4,}-\\d{1,2}-\\d{1,2}') THEN s
     ELSE CAST(CAST('Invalid format: "' || s || '"' AS INTEGER) AS VARCHAR) END AS DATE)`,
  `trino_to_iso8601(x) AS CASE WHEN julian(x) IS NULL THEN NULL WHEN typeof(x) = 'DATE' THEN CAST(x AS VARCHAR)
     WHEN typeof(x) = 'TIMESTAMP WITH TIME ZONE' THEN strftime(TRY_CAST(CAST(x AS VARCHAR) AS TIMESTAMPTZ), '%Y-%m-%dT%H:%M:%S.%gZ')
     ELSE strftime(TRY_CAST(CAST(x AS VARCHAR) AS TIMESTAMP), '%Y-%m-%dT%H:%M:%S.%g') END`,
  `trino_to_unixtime(x) AS CASE WHEN julian(x) IS NOT NULL THEN epoch(x) END`,
  `trino_from_unixtime(x) AS date_trunc('millisecond', to_timestamp(CAST(x AS DOUBLE)))`,
  `trino_date_add(unit, n, x) AS cast_to_type(x + CASE lower(unit)
     WHEN 'millisecond' THEN to_milliseconds(n) WHEN 'second' THEN to_seconds(n) WHEN 'minute' THEN to_minutes(n)
     WHEN 'hour' THEN to_hours(n) WHEN 'day' THEN to_days(CAST(n AS INTEGER)) WHEN 'week' THEN to_weeks(CAST(n AS INTEGER))
     WHEN 'month' THEN to_months(CAST(n AS INTEGER)) WHEN 'quarter' THEN to_months(CAST(3 * n AS INTEGER))
     WHEN 'year' THEN to_years(CAST(n AS INTEGER)) ELSE error(unit || ' is not a valid TIMESTAMP field') END, x)`,
  `trino_date_trunc(unit, x) AS cast_to_type(date_trunc(unit, x), x)`,
  `trino_parse_datetime(s, f) AS timezone('UTC', strptime(s, f))`,
  `trino_millisecond(x) AS millisecond(x) % 1000`,
  `trino_at_timezone(x, zone) AS timezone(zone, x)`,
  `trino_if(condition, yes) AS CASE WHEN condition THEN yes END, (condition, yes, no) AS CASE WHEN condition THEN yes ELSE no END`,
  `trino_cardinality(x) AS CASE WHEN x IS NULL THEN NULL ELSE json_array_length(CASE WHEN starts_with(typeof(x), 'MAP')
     THEN json_keys(to_json(x)) ELSE to_json(x) END) END`,
  `trino_element_at(x, i) AS x[i]`,
  `trino_array_join(x, separator) AS array_to_string(list_transform(x, lambda e: trino_text(e)), separator),
     (x, separator, missing) AS array_to_string(list_transform(x, lambda e: coalesce(trino_text(e), missing)), separator)`,
  `trino_array_position(x, e) AS CASE WHEN x IS NOT NULL AND e IS NOT NULL THEN coalesce(list_position(x, e), 0) END`,
  // A missing element may be any. What a lambda is given stands in the query once, however deep calls are nested.
  ...['max', 'min'].map(
    (name) => `trino_array_${name}(x) AS
     list_transform([x], lambda list: CASE WHEN list_position(list, NULL) IS NULL THEN list_${name}(list) END)[1]`,
  ),
  `trino_contains(x, e) AS CASE WHEN list_contains(x, e) OR list_position(x, NULL) IS NULL THEN list_contains(x, e) END`,
  `trino_arrays_overlap(x, y) AS CASE WHEN list_has_any(x, y) OR len(x) = 0 OR len(y) = 0
     OR coalesce(list_position(x, NULL), list_position(y, NULL)) IS NULL
     THEN list_has_any(x, y) END`,
  `trino_array_remove(x, e) AS CASE WHEN e IS NOT NULL THEN list_filter(x, lambda v: v IS DISTINCT FROM e) END`,
  `trino_array_distinct(x) AS list_filter(x, lambda v, i: list_position(x, v) = i)`,
  `trino_array_union(x, y) AS trino_array_distinct(list_concat(x, y))`,
  `trino_array_except(x, y) AS list_filter(trino_array_distinct(x), lambda v: list_position(y, v) IS NULL)`,
  `trino_slice(x, start, n) AS CASE WHEN start > 0 THEN list_slice(x, start, start + n - 1)
     WHEN start = 0 THEN list_slice(x, CAST('SQL array indices start at 1' AS INTEGER), 1)
     WHEN -start > len(x) THEN list_slice(x, 1, 0) ELSE list_slice(x, len(x) + start + 1, len(x) + start + n) END`,
  `trino_sequence(a, b) AS generate_series(a, b, CASE WHEN a > b THEN -1 ELSE 1 END), (a, b, step) AS generate_series(a, b, step)`,
  ...['substr', 'substring'].map((name) => {
    const outside = `s IS NOT NULL AND (start = 0 OR abs(start) > length(s))`;
    return `trino_${name}(s, start) AS CASE WHEN ${outside} THEN '' ELSE substr(s, start) END,
      (s, start, n) AS CASE WHEN ${outside} THEN '' ELSE substr(s, start, n) END`;
  }),
  ...['lpad', 'rpad'].map(
    (name) =>
      `trino_${name}(s, n, pad) AS ${name}(s, CASE WHEN n < 0 THEN CAST('Target length must be positive' AS INTEGER) ELSE n END, pad)`,
  ),
  `trino_repeat(x, n) AS list_transform(range(n), lambda i: x)`,
  `trino_split_part(s, separator, i) AS CASE WHEN i > 0 THEN str_split(s, separator)[i]
     WHEN s || separator IS NOT NULL AND i IS NOT NULL THEN CAST(CAST('Index must be greater than zero' AS INTEGER) AS VARCHAR) END`,
  `trino_replace(s, old) AS replace(s, old, ''), (s, old, new) AS CASE WHEN old = '' AND s <> ''
     THEN new || array_to_string(str_split(s, ''), new) || new WHEN old = '' THEN s || new ELSE replace(s, old, new) END`,
  `trino_regexp_replace(s, p) AS regexp_replace(s, p, '', 'g'),
     (s, p, r) AS regexp_replace(s, p, regexp_replace(r, '\\$(\\d)', '\\\\\\1', 'g'), 'g')`,
  `trino_regexp_extract(s, p) AS CASE WHEN regexp_matches(s, p) THEN regexp_extract(s, p) END,
     (s, p, g) AS CASE WHEN regexp_matches(s, p) THEN regexp_extract(s, p, g) END`,
  `trino_regexp_count(s, p) AS len(regexp_extract_all(s, p))`,
  `trino_concat(a, b) AS a || b, (a, b, c) AS a || b || c, (a, b, c, d) AS a || b || c || d,
     (a, b, c, d, e) AS a || b || c || d || e, (a, b, c, d, e, f) AS a || b || c || d || e || f,
     (a, b, c, d, e, f, g) AS a || b || c || d || e || f || g, (a, b, c, d, e, f, g, h) AS a || b || c || d || e || f || g || h`,
  // DuckDB's takes values of any type.
  `trino_concat_ws(s, x) AS CASE WHEN contains(x, CAST('' AS VARCHAR)) IS NULL THEN '' WHEN typeof(x) = 'VARCHAR[]'
     THEN array_to_string(TRY_CAST(x AS VARCHAR[]), s) ELSE concat_ws(s, x) END,
     ${['a, b', 'a, b, c', 'a, b, c, d', 'a, b, c, d, e'].map((list) => `(s, ${list}) AS CASE WHEN contains([${list}], CAST('' AS VARCHAR)) IS NOT NULL THEN array_to_string([${list}], s) END`).join(', ')}`,
  // DuckDB's take texts as well.
  `trino_bytes(b) AS coalesce(b, CAST(NULL AS BLOB))`,
  `trino_to_hex(b) AS hex(trino_bytes(b))`,
  ...['md5', 'sha1', 'sha256'].map((name) => `trino_${name}(b) AS unhex(${name}(trino_bytes(b)))`),
  `trino_bitwise_and(a, b) AS a & b`,
  `trino_bitwise_or(a, b) AS a | b`,
  `trino_from_big_endian_64(b) AS CAST(CASE WHEN octet_length(trino_bytes(b)) <> 8
     THEN CAST('expected 8-byte input, but got instead: ' || octet_length(b) AS INTEGER)
     WHEN CAST('0x' || hex(b) AS UBIGINT) > 9223372036854775807
     THEN CAST(CAST('0x' || hex(b) AS UBIGINT) AS HUGEINT) - 18446744073709551616 ELSE CAST('0x' || hex(b) AS UBIGINT) END AS BIGINT)`,
  // DuckDB's takes lists as well, and its hex does not.
  `trino_length(x) AS list_transform([x], lambda e: CASE WHEN e IS NOT NULL OR hex(e) IS NOT NULL THEN length(e) END)[1]`,
  // Where DuckDB refuses a number, Java has NaN.
  ...['ln', 'log10', 'log2'].map(
    (name) =>
      `trino_${name}(x) AS CASE WHEN x > 0 THEN ${name}(x) WHEN x = 0 THEN -trino_infinity() WHEN x < 0 THEN trino_nan() END`,
  ),
  ...['sin', 'cos', 'tan'].map(
    (name) => `trino_${name}(x) AS CASE WHEN isinf(CAST(x AS DOUBLE)) THEN trino_nan() ELSE ${name}(x) END`,
  ),
  ...['asin', 'acos'].map((name) => `trino_${name}(x) AS CASE WHEN abs(x) > 1 THEN trino_nan() ELSE ${name}(x) END`),
  `trino_mod(a, b) AS a % b`,
  ...['ceil', 'ceiling', 'floor'].map(
    (name) => `trino_${name}(x) AS list_transform([x], lambda e: CASE
     WHEN typeof(e) IN ('BIGINT', 'INTEGER', 'SMALLINT', 'TINYINT') THEN round(e, 0) ELSE cast_to_type(${name}(e), round(e, 0)) END)[1]`,
  ),
  // DuckDB's take dates as well.
  `trino_is_finite(x) AS isfinite(x) AND NOT isnan(x)`,
  `trino_is_infinite(x) AS isinf(x) AND NOT isnan(x)`,
  `trino_sqrt(x) AS CASE WHEN x < 0 THEN trino_nan() ELSE sqrt(x) END`,
  `trino_sign(x) AS cast_to_type(CASE WHEN isnan(CAST(x AS DOUBLE)) THEN CAST(x AS DOUBLE) ELSE sign(x) END, x)`,
  ...['greatest', 'least'].map((name) => {
    const forms = ['a, b', 'a, b, c', 'a, b, c, d', 'a, b, c, d, e'];
    const list = name === 'greatest' ? 'trino_array_max' : 'trino_array_min';
    return `trino_${name}${forms.map((form) => `(${form}) AS ${list}([${form}])`).join(', ')}`;
  }),
  `trino_url_encode(s) AS replace(replace(replace(url_encode(s), '%20', '+'), '~', '%7E'), '%2A', '*')`,
  `trino_url_decode(s) AS url_decode(replace(s, '+', ' '))`,
  `trino_e() AS exp(1)`,
  `trino_map_agg(k, v) AS map(list(k), list(v))`,
  `trino_listagg(x) AS string_agg(x, ''), (x, separator) AS string_agg(x, separator)`,
];

/** Replace the operators of DuckDB, where division by zero is null. */
const OPERATORS = [
  // A decimal has the scale of the longer one, as the remainder has, and twenty more digits before the point.
  `trino_quotient(a, b) AS CASE
     WHEN b = 0 AND a IS NOT NULL AND typeof(system.main."%"(a, b)) NOT IN ('DOUBLE', 'FLOAT') THEN CAST('Division by zero' AS INTEGER)
     WHEN starts_with(typeof(system.main."%"(a, b)), 'DECIMAL') THEN cast_to_type(trino_decimal_quotient(CAST(a AS VARCHAR), CAST(b AS VARCHAR)),
       system.main."%"(a, b) * CAST(1 AS INTEGER) * CAST(1 AS INTEGER))
     WHEN b = 0 THEN cast_to_type(system.main."/"(CAST(a AS DOUBLE), CAST(b AS DOUBLE)), system.main."%"(a, b))
     ELSE cast_to_type(system.main."//"(a, b), system.main."%"(a, b)) END`,
  // A lambda, so that each operand stands in the query once, however deep they are nested.
  `"/"(a, b) AS list_transform([{x: a, y: b}], lambda pair: trino_quotient(pair.x, pair.y))[1]`,
  `"%"(a, b) AS CASE WHEN b = 0 AND a IS NOT NULL AND typeof(system.main."%"(a, b)) NOT IN ('DOUBLE', 'FLOAT') THEN CAST('Division by zero' AS INTEGER)
     ELSE system.main."%"(a, b) END`,
  // In place of `||` where a query is only bound: both of one type, and that a text, bytes or a list.
  `"|~|"(a, b) AS array_slice(coalesce(a, b), 1, 1)`,
];

const nameOf = (macro: string) => macro.slice(0, macro.indexOf('(')).replaceAll('"', '');

/** What `CREATE MACRO` takes, by name. */
export const MACROS = new Map([...OPERATORS, ...DEFINITIONS].map((macro) => [nameOf(macro), macro]));

/** Functions of JavaScript: `engine.ts` registers them. */
const HASHES = ['trino_xxhash64', 'trino_crc32'];

/** Every function that a query may call: lower-case name → replacement. */
export const FUNCTIONS: ReadonlyMap<string, string> = new Map([
  ...[...DEFINITIONS.map(nameOf), ...HASHES].map((name): [string, string] => [name.replace(/^trino_/, ''), name]),
  ...NAMES.map((each): [string, string] => [each.replace(/=.*/, ''), each.replace(/.*=/, '')]),
]);

/** Labels and values in two columns. Pure. */
import { folded, foldedSql, PLAIN_WIDTH } from '../../utils/terminal/fold.js';

export type Labelled = readonly [label: string, value: string | undefined | false];

/** Lines without a value are left out. Values are aligned behind the longest label, and wrapped at words below themselves. */
export function aligned(lines: readonly Labelled[], width = PLAIN_WIDTH): string[] {
  const indent = Math.max(...lines.map(([label]) => label.length)) + 2;
  return lines.flatMap(([label, value]) => {
    if (!value) return [];
    const [first = '', ...rest] = folded(value, Math.max(1, width - indent));
    return [`${label.padEnd(indent)}${first}`, ...rest.map((line) => `${' '.repeat(indent)}${line}`)];
  });
}

export interface PlanRendering {
  /** Print all details and the SQL. */
  verbose?: boolean;
  /** Columns of the terminal. */
  width?: number;
}

/** The lines of a plan, with its SQL below where everything is to be printed. */
export function alignedPlan(lines: Labelled[], sql: string | undefined, { verbose, width }: PlanRendering): string[] {
  const plan = aligned(lines, width);
  return verbose && sql ? [...plan, '', ...foldedSql(sql, width ?? PLAIN_WIDTH)] : plan;
}

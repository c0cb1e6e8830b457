/** Needs as an IAM policy. Pure. */
import type { Need } from './needs.js';

interface Statement {
  Effect: 'Allow';
  Action: string[];
  Resource: string[] | '*';
}

/**
 * The smallest policy that grants the needs: actions on the same resources share a statement.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 */
export function policyOf(needs: Need[]): { Version: '2012-10-17'; Statement: Statement[] } {
  const resourcesOf = new Map<string, Set<string>>();
  for (const { action, resources } of needs) {
    const all = resourcesOf.get(action) ?? new Set();
    for (const resource of resources) all.add(resource);
    resourcesOf.set(action, all);
  }
  const statements = new Map<string, Statement>();
  for (const [action, resources] of resourcesOf) {
    const Resource = resources.has('*') ? ('*' as const) : [...resources].sort();
    const key = JSON.stringify(Resource);
    const statement = statements.get(key) ?? { Effect: 'Allow', Action: [], Resource };
    statement.Action.push(action);
    statements.set(key, statement);
  }
  return { Version: '2012-10-17', Statement: [...statements.values()] };
}

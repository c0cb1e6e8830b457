/** Rules for feature names. Pure. */
import { OFFLINE_COLUMNS } from '../records/offline-columns.js';

/** https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_FeatureDefinition.html */
const FEATURE_NAME = /^[a-zA-Z0-9]([-_]*[a-zA-Z0-9]){0,63}$/;
const MAX_NAME_LENGTH = 64;

/** Why the service would reject the name, as a sentence; undefined if it is valid. */
export function nameProblem(name: string): string | undefined {
  if (OFFLINE_COLUMNS.includes(name.toLowerCase())) return `${name} is a name that Feature Store keeps for itself.`;
  if (name.length > MAX_NAME_LENGTH)
    return `${name} is longer than the ${MAX_NAME_LENGTH} characters of a feature name.`;
  if (FEATURE_NAME.test(name)) return undefined;
  const proposal = name.replace(/[^a-zA-Z0-9_-]+/g, '-').replace(/^[-_]+|[-_]+$/g, '');
  const instead = proposal === '' ? '' : ` (${proposal} would do)`;
  return `"${name}" cannot be a feature name: letters, digits, - and _ only, beginning and ending with a letter or digit${instead}.`;
}

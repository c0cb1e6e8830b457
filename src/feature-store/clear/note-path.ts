/** Where a clear notes what the next one in the same folder has to know. */
import { join } from 'node:path';
import { STATE_FOLDER } from '../../files/state-file.js';
import { placeOfArn } from '../groups/arn.js';
import type { FeatureGroup } from '../groups/describe.js';

/** For this group alone, relative to the working directory: another account or region may have one of the same name. */
export function notePath({ name, arn }: Pick<FeatureGroup, 'name' | 'arn'>, about: 'clear' | 'vacuum'): string {
  const { account, region } = placeOfArn(arn);
  return join(STATE_FOLDER, name, `${about}-${region}-${account}.json`);
}

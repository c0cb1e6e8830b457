/** `doctor`: who is calling, what can be reached, and which IAM actions of a command are missing; or the policy that it needs. */
import { Argument, type Command } from 'commander';
import type { GlobalOptions } from '../../config.js';
import type { Context, OpenContext } from '../../context.js';
import { CommandError, isAccessDenied, UsageError } from '../../errors.js';
import { ask, type Answer } from '../../feature-store/access/dry-calls.js';
import { identify, surroundingsOf, type Finding } from '../../feature-store/access/identity.js';
import {
  COMMANDS_WITH_NEEDS,
  groupArn,
  isWide,
  needsOf,
  policyOf,
  type Job,
} from '../../feature-store/access/needs.js';
import { describeFeatureGroup, findFeatureGroup } from '../../feature-store/groups/describe.js';
import { VERSION } from '../../version.js';
import { folded } from '../../utils/terminal/fold.js';
import { athenaOutputOf } from '../options/athena-options.js';
import { acting, outputOption } from '../options/options.js';
import { wrapped } from '../options/wrapped.js';

interface Input extends GlobalOptions {
  command?: string;
  groups: string[];
  policy?: boolean;
  workgroup: string;
  athenaOutput?: string;
  outputFormat?: 'text' | 'json';
}

const EXAMPLES = `
Each IAM action is tried by a call that changes nothing: a read, or a write that the service must
refuse. An action that cannot be tried this way (iam:PassRole, those of KMS keys) gets a
question mark, as does one that is allowed where you named no group. The exit code is 1 if
anything is missing.

Examples:
  sagemaker-fs doctor
  sagemaker-fs doctor migrate customers-history customers
  sagemaker-fs doctor bulk-put customers --policy > policy.json`;

export function addDoctor(program: Command, open: OpenContext): void {
  program
    .command('doctor')
    .description('Say who is calling, what can be reached, and which IAM actions are missing for a command.')
    .addArgument(new Argument('[command]', 'the command that you want to run').choices(COMMANDS_WITH_NEEDS))
    .argument('[group...]', 'its feature groups by name or ARN, as the command takes them')
    .option('--policy', 'print the smallest IAM policy for the command instead')
    .option('--workgroup <name>', 'Athena workgroup', 'primary')
    .option('--athena-output <uri>', "s3:// address for Athena's result files")
    .addOption(outputOption('text', 'json').default('text'))
    .addHelpText('after', wrapped(EXAMPLES))
    .action(acting(open, doctor, 'command', 'groups'));
}

async function doctor(input: Input, context: Context): Promise<void> {
  if (input.policy) return printPolicy(input, context);
  const findings: Finding[] = [
    { check: 'version', verdict: 'ok', found: `sagemaker-fs ${VERSION}, ${context.platform}` },
    ...(await identify(context)),
  ];
  const isStopped = findings.some(({ check, verdict }) => check === 'caller' && verdict === 'failed');
  if (input.command) findings.push(...(isStopped ? [NOT_ASKED] : await actions(input, context)));
  if (input.outputFormat === 'json') await context.output.value(findings, { format: 'json' });
  else await context.output.text(findings.flatMap((each) => linesOf(each, context.output.stdout.width)));
  const failed = findings.filter(({ verdict }) => verdict === 'failed');
  if (failed.length > 0) throw new CommandError(`${failed.length} of ${findings.length} checks failed.`);
}

const NOT_ASKED: Finding = { check: 'actions', verdict: 'unknown', found: 'not asked for, as nobody could be named' };

const NAME_WIDTH = 30;
/** Stays with its ARN. */
const ON = 'on\u00a0';
const MARKS = { ok: '✓', failed: '✗', unknown: '?' };

/** Text that does not fit beside the name of the check goes below it. ARNs are never split. */
function linesOf({ check, verdict, found, fix }: Finding, width: number): string[] {
  const first = `${MARKS[verdict]} ${check.padEnd(NAME_WIDTH)} ${found}`;
  const lines =
    first.length <= width
      ? [first]
      : [
          `${MARKS[verdict]} ${check}`,
          ...folded(`    ${found.replace(/^on /, ON)}`, width, 4).map((line) => line.replace(ON, 'on ')),
        ];
  return fix ? [...lines, ...folded(`  → ${fix}`, width, 4)] : lines;
}

/** Tries each action that the command needs. */
async function actions(input: Input, context: Context): Promise<Finding[]> {
  const job = await jobOf(input, context);
  const findings: Finding[] = [];
  for (const need of needsOf(input.command!, job)) {
    const group = job.groups.find((each) => each?.name === need.group && need.group !== undefined);
    const subject = { group, workGroup: input.workgroup, resultPlace: job.resultPlace };
    context.output.live(`Asking for ${need.action} …`);
    const answer = await ask(need, { clients: context.aws, subject, signal: context.signal });
    findings.push(toFinding(need.group === null ? withoutGroup(answer, job) : answer, input));
  }
  context.output.live('');
  return findings;
}

/** The answer for a name that no group has: a denial tells that not all are allowed, a permission nothing of the one meant. */
function withoutGroup(answer: Answer, { groups }: Job): Answer {
  if (answer.verdict !== 'allowed') return answer;
  const why = groups.includes(undefined) ? 'the group cannot be described' : 'no group named';
  return { ...answer, verdict: 'unknown', said: `${why}; allowed on one that does not exist` };
}

function toFinding({ need, verdict, said }: Answer, { command }: Input): Finding {
  const check = need.action;
  // The last of catalog, database and table is the most specific.
  const where = `${need.resources.at(-1)}${need.only ? `, for ${need.only} alone` : ''}`;
  if (verdict === 'allowed') return { check, verdict: 'ok', found: `on ${where}` };
  if (verdict === 'unknown') return { check, verdict: 'unknown', found: `on ${where}: ${said}` };
  return {
    check,
    verdict: 'failed',
    found: `denied on ${where}`,
    fix: `Allow it in the caller's policy; sagemaker-fs doctor ${command} … --policy prints all that is needed.`,
  };
}

async function jobOf(input: Input, context: Context): Promise<Job> {
  const { aws, signal } = context;
  const surroundings = await surroundingsOf(context, input.workgroup);
  const groups: Job['groups'] = [];
  for (const name of input.groups) {
    if (input.command === 'create') {
      groups.push((await findFeatureGroup(aws, name, signal)) ?? { name, arn: groupArn(surroundings, name) });
      continue;
    }
    // If a group may not be described, actions are tried without it.
    const described = describeFeatureGroup(aws, name, signal).catch((error: unknown) => {
      if (!isAccessDenied(error) || input.policy) throw error;
      return undefined;
    });
    groups.push(await described);
  }
  return { ...surroundings, groups, resultPlace: athenaOutputOf(input, context.env) };
}

async function printPolicy(input: Input, context: Context): Promise<void> {
  if (!input.command) throw new UsageError('--policy needs a command: sagemaker-fs doctor COMMAND [GROUP …] --policy.');
  const needs = needsOf(input.command, await jobOf(input, context));
  if (needs.some(isWide))
    context.output.note(
      'Where Athena puts its results is not known: name it with --athena-output for less than all buckets.',
    );
  await context.output.value(policyOf(needs), { format: 'json' });
}

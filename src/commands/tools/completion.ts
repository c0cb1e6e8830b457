/** `completion`: scripts for bash, zsh and fish, and the words they ask for: commands, options, choices, feature groups. */
import { Argument, type Command, type Option } from 'commander';
import type { GlobalOptions } from '../../config.js';
import type { Context, OpenContext } from '../../context.js';
import { cachedGroupNames } from '../../feature-store/groups/name-cache.js';
import { acting } from '../options/options.js';
import { wrapped } from '../options/wrapped.js';

const SHELLS = ['bash', 'zsh', 'fish'] as const;

const EXAMPLES = `
To try it in this shell:
  bash:  source <(sagemaker-fs completion bash)
  zsh:   source <(sagemaker-fs completion zsh)
  fish:  sagemaker-fs completion fish | source
To keep it:
  bash:  sagemaker-fs completion bash > ~/.local/share/bash-completion/completions/sagemaker-fs
  zsh:   sagemaker-fs completion zsh > "\${fpath[1]}/_sagemaker-fs"
  fish:  sagemaker-fs completion fish > ~/.config/fish/completions/sagemaker-fs.fish

The names of feature groups are asked for at most once a minute, with the profile and the region of the
line that is being typed.`;

export function addCompletion(program: Command, open: OpenContext): void {
  const command = program
    .command('completion')
    .description('Print a script that completes commands, options and names of feature groups.')
    .commandsGroup('Commands:')
    .helpCommand('help [command]', 'print help for a command')
    .addHelpText('after', wrapped(EXAMPLES));
  for (const shell of SHELLS) {
    command
      .command(shell)
      .summary(`for ${shell}`)
      .action(acting(open, (_: GlobalOptions, { output }) => output.result(SCRIPTS[shell])));
  }
  command
    .command('words', { hidden: true })
    .description('What may follow; the last of the words is the one being typed.')
    .addArgument(new Argument('[words...]'))
    .action(async (typed: string[]) => {
      // Names come from the account and region of the line being typed.
      program.parseOptions(typed);
      const context = open(program.opts());
      for (const { value, about } of await completions(typed, program, context))
        await context.output.result(about ? `${value}\t${about}\n` : `${value}\n`);
    });
}

interface Completion {
  value: string;
  about?: string;
}

/** Arguments and options whose value is the name of a feature group. */
const NAMES_A_GROUP = new Set(['group', 'source', 'target', 'other', 'like', 'a', 'b']);

/**
 * What the word being typed may become; nothing where a file or a free text is expected, for which the shell has an answer.
 * The commands that the line names are declared in full, since they are words of this command line too.
 */
async function completions(words: string[], program: Command, context: Context): Promise<Completion[]> {
  const current = words.at(-1) ?? '';
  const { commands, position, expected } = placeOf(words.slice(0, -1), program);
  const command = commands.at(-1)!;
  const offered = async (): Promise<Completion[]> => {
    if (expected?.argChoices) return expected.argChoices.map((value) => ({ value }));
    if (expected) return NAMES_A_GROUP.has(expected.attributeName()) ? groupNames() : [];
    if (current.startsWith('-')) return commands.flatMap((each) => each.options).flatMap(optionWords);
    if (command.commands.length > 0) return subcommands(command);
    const argument =
      command.registeredArguments[position] ?? command.registeredArguments.findLast((each) => each.variadic);
    return argument && NAMES_A_GROUP.has(argument.name()) ? groupNames() : [];
  };
  const groupNames = async () => (await cachedGroupNames(context)).map((value) => ({ value }));
  return (await offered()).filter(({ value }) => value.startsWith(current));
}

interface Place {
  /** The program and the commands named so far. */
  commands: Command[];
  /** Number of arguments typed for the last one. */
  position: number;
  /** The option whose value is being typed. */
  expected?: Option;
}

function placeOf(words: string[], program: Command): Place {
  const place: Place = { commands: [program], position: 0 };
  for (const word of words) {
    const command = place.commands.at(-1)!;
    if (place.expected) place.expected = undefined;
    else if (word.startsWith('-')) place.expected = optionThatTakes(word, place.commands);
    else {
      const next = command.commands.find((each) => each.name() === word);
      if (next) place.commands.push(next);
      else place.position += 1;
    }
  }
  return place;
}

/** The option, if the next word is its value. */
function optionThatTakes(word: string, commands: Command[]): Option | undefined {
  const options = commands.flatMap((command) => command.options);
  const option = options.find(({ short, long }) => word === short || word === long);
  return option?.required || option?.optional ? option : undefined;
}

function optionWords({ long, description, hidden }: Option): Completion[] {
  return hidden || !long ? [] : [{ value: long, about: description }];
}

function subcommands(command: Command): Completion[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .map((each) => ({ value: each.name(), about: each.summary() }));
}

const SCRIPTS = {
  bash: `# sagemaker-fs completion for bash
_sagemaker_fs() {
  local IFS=$'\\n'
  COMPREPLY=($(sagemaker-fs completion words -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null | cut -f 1))
}
complete -o default -F _sagemaker_fs sagemaker-fs
`,
  zsh: `#compdef sagemaker-fs
# sagemaker-fs completion for zsh
_sagemaker_fs() {
  local line
  local -a described
  for line in "\${(@f)$(sagemaker-fs completion words -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    [[ -n $line ]] || continue
    if [[ $line == *$'\\t'* ]]; then
      described+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
    else
      described+=("\${line//:/\\\\:}")
    fi
  done
  if (( $#described )); then _describe sagemaker-fs described; else _files; fi
}
if [[ $funcstack[1] == _sagemaker-fs ]]; then _sagemaker_fs "$@"; else compdef _sagemaker_fs sagemaker-fs; fi
`,
  fish: `# sagemaker-fs completion for fish
function __sagemaker_fs_complete
  set -l typed (commandline -opc)[2..-1] (commandline -ct)
  set -l lines (sagemaker-fs completion words -- $typed 2>/dev/null)
  if test (count $lines) -gt 0
    printf '%s\\n' $lines
  else
    __fish_complete_path (commandline -ct)
  end
end
complete -c sagemaker-fs -f -a '(__sagemaker_fs_complete)'
`,
};

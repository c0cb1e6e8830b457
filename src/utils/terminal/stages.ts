/** The stages of a long command: which one runs stands before its progress, and what each took is told at the end. */
import type { Output } from '../../context.js';
import { duration } from '../quantities.js';

export interface Stages {
  /** Ends the stage before, if one runs. */
  begin(name: string): void;
  /** Nothing runs for now: a person is asked. */
  pause(): void;
  /** Tells what each took, and what was not finished or not begun. Returns the seconds of each that was begun. */
  end(options: { finished: boolean }): Record<string, number>;
}

/** @param names of all stages, in their order */
export function openStages(output: Pick<Output, 'note' | 'stage'>, names: readonly string[]): Stages {
  const seconds = new Map<string, number>();
  let running: { name: string; since: number } | undefined;
  const pause = () => {
    if (running) {
      const { name, since } = running;
      seconds.set(name, (seconds.get(name) ?? 0) + (performance.now() - since) / 1000);
    }
    running = undefined;
    output.stage('');
  };
  return {
    begin(name) {
      pause();
      running = { name, since: performance.now() };
      output.stage(`${names.indexOf(name) + 1}/${names.length} ${name}`);
    },
    pause,
    end({ finished }) {
      const last = running?.name ?? [...seconds.keys()].at(-1);
      pause();
      const words = names.map((name) => {
        const took = seconds.get(name);
        if (took === undefined) return finished ? undefined : `${name} not begun`;
        return `${name} ${duration(took)}${!finished && name === last ? ', not finished' : ''}`;
      });
      output.note(words.filter((word) => word !== undefined).join(' · '));
      return Object.fromEntries([...seconds].map(([name, took]) => [name, Math.round(took * 1000) / 1000]));
    },
  };
}

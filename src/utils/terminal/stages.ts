/** Stages of a long command: the current one stands before the progress, and the end reports the time of each. */
import type { Output } from '../../context.js';
import { duration } from '../quantities.js';

export type Stages = ReturnType<typeof openStages>;

/** @param names all stages, in order */
export function openStages(output: Pick<Output, 'note' | 'stage'>, names: readonly string[]) {
  const seconds = new Map<string, number>();
  const parts = new Map<string, string>();
  let running: { name: string; since: number } | undefined;
  /** Stops the clock, while a question is asked. */
  const pause = () => {
    if (running) {
      const { name, since } = running;
      seconds.set(name, (seconds.get(name) ?? 0) + (performance.now() - since) / 1000);
    }
    running = undefined;
    output.stage('');
  };
  return {
    /** Also ends the stage that is running. */
    begin(name: string): void {
      pause();
      running = { name, since: performance.now() };
      output.stage(`${names.indexOf(name) + 1}/${names.length} ${name}`);
    },
    /** Names what the running stage has done so far, whose time is told beside its own. */
    part(name: string): void {
      if (running) parts.set(running.name, `${name} ${duration((performance.now() - running.since) / 1000)}`);
    },
    pause,
    /** Reports the time of each stage, and which did not finish or start. Returns seconds by stage. */
    end({ finished }: { finished: boolean }): Record<string, number> {
      const last = running?.name ?? [...seconds.keys()].at(-1);
      pause();
      const words = names.map((name) => {
        const took = seconds.get(name);
        if (took === undefined) return finished ? undefined : `${name} not begun`;
        const part = parts.has(name) ? ` (${parts.get(name)})` : '';
        return `${name} ${duration(took)}${part}${!finished && name === last ? ', not finished' : ''}`;
      });
      output.note(words.filter((word) => word !== undefined).join(' · '));
      return Object.fromEntries([...seconds].map(([name, took]) => [name, Math.round(took * 1000) / 1000]));
    },
  };
}

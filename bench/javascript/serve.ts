import { createInterface } from 'node:readline';
import { info } from '../../lib/native.js';

/** A program of bench/support/program.ts: says that it is ready, then answers line by line until the input ends. */
export async function serve(
  ready: { readonly log_n: number; readonly levels: number },
  answer: (words: readonly string[]) => Promise<Readonly<Record<string, number>>>,
): Promise<void> {
  const say = (value: unknown): boolean => process.stdout.write(`${JSON.stringify(value)}\n`);
  const { cpuLevel, threads } = info();
  say({ ...ready, cpu_level: cpuLevel, threads });
  for await (const line of createInterface({ input: process.stdin })) {
    try {
      say(
        line === 'memory'
          ? { peak_rss_bytes: process.resourceUsage().maxRSS * 1024 }
          : await answer(line.split(' ')),
      );
    } catch (error) {
      say({ failure: String(error) });
    }
  }
}

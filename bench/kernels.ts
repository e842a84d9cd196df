// What the processor gives at most, for docs/performance.md: products in registers and first-level cache, bytes from
// memory.  npm run bench -- kernels [--json FILE]
import { interleave } from './support/measure.js';
import { startNative } from './support/native.js';
import { type Row, row, runSuite } from './support/rows.js';

const products = { log_n: 7, terms: 12 }; // 25 blocks of 1 KiB
const memory = { log_n: 17, limbs: 256 }; // 256 MiB

await runSuite([], async () => {
  await using ours = await startNative('ntt', { 'prime-bits': 50 });
  const levels = ours.ready.cpu_levels!;
  const timings = await interleave([
    ...levels.map(
      (level) => () => ours.time(`multiply_accumulate ${level} ${products.log_n} ${products.terms}`),
    ),
    () => ours.time(`memory_read ${memory.log_n} ${memory.limbs}`),
  ]);
  const common = { suite: 'kernels', threads: 1 } as const;
  const count = 2 ** products.log_n * products.terms;
  const rows: Row[] = levels.map((level, i) => {
    const timing = timings[i]!;
    const value = (timing.median * 1e6) / count;
    const what = { op: 'multiply_accumulate', params: products, cpu_level: level, items: count };
    return row({ ...common, ...what, timing, value, unit: 'ns', better: 'lower' });
  });
  const timing = timings.at(-1)!;
  const value = (memory.limbs * 2 ** memory.log_n * 8) / (timing.median * 1e6);
  const what = { op: 'memory_read', params: memory, cpu_level: ours.ready.cpu_level! };
  return [...rows, row({ ...common, ...what, timing, value, unit: 'GB/s', better: 'higher' })];
});

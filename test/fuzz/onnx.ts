// Mutated ONNX files for as long as it is told: node --import=tsx test/fuzz/onnx.ts [--seconds=60] [--seed=1]
// The reader is TypeScript, so libFuzzer does not reach it; scripts/fuzz.cjs runs this beside its targets.
import { parseArgs } from 'node:util';
import { SeededRandom } from '../../examples/support/random.js';
import { attack, seeds } from '../onnx/attack.js';

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '60' }, seed: { type: 'string', default: '1' } },
});
const end = performance.now() + 1000 * Number(values.seconds);
const { accepted, refused, codes, broken } = attack(
  await seeds(),
  new SeededRandom(Number(values.seed)),
  () => performance.now() < end,
);
console.log(JSON.stringify({ runs: accepted + refused, accepted, codes: Object.fromEntries(codes) }));
if (broken !== undefined) {
  console.error(broken);
  process.exitCode = 1;
}

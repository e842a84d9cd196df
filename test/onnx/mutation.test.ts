import test from 'ava';
import { SeededRandom } from '../../examples/support/random.js';
import { attack, seeds } from './attack.js';

const mutations = 3_000;

test('mutated ONNX files are networks or refused by a typed error, past the wire format too', async (t) => {
  const { accepted, refused, codes, broken } = attack(
    await seeds(),
    new SeededRandom(17),
    (done) => done < mutations,
  );
  t.is(broken, undefined);
  t.true(accepted > mutations / 100 && refused > mutations / 4, `${accepted} accepted, ${refused} refused`);
  t.true(codes.size >= 3, [...codes].join(' '));
});

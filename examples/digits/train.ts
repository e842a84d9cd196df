/**
 * Trains the network of the digits example and writes weights.json; the seed gives the same bytes every time.
 *
 *   tsx examples/digits/train.ts                    train on the first 1,437 rows, write weights.json
 *   tsx examples/digits/train.ts --check            train, compare with weights.json, write nothing
 *   tsx examples/digits/train.ts --cross-validate   the figures by which the options below were chosen
 *
 * The last 360 rows of the data are not read here at all: see `readDigits`.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { calibrate } from '../../lib/nn/calibrate.js';
import { argmaxRows, evaluate } from '../../lib/nn/evaluate.js';
import type { Model } from '../../lib/nn/model.js';
import { toPolynomialModel } from '../../lib/nn/polynomial-model.js';
import { readDigits, sliceDigits } from './data.js';
import type { Digits } from './data.js';
import { chosenOptions } from './options.js';
import { kCalibrationMargin, trainNetwork } from './training.js';
import type { TrainingOptions } from './training.js';
import { formatWeights, weightsFile } from './weights.js';

const kFolds = 4;

function errors(model: Model, digits: Digits): number {
  const answers = argmaxRows(evaluate(model, digits.pixels), model.outputs);
  return answers.filter((answer, row) => answer !== digits.labels[row]).length;
}

/** All rows but `from` … `to` − 1. */
function without(digits: Digits, from: number, to: number): Digits {
  const before = sliceDigits(digits, 0, from);
  const after = sliceDigits(digits, to, digits.rows);
  return {
    rows: before.rows + after.rows,
    pixels: Float64Array.of(...before.pixels, ...after.pixels),
    labels: Uint8Array.of(...before.labels, ...after.labels),
  };
}

/**
 * Four-fold cross-validation. The folds are contiguous blocks: neighbouring rows are taken to share a writer, and the
 * question is how the network does on writers that it has not seen.
 */
function crossValidate(digits: Digits, options: TrainingOptions): void {
  let floatErrors = 0;
  let polynomialErrors = 0;
  for (let fold = 0; fold < kFolds; ++fold) {
    const from = Math.floor((digits.rows * fold) / kFolds);
    const to = Math.floor((digits.rows * (fold + 1)) / kFolds);
    const rest = without(digits, from, to);
    const held = sliceDigits(digits, from, to);
    const model = trainNetwork(rest, options);
    const polynomial = toPolynomialModel(
      model,
      calibrate(model, rest.pixels, { margin: kCalibrationMargin }),
    ).model;
    const wrong = [errors(model, held), errors(polynomial, held)] as const;
    floatErrors += wrong[0];
    polynomialErrors += wrong[1];
    console.log(
      `rows ${from}–${to - 1}: ${wrong[0]} errors with SiLU, ${wrong[1]} with its polynomial, of ${held.rows}`,
    );
  }
  const percent = (wrong: number): string => (100 * (1 - wrong / digits.rows)).toFixed(2);
  console.log(
    `cross-validated accuracy: ${percent(floatErrors)} % with SiLU, ${percent(polynomialErrors)} % with its polynomial`,
  );
}

const { values: flags } = parseArgs({
  options: { check: { type: 'boolean' }, 'cross-validate': { type: 'boolean' } },
});
const digits = await readDigits('training');
if (flags['cross-validate']) {
  crossValidate(digits, chosenOptions);
} else {
  const model = trainNetwork(digits, chosenOptions, (epoch) => {
    if (epoch % 50 === 0) console.log(`epoch ${epoch} of ${chosenOptions.epochs}`);
  });
  const text = formatWeights(model);
  if (!flags.check) {
    await writeFile(weightsFile, text);
    console.log(`wrote ${weightsFile}`);
  } else if (text === (await readFile(weightsFile, 'utf8'))) {
    console.log('the same weights, byte for byte');
  } else {
    console.error(`Expected the bytes of ${weightsFile} but the training gave others`);
    process.exitCode = 1;
  }
}

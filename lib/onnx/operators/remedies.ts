/** What to do about operators that have no encrypted counterpart here; the others get the last line. */
const remedies: Readonly<Record<string, string>> = {
  MaxPool: 'Train with AveragePool instead.',
  GlobalMaxPool: 'Train with GlobalAveragePool instead.',
  Softmax:
    'Leave it to after decryption: it keeps the order of the outputs. Read up to what enters it, by the option output.',
  LogSoftmax:
    'Leave it to after decryption: it keeps the order of the outputs. Read up to what enters it, by the option output.',
  ArgMax: 'Leave it to after decryption. Read up to what enters it, by the option output.',
  LayerNormalization: 'Train with BatchNormalization instead: its statistics are constants.',
  InstanceNormalization: 'Train with BatchNormalization instead: its statistics are constants.',
  GroupNormalization: 'Train with BatchNormalization instead: its statistics are constants.',
  LSTM: 'Train a network without recurrence: convolutions over time.',
  GRU: 'Train a network without recurrence: convolutions over time.',
  RNN: 'Train a network without recurrence: convolutions over time.',
  If: 'Export the branch that is taken.',
  Loop: 'Export the loop unrolled.',
  Scan: 'Export the loop unrolled.',
  ConvTranspose: 'Write it as Pad and Conv, or train without it.',
  QLinearConv: 'Export the model before quantisation.',
  QLinearMatMul: 'Export the model before quantisation.',
  QuantizeLinear: 'Export the model before quantisation.',
  DequantizeLinear: 'Export the model before quantisation.',
  Sqrt: 'Use a polynomial or one of the activations that are read (docs/models.md).',
  Exp: 'Use a polynomial or one of the activations that are read (docs/models.md).',
  Log: 'Use a polynomial or one of the activations that are read (docs/models.md).',
  Slice: 'Take the part by a MatMul with a constant, or train without it.',
  Split: 'Take the parts by MatMul or Conv with constants, or train without it.',
  Gather: 'Take the part by a MatMul with a constant, or train without it.',
};

export const remedyFor = (operator: string): string =>
  Object.hasOwn(remedies, operator)
    ? remedies[operator]!
    : 'Use the operators that are read (docs/models.md), or build this part with ciphernet/nn.';

/** A parameter set of ours and the same one in a peer's own words: equal N and levels, log2 Q and log2 P within 5 %. */
export interface CkksPair {
  readonly peer: string;
  readonly ours: CkksSet;
  readonly peerOptions: Readonly<Record<string, string | number>>;
}

export interface CkksSet {
  readonly logN: number;
  readonly logQ: readonly number[];
  readonly logP: readonly number[];
  readonly logScale: number;
}

export const repeated = (bits: number, count: number): number[] => Array.from({ length: count }, () => bits);

export const words = (set: CkksSet): Record<string, string | number> => ({
  'log-n': set.logN,
  'log-q': set.logQ.join(','),
  'log-p': set.logP.join(','),
  'log-scale': set.logScale,
});

/** SEAL has one special prime and a digit for every other one. */
function nodeSeal(logN: number, logScale: number, levels: number): CkksPair {
  const ours = { logN, logQ: [50, ...repeated(logScale, levels)], logP: [50], logScale };
  return { peer: 'node-seal', ours, peerOptions: words(ours) };
}

/** OpenFHE makes its special modulus of 60-bit primes, as many as its widest digit needs: `logP` has the same bits. */
function openfhe(
  logN: number,
  logScale: number,
  levels: number,
  digits: number,
  logP: readonly number[],
): CkksPair {
  return {
    peer: 'openfhe',
    ours: { logN, logQ: [50, ...repeated(logScale, levels)], logP, logScale },
    peerOptions: { 'log-n': logN, first: 50, scale: logScale, depth: levels, digits },
  };
}

/** Lattigo takes any sizes. */
function lattigo(logN: number, logScale: number, levels: number, logP: readonly number[]): CkksPair {
  const ours = { logN, logQ: [50, ...repeated(logScale, levels)], logP, logScale };
  return { peer: 'lattigo', ours, peerOptions: words(ours) };
}

export const ckksPairs: readonly CkksPair[] = [
  openfhe(14, 45, 5, 3, repeated(40, 3)),
  nodeSeal(14, 43, 7),
  lattigo(14, 40, 7, repeated(48, 2)),
  openfhe(15, 40, 12, 3, repeated(48, 5)),
  nodeSeal(15, 41, 18),
  lattigo(15, 40, 14, repeated(48, 5)),
];

/** The set that is compared with OpenFHE at this ring degree: what benches without a peer use too. */
export const openfheSet = (logN: number): CkksSet =>
  ckksPairs.find((pair) => pair.peer === 'openfhe' && pair.ours.logN === logN)!.ours;

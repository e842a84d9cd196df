// What the addon looks like.

declare const kind: unique symbol;
/** An object of the addon; the type parameter only tells kinds apart. */
export interface NativeHandle<Kind extends string = string> {
  readonly [kind]: Kind;
}
export type NativeParameters = NativeHandle<'parameters'>;
export type NativeRandomSource = NativeHandle<'random source'>;
export type NativeSecretKey = NativeHandle<'secret key'>;
export type NativePublicKey = NativeHandle<'public key'>;
export type NativeEvaluationKeys = NativeHandle<'evaluation keys'>;
export type NativePlaintext = NativeHandle<'plaintext'>;
export type NativeCiphertext = NativeHandle<'ciphertext'>;
export type NativeLinearTransform = NativeHandle<'linear transform'>;
export type NativeBootstrapper = NativeHandle<'bootstrapper'>;
export type NativeKeyWriter = NativeHandle<'key writer'>;
export type NativeKeyReader = NativeHandle<'key reader'>;
export type NativeTfheParameters = NativeHandle<'TFHE parameters'>;
export type NativeTfheSecretKey = NativeHandle<'TFHE secret key'>;
export type NativeTfheEvaluationKeys = NativeHandle<'TFHE evaluation keys'>;
export type NativeLweBatch = NativeHandle<'LWE ciphertexts'>;

/** How the addon tells of a job: it sets `id` and calls `onProgress`. */
export interface NativeWatch {
  id: number;
  onProgress?: (done: number, total: number) => void;
}
type Watch = NativeWatch | undefined;

/** Slots as re, im, re, im, …; an empty `im` for real ones. */
export type NativeSlots = readonly Float64Array[];

export interface NativeBootstrapping {
  readonly order: 'coefficients-to-slots-first' | 'slots-to-coefficients-first';
  readonly coefficientsToSlots: number;
  readonly slotsToCoefficients: number;
  readonly logScale: number;
  readonly degree: number;
  readonly doubleAngles: number;
  readonly arcsineDegree: number;
  readonly logMessageRatio: number;
  readonly secretWeight: number;
}

export interface NativeLiteral {
  readonly logN: number;
  readonly logQ: readonly number[];
  readonly logP: readonly number[];
  readonly logScale: number;
  /** -1: all N/2. */
  readonly logSlots: number;
  readonly magnitude: number;
  readonly security: 'classical-128' | 'none';
  /** Fields that are absent have the core's defaults. */
  readonly bootstrapping?: Partial<NativeBootstrapping>;
}

/** What the core gives back: every field is there. */
export type NativeDescribedLiteral = Omit<NativeLiteral, 'bootstrapping'> & {
  readonly bootstrapping?: NativeBootstrapping;
};

export interface NativeTfheLiteral {
  readonly messageBits: number;
  readonly lweDimension: number;
  readonly lweNoise: number;
  readonly glweDimension: number;
  readonly logN: number;
  readonly glweNoise: number;
  readonly bootstrap: { readonly baseLog: number; readonly levels: number };
  readonly keySwitch: { readonly baseLog: number; readonly levels: number };
  readonly security: 'classical-128' | 'none';
}

export interface NativeIntent {
  readonly slots: number;
  readonly levels: number;
  readonly precisionBits: number;
  readonly magnitude: number;
  readonly security: 'classical-128' | 'none';
  readonly keySwitching: boolean;
}

export interface NativeBootstrappingIntent {
  readonly levelsAfter: number;
  readonly precisionBits: number;
  readonly slots: number;
  readonly keys: NativeKeyBudget;
  readonly batch: number;
  readonly passes: number;
  /** 0: as the precision needs. */
  readonly logScale: number;
  readonly magnitude: number;
  readonly security: 'classical-128' | 'none';
}

export interface NativeBootstrappingPlan {
  readonly literal: NativeDescribedLiteral;
  readonly keys: NativeKeyBudget;
  readonly batch: number;
  readonly passes: 1 | 2;
  readonly noise: readonly { readonly step: string; readonly deviation: number }[];
  readonly reasons: readonly string[];
  readonly precisionBits: number;
  readonly constantPrecisionBits: number;
  /** The root mean square of a slot's error. */
  readonly deviation: number;
  /** log2 of a probability, -Infinity among them. */
  readonly logFailure: number;
  readonly logQP: number;
  readonly logQPLimit: number;
  readonly logQSparse: number;
  readonly logQSparseLimit: number;
  readonly keySwitches: number;
  readonly keyCount: number;
  readonly keyBytes: number;
  readonly keyBytesOnDisk: number;
  readonly matrixBytes: number;
  readonly transforms: number;
  readonly streamedProducts: number;
  readonly scalarProducts: number;
  readonly baseConversions: number;
}

export interface NativeLinearTransformDescription {
  readonly level: number;
  readonly rotations: readonly number[];
  readonly babySteps: number;
  readonly giantSteps: number;
  readonly diagonals: number;
  readonly byteLength: number;
}

/** What everybody may know of a ciphertext. */
export interface NativeCiphertextDescription {
  readonly level: number;
  readonly degree: number;
  readonly scaleDegree: number;
  readonly slots: number;
  readonly byteLength: number;
  readonly deviation: number;
  readonly magnitude: number;
  readonly errorBound: number;
  readonly precisionBits: number;
  readonly insecure: boolean;
}

/** What an object in the binary format says of itself; unproven until it is read. */
export interface NativeInspection {
  readonly type:
    | 'parameters'
    | 'secret key'
    | 'public key'
    | 'evaluation key'
    | 'evaluation keys'
    | 'ciphertext'
    | 'ciphertext batch'
    | 'plaintext';
  readonly version: number;
  readonly insecure: boolean;
  readonly fingerprint: string;
  readonly totalBytes: number;
  readonly level?: number;
  readonly degree?: number;
  readonly count?: number;
  readonly galoisElement?: number;
  readonly logN?: number;
}

/** Evaluation on ciphertexts: parameters, evaluation keys or null, ciphertexts; then what the operation takes. */
type Operation<Arguments extends unknown[]> = (
  parameters: NativeParameters,
  keys: NativeEvaluationKeys | null,
  ciphertexts: readonly NativeCiphertext[],
  ...rest: [...Arguments, watch: Watch]
) => Promise<NativeCiphertext[]>;

export type NativeKeyBudget = 'small' | 'fast';

/** What bootstrapping's keys and matrices are made for. */
export interface NativeBootstrappingKeys {
  readonly keys: NativeKeyBudget;
  readonly batch: number;
}

/** Which evaluation keys to make; -1 or undefined: none of that kind. */
export type NativeKeyRequest = [
  relinearizationLevel: number,
  steps: Int32Array,
  levels: Int32Array,
  conjugationLevel: number,
  bootstrapping: NativeBootstrappingKeys | undefined,
];

/** Ciphertexts, plaintexts, or complex numbers as re, im, re, im, …: one for all or one each. */
export type NativeRightHand = readonly NativeCiphertext[] | readonly NativePlaintext[] | Float64Array;

type ToBytes<Handle> = (object: Handle, watch: Watch) => Promise<Uint8Array>;
type FromBytes<Handle> = (parameters: NativeParameters, bytes: Uint8Array, watch: Watch) => Promise<Handle>;

/** The addon's own functions. Nothing outside lib/ sees these. */
export interface Native {
  info(): { version: string; cpuLevel: string; availableCpuLevels: string[]; threads: number };
  errorCodes(): string[];
  /** Bytes that V8 was told of; memoryUsage() leaves out what is not an ArrayBuffer. */
  externalMemory(): number;
  dispose(handle: NativeHandle): void;
  cancel(id: number): void;

  createParameters(literal: NativeLiteral, watch: Watch): Promise<NativeParameters>;
  chooseParameters(intent: NativeIntent): {
    literal: NativeDescribedLiteral;
    reasons: string[];
    precisionBits: number;
  };
  describeParameters(parameters: NativeParameters): {
    literal: NativeDescribedLiteral;
    primes: bigint[][];
    specialPrimes: bigint[];
    scales: number[];
    limbCounts: number[];
    digitCounts: number[];
    /** The highest level that is not one of bootstrapping's own. */
    userLevel: number;
    logQP: number;
    maxLogQP: number;
    fingerprint: string;
  };
  parametersToBytes(parameters: NativeParameters): Uint8Array;
  parametersFromBytes(bytes: Uint8Array, watch: Watch): Promise<NativeParameters>;
  ciphertextSize(parameters: NativeParameters, level: number, degree: number, seeded: boolean): number;

  randomSource(seed: bigint | undefined): NativeRandomSource;
  secretKey(parameters: NativeParameters, random: NativeRandomSource, watch: Watch): Promise<NativeSecretKey>;
  publicKey(secret: NativeSecretKey, random: NativeRandomSource, watch: Watch): Promise<NativePublicKey>;
  evaluationKeys(
    parameters: NativeParameters,
    secret: NativeSecretKey,
    random: NativeRandomSource,
    ...rest: [...NativeKeyRequest, watch: Watch]
  ): Promise<NativeEvaluationKeys>;
  evaluationKeysSize(
    parameters: NativeParameters,
    ...rest: [...NativeKeyRequest, furtherLevels: Int32Array]
  ): { serialized: number; memory: number };
  describeKey(key: NativeSecretKey | NativePublicKey): { insecure: boolean; byteLength: number };
  describeEvaluationKeys(keys: NativeEvaluationKeys): {
    insecure: boolean;
    byteLength: number;
    bootstrapping: boolean;
    relinearizationLevel: number;
    conjugationLevel: number;
    /** steps, level, steps, level, … */
    rotations: number[];
  };

  encrypt(
    parameters: NativeParameters,
    key: NativeSecretKey | NativePublicKey,
    random: NativeRandomSource,
    values: NativeSlots,
    level: number,
    magnitude: number,
    watch: Watch,
  ): Promise<NativeCiphertext[]>;
  encode(
    parameters: NativeParameters,
    values: NativeSlots,
    level: number,
    magnitude: number,
    watch: Watch,
  ): Promise<NativePlaintext[]>;
  decrypt(
    key: NativeSecretKey,
    ciphertexts: readonly NativeCiphertext[],
    imaginary: boolean,
    watch: Watch,
  ): Promise<Float64Array[]>;
  decryptForSharing(
    key: NativeSecretKey,
    random: NativeRandomSource,
    ciphertexts: readonly NativeCiphertext[],
    queries: number,
    statisticalSecurity: number,
    deviation: number,
    precisionBits: number,
    imaginary: boolean,
    watch: Watch,
  ): Promise<Float64Array[]>;
  decode(plaintexts: readonly NativePlaintext[], imaginary: boolean, watch: Watch): Promise<Float64Array[]>;
  measureError(
    key: NativeSecretKey,
    ciphertext: NativeCiphertext,
    expected: NativeSlots,
    watch: Watch,
  ): Promise<number>;
  describeCiphertext(ciphertext: NativeCiphertext): NativeCiphertextDescription;
  declareNoise(ciphertext: NativeCiphertext, deviation: number, magnitude: number): NativeCiphertext;
  freshDeviation(n: number, scale: number): number;
  roundingDeviation(n: number, scale: number): number;
  encodingDeviation(n: number, scale: number): number;
  keySwitchDeviation(n: number, scale: number, digits: number): number;
  scalarDeviation(scale: number): number;
  tailFactor(slots: number): number;
  sharingBits(slots: number, queries: number, statisticalSecurity: number): number;
  describePlaintext(plaintext: NativePlaintext): { level: number; magnitude: number; byteLength: number };

  add: Operation<[right: NativeRightHand]>;
  subtract: Operation<[right: NativeRightHand]>;
  multiply: Operation<[right: NativeRightHand, relinearize: boolean, rescale: boolean]>;
  square: Operation<[relinearize: boolean, rescale: boolean]>;
  negate: Operation<[]>;
  rescale: Operation<[]>;
  relinearize: Operation<[]>;
  dropToLevel: Operation<[level: number]>;
  rotate: Operation<[steps: number]>;
  conjugate: Operation<[]>;
  multiplyByI: Operation<[]>;
  /** Twice the real part and twice the imaginary part of each. */
  splitComplex: Operation<[]>;
  joinComplex: Operation<[imaginary: readonly NativeCiphertext[]]>;
  innerSum: Operation<[count: number, stride: number]>;
  evaluatePolynomial: Operation<[re: Float64Array, im: Float64Array, interval: Float64Array]>;
  rotateHoisted: Operation<[steps: Int32Array]>;
  /** Sparse rows when there are row offsets. */
  linearMap: Operation<
    [weights: Float64Array, bias: Float64Array, rowOffsets: Int32Array, columns: Int32Array]
  >;
  linearTransform(
    parameters: NativeParameters,
    indices: Int32Array,
    diagonals: NativeSlots,
    level: number,
    babySteps: number,
    mostKeys: number,
    watch: Watch,
  ): Promise<NativeLinearTransform>;
  describeLinearTransform(transform: NativeLinearTransform): NativeLinearTransformDescription;
  transform: Operation<[transform: NativeLinearTransform]>;
  /** Outputs × ciphertexts, row after row. */
  transformBlocks: Operation<[blocks: readonly (NativeLinearTransform | null)[]]>;

  planBootstrapping(intent: NativeBootstrappingIntent, watch: Watch): Promise<NativeBootstrappingPlan>;
  describeBootstrapping(
    parameters: NativeParameters,
    keys: NativeBootstrappingKeys,
    passes: number,
    watch: Watch,
  ): Promise<NativeBootstrappingPlan>;
  bootstrapper(
    parameters: NativeParameters,
    keys: NativeBootstrappingKeys,
    watch: Watch,
  ): Promise<NativeBootstrapper>;
  describeBootstrapper(bootstrapper: NativeBootstrapper): {
    inputLevel: number;
    byteLength: number;
    steps: number;
    rotations: number;
  };
  bootstrap(
    bootstrapper: NativeBootstrapper,
    keys: NativeEvaluationKeys,
    ciphertexts: readonly NativeCiphertext[],
    passes: number,
    watch: Watch,
  ): Promise<NativeCiphertext[]>;

  secretKeyToBytes: ToBytes<NativeSecretKey>;
  secretKeyFromBytes: FromBytes<NativeSecretKey>;
  publicKeyToBytes: ToBytes<NativePublicKey>;
  publicKeyFromBytes: FromBytes<NativePublicKey>;
  evaluationKeysToBytes: ToBytes<NativeEvaluationKeys>;
  evaluationKeysFromBytes: FromBytes<NativeEvaluationKeys>;
  keyWriterOf(keys: NativeEvaluationKeys): NativeKeyWriter;
  keyWriter(
    parameters: NativeParameters,
    secret: NativeSecretKey,
    random: NativeRandomSource,
    ...request: NativeKeyRequest
  ): NativeKeyWriter;
  describeKeyWriter(writer: NativeKeyWriter): { keys: number; totalBytes: number };
  /** Empty behind the last piece. */
  nextKeyPiece(writer: NativeKeyWriter, watch: Watch): Promise<Uint8Array>;
  keyReader(parameters: NativeParameters): NativeKeyReader;
  /** `wanted`: bytes of the next piece, 0 at the end. */
  describeKeyReader(reader: NativeKeyReader): { wanted: number; taken: number; keys: number };
  takeKeyPiece(reader: NativeKeyReader, piece: Uint8Array, watch: Watch): Promise<undefined>;
  finishKeyReader(reader: NativeKeyReader): NativeEvaluationKeys;
  ciphertextToBytes: ToBytes<NativeCiphertext>;
  ciphertextFromBytes: FromBytes<NativeCiphertext>;
  plaintextToBytes: ToBytes<NativePlaintext>;
  plaintextFromBytes: FromBytes<NativePlaintext>;
  ciphertextsToBytes(
    parameters: NativeParameters,
    ciphertexts: readonly NativeCiphertext[],
    watch: Watch,
  ): Promise<Uint8Array>;
  ciphertextsFromBytes(
    parameters: NativeParameters,
    bytes: Uint8Array,
    watch: Watch,
  ): Promise<NativeCiphertext[]>;
  inspect(start: Uint8Array): NativeInspection;

  tfheCreateParameters(literal: NativeTfheLiteral, watch: Watch): Promise<NativeTfheParameters>;
  tfheDescribeParameters(parameters: NativeTfheParameters): {
    literal: NativeTfheLiteral;
    fingerprint: string;
    ciphertextBytes: number;
    freshVariance: number;
    bootstrapVariance: number;
  };
  tfheLogFailure(parameters: NativeTfheParameters, squaredNorm: number): number;
  tfheSecretKey(
    parameters: NativeTfheParameters,
    random: NativeRandomSource,
    watch: Watch,
  ): Promise<NativeTfheSecretKey>;
  tfheEvaluationKeys(
    secret: NativeTfheSecretKey,
    random: NativeRandomSource,
    watch: Watch,
  ): Promise<NativeTfheEvaluationKeys>;
  tfheEncrypt(
    secret: NativeTfheSecretKey,
    random: NativeRandomSource,
    messages: Uint32Array,
    watch: Watch,
  ): Promise<NativeLweBatch>;
  tfheTrivial(parameters: NativeTfheParameters, messages: Uint32Array, watch: Watch): Promise<NativeLweBatch>;
  tfheDecrypt(secret: NativeTfheSecretKey, ciphertexts: NativeLweBatch, watch: Watch): Promise<Uint32Array>;
  /** An empty choice: one table for all. */
  tfheApplyLut(
    keys: NativeTfheEvaluationKeys,
    ciphertexts: NativeLweBatch,
    tables: readonly Uint32Array[],
    choice: Uint32Array,
    watch: Watch,
  ): Promise<NativeLweBatch>;
  tfheAdd(x: NativeLweBatch, y: NativeLweBatch, watch: Watch): Promise<NativeLweBatch>;
  tfheSubtract(x: NativeLweBatch, y: NativeLweBatch, watch: Watch): Promise<NativeLweBatch>;
  /** Empty constants: none. */
  tfheLinearMap(
    ciphertexts: NativeLweBatch,
    rows: number,
    weights: Int32Array,
    constants: Int32Array,
    watch: Watch,
  ): Promise<NativeLweBatch>;
  /** `length`: of ciphertexts, else 0. */
  tfheDescribe(object: NativeTfheSecretKey | NativeTfheEvaluationKeys | NativeLweBatch): {
    insecure: boolean;
    byteLength: number;
    length: number;
  };
}

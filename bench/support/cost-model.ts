/** What a key switch works on. */
export interface Shape {
  /** Limbs of the ciphertext modulus at the level, and of the key-switching modulus. */
  readonly limbs: number;
  readonly special: number;
  /** Limbs of each gadget digit. */
  readonly digits: readonly number[];
  /** Mean size of a prime; keys are packed to it. */
  readonly bits: number;
}

/** What an operation needs, however it is written: counted in polynomials of one limb. */
export interface Cost {
  readonly transforms: number;
  /** Products of residues with an addition or a reduction. */
  readonly products: number;
  /** Limbs that must come from or go to memory once: operands, keys, result. */
  readonly limbsMoved: number;
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/** Products for one residue of a number given by its residues modulo `width` primes. */
const conversion = (width: number): number => (width === 1 ? 0 : width + 1);

/** Digits to all primes: inverse transforms of all limbs, base conversion, forward transforms of what is new. One prime is
 * carried over by an addition. */
function decomposition({ limbs, special, digits }: Shape): Cost {
  const all = limbs + special;
  return {
    transforms: limbs + sum(digits.map((width) => all - width)),
    products: sum(digits.map((width) => conversion(width) * (all - width))),
    limbsMoved: 0,
  };
}

/** The key meets the digits: two sums over all primes. */
function innerProduct({ limbs, special, digits, bits }: Shape): Cost {
  const terms = 2 * digits.length * (limbs + special);
  return { transforms: 0, products: terms, limbsMoved: (terms * bits) / 64 };
}

/** Both sums divided by the last `dropped` primes of `all`. */
function division(all: number, dropped: number): Cost {
  const kept = all - dropped;
  return { transforms: 2 * all, products: 2 * (conversion(dropped) * kept + kept), limbsMoved: 0 };
}

const add = (...costs: readonly Cost[]): Cost => ({
  transforms: sum(costs.map((c) => c.transforms)),
  products: sum(costs.map((c) => c.products)),
  limbsMoved: sum(costs.map((c) => c.limbsMoved)),
});

const times = (n: number, c: Cost): Cost => ({
  transforms: n * c.transforms,
  products: n * c.products,
  limbsMoved: n * c.limbsMoved,
});

/** One level is one prime here. Undefined for an operation that this model does not describe. */
export function costOf(op: string, shape: Shape): Cost | undefined {
  const { limbs, special } = shape;
  const rotation = add(innerProduct(shape), division(limbs + special, special), {
    transforms: 0,
    products: 0,
    limbsMoved: 2 * limbs, // the result
  });
  const operand = { transforms: 0, products: 0, limbsMoved: 2 * limbs };
  switch (op) {
    case 'multiply_relinearize_rescale':
      return add(decomposition(shape), innerProduct(shape), division(limbs + special, special + 1), {
        transforms: 0,
        products: 4 * limbs + 2 * limbs, // four products; P times two parts
        limbsMoved: 4 * limbs + 2 * (limbs - 1),
      });
    case 'rotate':
      return add(decomposition(shape), rotation, operand);
    case 'rotate_8_hoisted':
      return add(decomposition(shape), times(8, rotation), operand);
    case 'encode':
      return { transforms: limbs, products: limbs, limbsMoved: limbs };
    case 'encrypt':
      return { transforms: 3 * limbs, products: 3 * limbs, limbsMoved: 4 * limbs };
    case 'encrypt_symmetric':
      return { transforms: limbs, products: 2 * limbs, limbsMoved: 3 * limbs };
    case 'decrypt':
      return { transforms: limbs, products: limbs, limbsMoved: 3 * limbs };
    default:
      return undefined;
  }
}

/** The digits of `limbs` limbs in `count` digits of equal width, the last one shorter. */
export function digitWidths(limbs: number, count: number): number[] {
  const width = Math.ceil(limbs / count);
  return Array.from({ length: count }, (_, j) => Math.min(width, limbs - j * width));
}

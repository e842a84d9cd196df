/** Rows of A and of B that are multiplied at once: twelve sums and seven factors are what the registers hold. */
const kRowsOfA = 4;
const kRowsOfB = 3;

function dot(a: Float64Array, from: number, b: Float64Array, start: number, length: number): number {
  let sum = 0;
  for (let p = 0; p < length; ++p) sum += a[from + p]! * b[start + p]!;
  return sum;
}

/**
 * C = A·Bᵀ, or C += A·Bᵀ: A has m rows of k numbers, B has n rows of k, C has m rows of n, all row by row at the start of their
 * arrays. Each sum is taken in the order of its k terms, so the bits do not depend on how the loops are blocked. A is read
 * once: it should be the larger one.
 */
export function multiplyTransposed(
  c: Float64Array,
  a: Float64Array,
  b: Float64Array,
  { m, n, k, accumulate = false }: { m: number; n: number; k: number; accumulate?: boolean },
): void {
  if (!accumulate) c.fill(0, 0, m * n);
  const wholeM = m - (m % kRowsOfA);
  const wholeN = n - (n % kRowsOfB);
  for (let i = 0; i < wholeM; i += kRowsOfA) {
    const a0 = i * k;
    const a1 = a0 + k;
    const a2 = a1 + k;
    const a3 = a2 + k;
    for (let j = 0; j < wholeN; j += kRowsOfB) {
      const b0 = j * k;
      const b1 = b0 + k;
      const b2 = b1 + k;
      let s00 = 0;
      let s01 = 0;
      let s02 = 0;
      let s10 = 0;
      let s11 = 0;
      let s12 = 0;
      let s20 = 0;
      let s21 = 0;
      let s22 = 0;
      let s30 = 0;
      let s31 = 0;
      let s32 = 0;
      for (let p = 0; p < k; ++p) {
        const y0 = b[b0 + p]!;
        const y1 = b[b1 + p]!;
        const y2 = b[b2 + p]!;
        const x0 = a[a0 + p]!;
        s00 += x0 * y0;
        s01 += x0 * y1;
        s02 += x0 * y2;
        const x1 = a[a1 + p]!;
        s10 += x1 * y0;
        s11 += x1 * y1;
        s12 += x1 * y2;
        const x2 = a[a2 + p]!;
        s20 += x2 * y0;
        s21 += x2 * y1;
        s22 += x2 * y2;
        const x3 = a[a3 + p]!;
        s30 += x3 * y0;
        s31 += x3 * y1;
        s32 += x3 * y2;
      }
      const at = i * n + j;
      c[at]! += s00;
      c[at + 1]! += s01;
      c[at + 2]! += s02;
      c[at + n]! += s10;
      c[at + n + 1]! += s11;
      c[at + n + 2]! += s12;
      c[at + 2 * n]! += s20;
      c[at + 2 * n + 1]! += s21;
      c[at + 2 * n + 2]! += s22;
      c[at + 3 * n]! += s30;
      c[at + 3 * n + 1]! += s31;
      c[at + 3 * n + 2]! += s32;
    }
    for (let r = i; r < i + kRowsOfA; ++r) {
      for (let j = wholeN; j < n; ++j) c[r * n + j]! += dot(a, r * k, b, j * k, k);
    }
  }
  for (let r = wholeM; r < m; ++r) {
    for (let j = 0; j < n; ++j) c[r * n + j]! += dot(a, r * k, b, j * k, k);
  }
}

/** Writes the transpose of the rows × columns matrix at the start of `source`. */
export function transpose(target: Float64Array, source: Float64Array, rows: number, columns: number): void {
  for (let row = 0; row < rows; ++row) {
    for (let column = 0; column < columns; ++column)
      target[column * rows + row] = source[row * columns + column]!;
  }
}

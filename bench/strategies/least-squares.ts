/** Of a solution: the coefficients, 0 where a column is not used, and the sum of the squares of what is left. */
interface Solution {
  readonly coefficients: readonly number[];
  readonly rest: number;
}

/**
 * Coefficients of at least 0 with the least sum of (row . coefficients - target)^2, exact: of the problems with some of the columns left out, the best one
 * whose free solution has no negative coefficient. For a few columns: all of their subsets are tried.
 */
export function leastSquares(rows: readonly (readonly number[])[], target: readonly number[]): readonly number[] {
  const width = rows[0]?.length ?? 0;
  let best: Solution = { coefficients: new Array<number>(width).fill(0), rest: dot(target, target) };
  for (let subset = 1; subset < 2 ** width; subset++) {
    const columns = Array.from({ length: width }, (_, i) => i).filter((i) => subset & (1 << i));
    const solution = solve(rows, columns, target);
    if (solution.coefficients.every((value) => value >= 0) && solution.rest < best.rest) best = solution;
  }
  return best.coefficients;
}

/** By modified Gram-Schmidt: normal equations would lose half of the digits. Columns that depend on each other give NaN, which is no solution. */
function solve(rows: readonly (readonly number[])[], columns: readonly number[], target: readonly number[]): Solution {
  const basis = columns.map((column) => rows.map((row) => row[column] ?? 0));
  const triangle = basis.map(() => [] as number[]);
  const shares: number[] = [];
  let left = target;
  for (const [i, vector] of basis.entries()) {
    const norm = Math.sqrt(dot(vector, vector));
    const axis = vector.map((value) => value / norm);
    for (let j = i + 1; j < basis.length; j++) {
      const share = dot(axis, basis[j] ?? []);
      (triangle[i] ?? [])[j] = share;
      basis[j] = minus(basis[j] ?? [], axis, share);
    }
    (triangle[i] ?? [])[i] = norm;
    shares[i] = dot(axis, left);
    left = minus(left, axis, shares[i] ?? 0);
  }
  const coefficients = new Array<number>(rows[0]?.length ?? 0).fill(0);
  for (let i = columns.length - 1; i >= 0; i--) {
    let value = shares[i] ?? 0;
    for (let j = i + 1; j < columns.length; j++) value -= (triangle[i]?.[j] ?? 0) * (coefficients[columns[j] ?? 0] ?? 0);
    coefficients[columns[i] ?? 0] = value / (triangle[i]?.[i] ?? 1);
  }
  return { coefficients, rest: dot(left, left) };
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
}

function minus(vector: readonly number[], axis: readonly number[], share: number): number[] {
  return vector.map((value, i) => value - share * (axis[i] ?? 0));
}

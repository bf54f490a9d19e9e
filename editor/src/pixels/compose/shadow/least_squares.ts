/** Solves `matrix · x = right`, n × n with n small and one or more right sides, by elimination with pivots. */
export function solved(matrix: readonly Float64Array[], right: readonly Float64Array[]): Float64Array[] {
  const count = matrix.length;
  const rows = matrix.map((row, i) => Float64Array.of(...row, ...right[i]!));
  for (let k = 0; k < count; k++) {
    let pivot = k;
    for (let i = k + 1; i < count; i++) if (Math.abs(rows[i]![k]!) > Math.abs(rows[pivot]![k]!)) pivot = i;
    [rows[k], rows[pivot]] = [rows[pivot]!, rows[k]!];
    const line = rows[k]!;
    for (let i = 0; i < count; i++) {
      if (i === k) continue;
      const factor = rows[i]![k]! / line[k]!;
      for (let j = k; j < line.length; j++) rows[i]![j]! -= factor * line[j]!;
    }
  }
  return rows.map((row, k) => row.slice(count).map((value) => value / row[k]!));
}

/** `Σ weight · row · rowᵀ` and `Σ weight · row · value` over rows of a design, each of `count` numbers. */
export function normalEquations(
  design: Float64Array,
  count: number,
  weights: Float64Array,
  values: readonly Float64Array[],
): { matrix: Float64Array[]; right: Float64Array[] } {
  const upper = new Float64Array(count * count);
  const right = Array.from({ length: count }, () => new Float64Array(values.length));
  const row = new Float64Array(count);
  for (let n = 0, at = 0; n < weights.length; n++, at += count) {
    for (let i = 0; i < count; i++) row[i] = design[at + i]!;
    for (let i = 0; i < count; i++) {
      const weighted = weights[n]! * row[i]!;
      for (let j = i; j < count; j++) upper[i * count + j]! += weighted * row[j]!;
      const sums = right[i]!;
      for (let k = 0; k < values.length; k++) sums[k]! += weighted * values[k]![n]!;
    }
  }
  const at = (i: number, j: number) => upper[Math.min(i, j) * count + Math.max(i, j)]!;
  const matrix = right.map((_, i) => Float64Array.from({ length: count }, (_, j) => at(i, j)));
  return { matrix, right };
}

/** The median, sorting the values where they lie; 0 where there are none. */
export function median(values: Float32Array | Float64Array): number {
  if (!values.length) return 0;
  values.sort();
  const half = values.length >> 1;
  return values.length % 2 ? values[half]! : (values[half - 1]! + values[half]!) / 2;
}

/** The few distributions that this product needs, each held to the golden values of lifecycle.md §13–15. */

/** P(X ≥ k) of a Poisson with this mean. */
export function poissonTail(k: number, mean: number): number {
  let term = Math.exp(-mean);
  let below = 0;
  for (let n = 0; n < k; n += 1) {
    below += term;
    term *= mean / (n + 1);
  }
  return Math.max(0, 1 - below);
}

export interface Interval {
  readonly low: number;
  readonly high: number;
}

const z975 = 1.959963984540054;

/** Wilson's 95 % interval of a share; the whole range where there is nothing to share. */
export function wilson(hits: number, of: number): Interval {
  if (of <= 0) return { low: 0, high: 1 };
  const share = hits / of;
  const z2 = z975 * z975;
  const middle = share + z2 / (2 * of);
  const reach = z975 * Math.sqrt((share * (1 - share)) / of + z2 / (4 * of * of));
  const whole = 1 + z2 / of;
  return { low: Math.max(0, (middle - reach) / whole), high: Math.min(1, (middle + reach) / whole) };
}

/** Acklam's approximation of the normal quantile, relative error below 1.2e-9 after one step of Halley's. */
export function normalQuantile(p: number): number {
  const a = [-39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716, 2.506628277459239] as const; // prettier-ignore
  const b = [-54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572] as const; // prettier-ignore
  const c = [-0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968, 2.938163982698783] as const; // prettier-ignore
  const d = [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416] as const;
  const tail = (q: number): number =>
    (((((c[0] * q + c[1]) * q + c[2]) * q + c[3]) * q + c[4]) * q + c[5]) /
    ((((d[0] * q + d[1]) * q + d[2]) * q + d[3]) * q + 1);
  const first = (): number => {
    if (p < 0.02425) return tail(Math.sqrt(-2 * Math.log(p)));
    if (p > 1 - 0.02425) return -tail(Math.sqrt(-2 * Math.log(1 - p)));
    const q = p - 0.5;
    const r = q * q;
    return (
      ((((((a[0] * r + a[1]) * r + a[2]) * r + a[3]) * r + a[4]) * r + a[5]) * q) /
      (((((b[0] * r + b[1]) * r + b[2]) * r + b[3]) * r + b[4]) * r + 1)
    );
  };
  const x = first();
  const e = normalBelow(x) - p;
  const u = e * Math.sqrt(2 * Math.PI) * Math.exp((x * x) / 2);
  return x - u / (1 + (x * u) / 2);
}

/** P(Z ≤ x) of a standard normal. */
export function normalBelow(x: number): number {
  const upper = 0.5 * upperGamma(0.5, (x * x) / 2);
  return x > 0 ? 1 - upper : upper;
}

/** Two-sided p of a z. */
export const twoSided = (z: number): number => 2 * normalBelow(-Math.abs(z));

/** P(X ≥ x) of a χ² with these degrees of freedom. */
export const chiSquareTail = (x: number, degrees: number): number => upperGamma(degrees / 2, x / 2);

const lanczos = [676.5203681218851, -1259.1392167224028, 771.3234287776531, -176.6150291621406, 12.507343278686905, -0.13857109526572012, 9.984369578019572e-6, 1.5056327351493116e-7] as const; // prettier-ignore

export function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const y = x - 1;
  const sum = lanczos.reduce((total, weight, n) => total + weight / (y + n + 1), 0.9999999999998099);
  const t = y + lanczos.length - 0.5;
  return 0.5 * Math.log(2 * Math.PI) + (y + 0.5) * Math.log(t) - t + Math.log(sum);
}

const mostTerms = 500;

/** Regularised upper incomplete gamma Q(a, x). */
function upperGamma(a: number, x: number): number {
  if (x <= 0) return 1;
  const scale = Math.exp(-x + a * Math.log(x) - logGamma(a));
  if (x < a + 1) {
    let term = 1 / a;
    let sum = term;
    for (let n = 1; n < mostTerms && term > sum * 1e-16; n += 1) {
      term *= x / (a + n);
      sum += term;
    }
    return 1 - sum * scale;
  }
  let b = x + 1 - a;
  let c = 1e300;
  let d = 1 / b;
  let h = d;
  for (let n = 1; n < mostTerms; n += 1) {
    const factor = -n * (n - a);
    b += 2;
    d = 1 / (factor * d + b);
    c = b + factor / c;
    const step = d * c;
    h *= step;
    if (Math.abs(step - 1) < 1e-15) break;
  }
  return scale * h;
}

/** Successes out of trials, and what was believed before (1 and 1: nothing). */
export interface Sample {
  readonly hits: number;
  readonly of: number;
}

export interface Comparison {
  /** P(the other is better), as a share. */
  readonly chance: number;
  /** What choosing the other would lose on average if it is the worse one, as a share. */
  readonly loss: number;
}

const cells = 4_000;

/** Two Beta(1 + hits, 1 + misses) held against each other by integrating both on one grid: no dice, always the same. */
export function compareShares(control: Sample, other: Sample): Comparison {
  const one = density(control);
  const two = density(other);
  let belowOne = 0;
  let belowTwo = 0;
  let partTwo = 0;
  let chance = 0;
  let loss = 0;
  for (let n = 0; n < cells; n += 1) {
    const x = (n + 0.5) / cells;
    const [first = 0, second = 0] = [one[n], two[n]];
    chance += second * (belowOne + first / 2);
    // E[max(control − other, 0)], summed over where control stands.
    loss += first * (x * belowTwo - partTwo);
    belowOne += first;
    belowTwo += second;
    partTwo += second * x;
  }
  return { chance, loss };
}

function density({ hits, of }: Sample): Float64Array {
  const a = 1 + hits;
  const b = 1 + of - hits;
  const whole = logGamma(a + b) - logGamma(a) - logGamma(b);
  const out = new Float64Array(cells);
  let sum = 0;
  for (let n = 0; n < cells; n += 1) {
    const x = (n + 0.5) / cells;
    const value = Math.exp(whole + (a - 1) * Math.log(x) + (b - 1) * Math.log(1 - x));
    out[n] = value;
    sum += value;
  }
  return out.map((value) => value / sum);
}

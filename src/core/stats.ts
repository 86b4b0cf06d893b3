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

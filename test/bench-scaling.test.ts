import assert from 'node:assert/strict';
import test from 'node:test';
import { leastSquares } from '../bench/strategies/least-squares.js';
import { fitScaling, predictedRate, type ScalingFit, scalingCurves } from '../bench/strategies/scaling.js';
import { randomOf } from '../bench/support/random.js';
import { jainOf } from '../bench/support/statistics.js';
import { trial } from './support/bench-trials.js';

const counts = [1, 2, 3, 4, 6, 8, 12, 16];

function pointsOf(lambda: number, sigma: number, kappa: number, contenders: readonly number[] = counts) {
  return contenders.map((n) => ({ contenders: n, rate: predictedRate({ lambda, sigma, kappa }, n) }));
}

function fit(points: Parameters<typeof fitScaling>[0]): ScalingFit {
  return fitScaling(points) ?? assert.fail('no fit');
}

function near(actual: number, expected: number, tolerance = 1e-6): void {
  const size = Math.max(1, Math.abs(expected));
  assert.ok(Math.abs(actual - expected) <= tolerance * size, `${actual} is not ${expected}`);
}

test('what made the points is found again, at whatever size of numbers', () => {
  const laws = [
    [1000, 0.05, 0.01],
    [1000, 0, 0.01],
    [1000, 0.2, 0],
    [1000, 0, 0],
    [1000, 1, 0],
    [1000, 2, 0.001],
    [1e-9, 0.3, 0.02],
    [1e200, 0.3, 0.02],
  ] as const;
  for (const [lambda, sigma, kappa] of laws) {
    const found = fit(pointsOf(lambda, sigma, kappa));
    near(found.lambda / lambda, 1);
    near(found.sigma, sigma);
    near(found.kappa, kappa);
    assert.ok(found.error < 1e-9, `error ${found.error}`);
  }
  const far = fit(pointsOf(5, 0.02, 1e-5, [1000, 1001, 1500, 2000]));
  near(far.sigma, 0.02, 1e-5);
});

test('the law: one contender has lambda, and the peak is at sqrt((1 - sigma) / kappa), the better one of its neighbours', () => {
  assert.equal(predictedRate({ lambda: 7, sigma: 0.5, kappa: 0.1 }, 1), 7);
  assert.equal(predictedRate({ lambda: 8, sigma: 0.5, kappa: 0.25 }, 2), 8);
  const found = fit(pointsOf(1000, 0.05, 0.01));
  // sqrt(95) = 9.75
  assert.equal(found.best, 10);
  const rates = counts.map((n) => predictedRate(found, n));
  assert.ok(rates.every((rate) => rate <= predictedRate(found, 10) + 1e-9));
  // n and n + 1 are as good where (1 - sigma) / kappa = n (n + 1).
  assert.equal(fit(pointsOf(10, 0.41, 0.1)).best, 2);
  assert.equal(fit(pointsOf(10, 0.39, 0.1)).best, 3);
  assert.equal(fit(pointsOf(10, 0.16, 0.4)).best, 2);
  assert.equal(fit(pointsOf(10, 0.3, 0.4)).best, 1);
});

test('without coherency the rate grows with every contender: null; where it falls or stays from the first one on: 1', () => {
  assert.equal(fit(pointsOf(1000, 0.2, 0)).best, null);
  assert.equal(fit(pointsOf(1000, 0, 0)).best, null);
  for (let i = 0; i < 100; i++) assert.equal(fit(pointsOf(1000 / 3, i / 101, 0)).best, null, `sigma ${i / 101}`);
  for (const sigma of [1, 1.5, 3])
    assert.deepEqual([fit(pointsOf(10, sigma, 0)).best, fit(pointsOf(10, sigma, 0)).enough], [1, 1]);
  assert.equal(fit(pointsOf(10, 0.2, 0.9)).best, 1);
  // Fast alone, slower and the same for two and more: a lock that is handed over at a price.
  const locked = fit([1, 2, 4, 8].map((contenders) => ({ contenders, rate: contenders === 1 ? 1000 : 500 })));
  assert.ok(locked.sigma > 1 && locked.best === 1 && locked.enough === 1, JSON.stringify(locked));
  assert.ok(locked.error < 0.15, `${locked.error}`);
});

test('enough is the first measured number with 95 % of the highest predicted rate of those that were measured', () => {
  const counts = [1, 2, 4, 8, 16];
  for (const [sigma, kappa] of [
    [0.3, 0],
    [0.05, 0.01],
    [0.9, 0.001],
  ] as const) {
    const found = fit(pointsOf(1000, sigma, kappa, counts));
    const highest = Math.max(...counts.map((n) => predictedRate(found, n)));
    assert.equal(
      found.enough,
      counts.find((n) => predictedRate(found, n) >= 0.95 * highest),
    );
  }
  assert.equal(fit(pointsOf(1000, 0.05, 0.01, counts)).enough, 8);
  assert.equal(fit(pointsOf(1, 0, 0, [1, 2, 4])).enough, 4);
  // The peak lies beyond what was measured.
  assert.equal(fit(pointsOf(1, 0, 0.001, [1, 2, 3])).enough, 3);
  // Two processes have two contenders at least, whatever the law says of one.
  const two = fit(pointsOf(1000, 1.2, 0.01, [2, 4, 8]));
  assert.deepEqual([two.enough, two.best], [2, 2]);
});

test('no coefficient is negative, and with that bound nothing fits better', () => {
  const superlinear = fit([1, 2, 4].map((contenders) => ({ contenders, rate: 100 * contenders ** 1.5 })));
  assert.deepEqual([superlinear.sigma, superlinear.kappa, superlinear.best, superlinear.enough], [0, 0, null, 4]);
  assert.ok(superlinear.error > 0.1);

  const random = randomOf(7);
  for (let i = 0; i < 200; i++) {
    const points = [1, 2, 4, 8].map((contenders) => ({ contenders, rate: 1 + 9 * random() }));
    const found = fit(points);
    assert.ok(found.lambda > 0 && found.sigma >= 0 && found.kappa >= 0 && found.enough >= 1 && found.enough <= 8);
    const cost = (a: number, b: number, c: number) =>
      points.reduce((sum, { contenders: n, rate }) => sum + (((a + b * (n - 1) + c * n * (n - 1)) * rate) / n - 1) ** 2, 0);
    const [a, b, c] = [1 / found.lambda, found.sigma / found.lambda, found.kappa / found.lambda];
    for (let j = 0; j < 50; j++) {
      const move = (value: number) => Math.max(0, value + (random() - 0.5) * 0.02);
      const other = cost(Math.max(0.1 / 10, move(a)), move(b), move(c));
      assert.ok(other >= cost(a, b, c) - 1e-12, `${JSON.stringify(points)} ${other}`);
    }
  }
});

test('where one contender was not measured its rate stays a number', () => {
  const points = [1000, 400, 100].map((rate, i) => ({ contenders: 2 ** (i + 1), rate }));
  const found = fit(points);
  assert.ok(
    found.lambda <= 10_000 * (1 + 1e-9) && Number.isFinite(found.sigma) && Number.isFinite(found.kappa),
    JSON.stringify(found),
  );
  assert.equal(found.best, 2);
});

test('errors are relative to the rate: a point of small rate weighs as much as one of large rate', () => {
  const points = pointsOf(1000, 0, 0.5).map((point, i) => ({ ...point, rate: point.rate * (i % 2 ? 1.05 : 0.95) }));
  const found = fit(points);
  const errors = points.map(({ contenders, rate }) => predictedRate(found, contenders) / rate - 1);
  near(found.error, Math.sqrt(errors.reduce((sum, one) => sum + one * one, 0) / errors.length));
  assert.ok(
    errors.every((error) => Math.abs(error) < 0.12),
    `${errors}`,
  );
});

test('with noise the law is found about as well as the noise lets it', () => {
  const random = randomOf(3);
  const noise = () => 1 + 0.1 * (random() - 0.5);
  const many = counts.flatMap((n) => [n, n, n, n]);
  const found = fit(pointsOf(1000, 0.1, 0.01, many).map(({ contenders, rate }) => ({ contenders, rate: rate * noise() })));
  near(found.lambda / 1000, 1, 0.03);
  near(found.sigma, 0.1, 0.03);
  near(found.kappa, 0.01, 0.002);
  assert.ok(found.error > 0.02 && found.error < 0.04, `${found.error}`);
});

test('three numbers of contenders are needed; what has no rate is not one', () => {
  assert.equal(fitScaling([]), undefined);
  assert.equal(fitScaling(pointsOf(1, 0.1, 0.1, [1, 2, 2, 1])), undefined);
  const three = pointsOf(1000, 0.1, 0.01, [1, 2, 4]);
  assert.ok(fitScaling(three));
  for (const rate of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
    assert.deepEqual(fitScaling([...three, { contenders: 8, rate }]), fitScaling(three));
    assert.equal(fitScaling([...three.slice(1), { contenders: 8, rate }]), undefined);
  }
});

test('curves: one a strategy, load, batch size and number of processes, in order, of trials that are whole', () => {
  const trials = [
    trial({ workers: 4, rates: [300] }),
    trial({ workers: 1, rates: [100, 110, 90] }),
    trial({ workers: 2, rates: [200] }),
    { ...trial({ workers: 8, rates: [900] }), faults: ['1 record is missing'] },
    trial({ workers: 16, rates: [] }),
    trial({ processes: 3, workers: 1 }),
    trial({ processes: 3, workers: 2, rates: [] }),
    trial({ processes: 2, workers: 1 }),
    trial({ processes: 2, workers: 2 }),
    trial({ load: 'bulk', batchSize: 10, workers: 1 }),
    trial({ load: 'bulk', batchSize: 20, workers: 2 }),
    trial({ strategy: 'None', workers: 1 }),
  ];
  const curves = scalingCurves(trials);
  assert.deepEqual(
    curves.map(({ strategy, load, processes, batchSize, points }) => [strategy, load, processes, batchSize, points.length]),
    [
      ['RFileLock', 'notebook', 1, 1, 3],
      ['RFileLock', 'notebook', 2, 1, 2],
    ],
  );
  const [one, two] = curves;
  assert.deepEqual(one?.points[0], { contenders: 1, workers: 1, rate: 100, min: 90, max: 110 });
  assert.deepEqual(
    one?.points.map(({ contenders }) => contenders),
    [1, 2, 4],
  );
  assert.deepEqual(
    two?.points.map(({ contenders }) => contenders),
    [2, 4],
  );
  assert.ok(one?.fit);
  assert.equal(two?.fit, undefined);
});

test('least squares with a column of zeros, and Jain of nobody', () => {
  assert.deepEqual(leastSquares([[0, 2]], [4]), [0, 2]);
  assert.deepEqual(
    leastSquares(
      [
        [1, 0],
        [0, 1],
      ],
      [3, -1],
    ),
    [3, 0],
  );
  assert.equal(jainOf([4, 0]), 0.5);
  assert.ok(Number.isNaN(jainOf([0, 0])));
});

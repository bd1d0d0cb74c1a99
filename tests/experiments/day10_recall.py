"""Day 10, section 4: which start recalls, if each gets the rate that suits it, and what changes U
does.

    python tests/experiments/day10_recall.py        about 20 seconds on one core

Every gain of U with five rates, with clipping and without, across 19 blanks, three seeds, 300 steps
each; then gain 0.5 at a rate of 1 with U left as it was drawn.
"""

import math
import os
import sys
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = "1"
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))
from lessons import ROOT, beginning, cell_defining

SEEDS, RATES = range(3), (0.03, 0.1, 0.3, 1.0, 3.0)
FOLDER = ROOT / "day10_rnn"


def from_lesson():
    """The lesson's names, and the same with a training that leaves U as it was drawn."""
    names = {"np": np, "math": math}
    exec(beginning(cell_defining(FOLDER, "recur").source, "rng ="), names)
    exec(beginning(cell_defining(FOLDER, "recur_back").source, "G ="), names)  # and summed
    remembering = cell_defining(FOLDER, "remember").source  # and clip_factor
    exec(remembering, names)
    frozen = dict(names)
    update = "for value, g in zip((W, U, W_out), gradients):"
    assert remembering.count(update) == 1
    exec(remembering.replace(update, "for value, g in zip((W, W_out), gradients[::2]):"), frozen)
    return names, frozen


def shares(remember, *arguments, **options):
    with np.errstate(all="ignore"):
        return [remember(*arguments, seed=seed, **options)[0] for seed in SEEDS]


def main():
    names, frozen = from_lesson()
    print("share of right answers in the last 50 steps, seeds 0 to 2; chance is 25%")
    for gain in (0.5, 1.0, 2.0):
        for limit, name in ((math.inf, "no clipping"), (0.5, "clipped at 0.5")):
            for lr in RATES:
                got = shares(names["remember"], gain, limit, lr)
                print(
                    f"gain {gain}  {name:14s} rate {lr:<5}",
                    "  ".join(f"{share:4.0%}" for share in got),
                    flush=True,
                )
    print(
        "gain 0.5  no clipping    rate 1, U left as it was drawn:",
        "  ".join(f"{share:4.0%}" for share in shares(frozen["remember"], 0.5, math.inf, 1.0)),
    )


if __name__ == "__main__":
    main()

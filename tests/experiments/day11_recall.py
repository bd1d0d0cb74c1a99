"""Day 11, section 6: recall across 29 blanks, each cell at four rates, seeds 0 to 2, 200 steps of
Adam each.

    python tests/experiments/day11_recall.py        about 50 seconds on one core
"""

import contextlib
import io
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))
from lessons import ROOT, cell_defining

SEEDS, RATES = range(3), (0.005, 0.01, 0.02, 0.04)
FOLDER = ROOT / "day11_lstm_gru"


def main():
    names: dict = {"__name__": "lesson"}
    with contextlib.redirect_stdout(io.StringIO()):
        for name in (
            "np",
            "sigmoid",
            "lstm",
            "lstm_back",
            "judged",
            "recur",
            "adam_step",
            "read_last",
            "recall",
        ):
            exec(cell_defining(FOLDER, name).source, names)

    for name, bias in {
        "plain network": None,
        "LSTM, forget bias 1": 1.0,
        "LSTM, forget bias 5": 5.0,
    }.items():
        for lr in RATES:
            shares = [names["recall"](bias, seed, lr=lr) for seed in SEEDS]
            print(
                f"{name:20s} rate {lr:<6}",
                "  ".join(f"{share:4.0%}" for share in shares),
                f"  above 95%: {sum(share > 0.95 for share in shares)} of {len(SEEDS)}",
                flush=True,
            )


if __name__ == "__main__":
    main()

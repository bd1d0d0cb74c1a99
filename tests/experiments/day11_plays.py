"""Day 11, section 7: the three cells on Shakespeare at equal time, seeds 0 to 2; with --long also
the LSTM five times as long.

    python tests/experiments/day11_plays.py   about 80 seconds, with --long 3 minutes
"""

import contextlib
import io
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))
from lessons import ROOT, beginning, cell_defining

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
            "gru",
            "recur",
            "adam_step",
            "plays",
            "new_params",
            "loss_and_gradients",
            "train_on_plays",
        ):
            exec(cell_defining(FOLDER, name).source, names)
    exec(beginning(cell_defining(FOLDER, "contenders").source, "trained, score"), names)

    contenders = dict(names["contenders"])
    units, steps, lr = contenders["LSTM"]
    if "--long" in sys.argv:
        contenders = {"LSTM, five times the steps": (units, 5 * steps, lr)}
    for name, (units, steps, lr) in contenders.items():
        kind, scores = name.partition(",")[0], []
        for seed in range(3):
            params = names["train_on_plays"](kind, units, steps, lr, seed)
            scores.append(names["bits"](kind, params, names["test_ids"]))
        print(
            f"{name:28s}{units} units, {steps:,} steps, rate {lr}: test",
            "  ".join(f"{score:.3f}" for score in scores),
            flush=True,
        )


if __name__ == "__main__":
    main()

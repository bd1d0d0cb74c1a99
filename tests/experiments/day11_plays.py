"""Day 11, section 7: the three cells on Shakespeare at equal time, seeds 0 to 2; with --long also the LSTM five times as long.

    python tests/experiments/day11_plays.py        about 80 seconds on two cores, with --long 3 minutes
"""

import contextlib
import io
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))
from lessons import DAYS, read_notebook  # noqa: E402


def main():
    cells = {cell.id: cell.source for cell in read_notebook(next(day for day in DAYS if day.name == "day11_lstm_gru")).cells}
    names: dict = {"__name__": "lesson"}
    with contextlib.redirect_stdout(io.StringIO()):
        for name in ("cell-02", "cell-04", "cell-06", "cell-08", "cell-09", "cell-11", "cell-14", "cell-adam-step", "cell-22", "cell-23", "cell-24", "cell-26"):
            exec(cells[name], names)
    exec(cells["cell-27"].partition("trained, score")[0], names)        # the contenders

    contenders = dict(names["contenders"])
    units, steps, lr = contenders["LSTM"]
    if "--long" in sys.argv:
        contenders = {"LSTM, five times the steps": (units, 5 * steps, lr)}
    for name, (units, steps, lr) in contenders.items():
        kind, scores = name.partition(",")[0], []
        for seed in range(3):
            params = names["train_on_plays"](kind, units, steps, lr, seed)
            scores.append(names["bits"](kind, params, names["test_ids"]))
        print(f"{name:28s}{units} units, {steps:,} steps, rate {lr}: test", "  ".join(f"{score:.3f}" for score in scores), flush=True)


if __name__ == "__main__":
    main()

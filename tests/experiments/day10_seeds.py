"""Day 10, section 8: the network of the lesson with seeds 0 to 2, bits per character on the test plays.

    python tests/experiments/day10_seeds.py        about 2 minutes on two cores
"""

import contextlib
import io
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))
from lessons import DAYS, read_notebook  # noqa: E402


def main():
    cells = {cell.id: cell.source for cell in read_notebook(next(day for day in DAYS if day.name == "day10_rnn")).cells}
    names: dict = {"__name__": "lesson"}
    with contextlib.redirect_stdout(io.StringIO()):
        for name in ("cell-02", "cell-08", "cell-10", "cell-18", "cell-22", "cell-27", "cell-29", "cell-32"):
            exec(cells[name], names)
        exec(cells["cell-34"].partition("curve =")[0], names)           # train

    for seed in range(3):
        params, _ = names["train"](seed)
        print(f"seed {seed}: validation {names['bits'](params, names['val_ids']):.3f}, test {names['bits'](params, names['test_ids']):.3f} bits per character", flush=True)


if __name__ == "__main__":
    main()

"""Day 10, section 8: the network of the lesson with seeds 0 to 2, bits per character on the test
plays.

    python tests/experiments/day10_seeds.py        about 2 minutes on two cores
"""

import contextlib
import io
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))
from lessons import ROOT, beginning, cell_defining

FOLDER = ROOT / "day10_rnn"


def main():
    names: dict = {"__name__": "lesson"}
    with contextlib.redirect_stdout(io.StringIO()):
        for name in (
            "np",
            "recur",
            "recur_back",
            "remember",
            "plays",
            "new_params",
            "Adam",
            "bits",
        ):
            exec(cell_defining(FOLDER, name).source, names)
        exec(beginning(cell_defining(FOLDER, "train").source, "curve ="), names)

    for seed in range(3):
        params, _ = names["train"](seed)
        print(
            (
                f"seed {seed}: validation {names['bits'](params, names['val_ids']):.3f}, test "
                f"{names['bits'](params, names['test_ids']):.3f} bits per character"
            ),
            flush=True,
        )


if __name__ == "__main__":
    main()

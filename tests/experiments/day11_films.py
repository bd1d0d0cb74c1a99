"""Day 11, section 9: naive Bayes on new and on known films, for four stretches of the file in turn.

    python tests/experiments/day11_films.py        about 45 seconds on one core

Each time 1,250 reviews of each class, side by side in the file, are the new films, 2,500 of the
rest drawn by chance the known ones, and all others are counted.
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
        exec(cell_defining(FOLDER, "np").source, names)
        exec(cell_defining(FOLDER, "labels").source, names)
    np, labels = names["np"], names["labels"]
    negative, positive = [np.flatnonzero(labels == label) for label in (0, 1)]
    differences = []
    for stretch in range(0, 8, 2):
        held = slice(1250 * stretch, 1250 * (stretch + 1))
        new = np.r_[negative[held], positive[held]]
        rest = np.random.default_rng(stretch).permutation(np.setdiff1d(np.arange(len(labels)), new))
        names["part"] = {"new films": new, "known films": rest[:2500], "training": rest[2500:]}
        with contextlib.redirect_stdout(io.StringIO()):
            split = cell_defining(FOLDER, "VOCABULARY").source
            exec(split.removeprefix(beginning(split, "y = {")), names)
            exec(
                beginning(cell_defining(FOLDER, "naive_bayes").source, 'print(f"{len(known)'), names
            )
        both = [names["bayes"][name] for name in ("new films", "known films")]
        differences.append(both)
        print(f"stretch {stretch}: new films {both[0]:.1%}, known films {both[1]:.1%}", flush=True)
    new, known = np.array(differences).T
    gap = known - new
    print(
        f"mean: new films {new.mean():.1%}, known films {known.mean():.1%}; difference "
        f"{gap.mean():.3f}, from {gap.min():.3f} to {gap.max():.3f}, standard error "
        f"{gap.std(ddof=1) / 4**0.5:.3f}"
    )


if __name__ == "__main__":
    main()

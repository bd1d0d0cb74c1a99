"""The numbers of Day 15's model card: five trainings with other seeds, and what the model fails at.

    python tests/experiments/day15_model_card.py             about two minutes on two cores

It runs the lesson's own functions. The network with seed 0 is the one that is served. The failures are measured on the
validation digits, the accuracy on the test digits, of all five networks.
"""

import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))
from lessons import DAYS, read_notebook  # noqa: E402

CELLS = {cell.id: cell.source for cell in read_notebook(next(day for day in DAYS if day.name.startswith("day15"))).cells}


def barred(images):
    """Sevens with a bar of nine by two pixels through the middle of their ink in rows 14 and 15."""
    out = images.copy()
    for image in out:
        ink = image[14:16].sum(axis=0)
        middle = round(float((ink * np.arange(28)).sum() / max(ink.sum(), 1e-9)))
        image[14:16, max(middle - 4, 0):middle + 5] = 255
    return out


def main():
    names = {"__name__": "__main__"}
    for place in ("d15-001", "d15-005", "d15-007"):
        exec(compile(CELLS[place], place, "exec"), names)
    keras, X, y = names["keras"], names["X_val"], names["y_val"]
    wide = np.pad(X, ((0, 0), (4, 4), (4, 4)))
    moved = [wide[:, i:i + 28, j:j + 28] for i in (0, 8) for j in (0, 8)]
    half = np.pad(X.reshape(-1, 14, 2, 14, 2).mean(axis=(2, 4)), ((0, 0), (7, 7), (7, 7)))
    sevens = y == 7
    print("test digits, then validation digits: as they are, moved by 4 each way, half the size, sevens, sevens with a bar")
    for seed in range(5):
        model = names["train"](epochs=7, augment=True, seed=seed)

        def right(images, truth):
            return float((keras.ops.convert_to_numpy(model(images)).argmax(axis=1) == truth).mean())

        print(f"seed {seed}: {right(names['X_test'], names['y_test']):.1%}   {right(X, y):.1%}  {np.mean([right(m, y) for m in moved]):.0%}  {right(half, y):.0%}"
              f"  {right(X[sevens], y[sevens]):.0%}  {right(barred(X[sevens]), y[sevens]):.0%}", flush=True)


main()

"""Day 13 with three seeds: the numbers that the lesson quotes beside those of its one run, and what
each trick of the GAN does.

    python tests/experiments/day13_seeds.py            about 20 minutes on two cores with other work
    python tests/experiments/day13_seeds.py spread      one arm alone: as, spread, or label

It runs the lesson's own cells and functions. Arms: the GAN as it is, without the batch's spread,
without the smoothed label, each 1,250 steps at the lesson's rate, which was not chosen anew. Each
is judged with the average of the weights and with the weights themselves. The VAE with its 450
steps.
"""

import ast
import sys
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
from lessons import DAYS, read_notebook

CELLS = {
    cell.id: cell.source
    for cell in read_notebook(next(day for day in DAYS if day.name.startswith("day13"))).cells
}
SEEDS, STEPS, STAGE = (0, 1, 2), 1250, 250


def run(names, ids, definitions=(), swap=None):
    """Run cells of the lesson in `names`; of those in `definitions` only functions and classes.
    swap: a text to change, and its new form."""
    for place in (*ids, *definitions):
        source = CELLS[place]
        if swap and swap[0] in source:
            source = source.replace(*swap)
            names["swapped"] = names.get("swapped", 0) + 1
        if place in definitions:
            kept = [
                node
                for node in ast.parse(source).body
                if isinstance(node, (ast.FunctionDef, ast.ClassDef))
            ]
            source = "\n".join(ast.unparse(node) for node in kept)
        exec(compile(source, place, "exec"), names)


def describe(lesson, images):
    """Distance to the test digits and to the validation digits, confidence, smallest class (all,
    and of those read with 90%), gray."""
    f, p = lesson["judged"](images)
    sure = p.max(axis=1) > 0.9
    counts, certain = (
        np.bincount(p.argmax(axis=1)[rows], minlength=10) for rows in (slice(None), sure)
    )
    gray = np.abs(images - 0.5) < 0.3
    ink = images > 0.2
    return (
        f"test {lesson['frechet'](f, lesson['f_test']):5.1f}  validation "
        f"{lesson['frechet'](f, lesson['f_val']):5.1f}  confidence {p.max(axis=1).mean():.0%}"
        f"  smallest class {counts.min()}, sure {certain.min()}  sure in all {sure.mean():.0%} "
        f" gray of the ink {gray.sum() / ink.sum():.1%}"
    )


def train(names, seed):
    """The lesson's training with another seed; for each stage the distances to the validation
    digits, at the end everything."""
    keras, drawn = names["keras"], names["drawn"]
    keras.utils.set_random_seed(seed)
    gan, rng = names["GAN"](), np.random.default_rng(6 + seed)
    gan.compile(jit_compile=False)
    curve, fresh = [], names["latent"](1000, 32, 13)
    for rows in names["batches"](3000, 32, STEPS, rng).reshape(-1, 32 * STAGE):
        z = rng.normal(size=(len(rows), 32)).astype(np.float32)
        gan.fit(names["X_train"][rows], z, batch_size=32, shuffle=False, verbose=0)
        curve.append(
            [
                names["frechet"](names["judged"](drawn(net))[0], names["f_val"])
                for net in (gan.average, gan.G)
            ]
        )
    print(f"  seed {seed}, average of the weights: {describe(names, drawn(gan.average, fresh))}")
    print(f"          the weights themselves: {describe(names, drawn(gan.G, fresh))}")
    print(
        f"  seed {seed}: average of the weights, weights themselves, each {STAGE} steps:",
        [f"{a:.1f} {b:.1f}" for a, b in curve],
        flush=True,
    )


def wanted(arm):
    """Whether this arm was asked for on the command line, where nothing means all."""
    return len(sys.argv) < 2 or sys.argv[1] in arm


def main():
    start, lesson = (
        time.time(),
        {
            "__name__": "__main__",
            "fixed": np.random.default_rng(7).normal(size=(1000, 32)).astype(np.float32),
        },
    )
    run(
        lesson,
        (
            "cell-001",
            "cell-030",
            "cell-031",
            "cell-034",
            "cell-039",
            "cell-042",
            "cell-053",
            "cell-054",
        ),
        ("cell-045", "cell-056"),
    )
    lesson["f_val"], lesson["f_test"] = (
        lesson["judged"](lesson[name])[0] for name in ("X_val", "X_test")
    )
    print("validation digits:", describe(lesson, lesson["X_val"]))
    for seed in SEEDS if wanted("GAN as it is, and VAE") else ():
        model = lesson["train_vae"](16, lesson["convolutional"], 450, seed=seed)
        print(
            f"VAE, seed {seed}: {describe(lesson, model.draw(lesson['latent'](1000, 16, 13)))}",
            flush=True,
        )
    print(f"({time.time() - start:.0f} s)", flush=True)
    arms = {
        "as it is": None,
        "without the batch's spread": ("BatchSpread()(x)", "x"),
        "without the smoothed label": (
            "0.9 * tf.nn.softplus(-s_real) + 0.1 * tf.nn.softplus(s_real)",
            "tf.nn.softplus(-s_real)",
        ),
    }
    for arm, swap in arms.items():
        if not wanted(arm):
            continue
        print(f"GAN {arm}", flush=True)
        names = dict(lesson)
        run(names, ("cell-039", "cell-042"), swap=swap)
        assert names.get("swapped", 0) == (swap is not None), (
            "the text to change is not in the lesson any more"
        )
        for seed in SEEDS:
            train(names, seed)
        print(f"({time.time() - start:.0f} s)", flush=True)


if __name__ == "__main__":
    main()

"""Day 12, section 9: the rates, lengths and augmentation of each way, and the rivals, on the 1,000
validation digits.

    python tests/experiments/day12_compare.py [scratch] [tuned] [rivals] [rest] [table]

Each part takes about 4 minutes.

Each line is the accuracy for three choices of training digits (seeds 0, 1, 2). The functions are
those of the notebook.
"""

import os
import sys
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
FOLDER = Path(__file__).resolve().parents[2] / "day12_transfer"
sys.path[:0] = [str(FOLDER.parent / "tools"), str(FOLDER)]

import numpy as np

from lessons import beginning, cell_defining


def from_lesson():
    """The lesson's names, as the cells that define what is measured here make them, run in the
    lesson's folder."""
    os.chdir(FOLDER)
    names: dict = {}
    for name, end in (
        ("mnist_data", None),
        ("X", "def begin"),
        ("residual_block", None),
        ("load_pretrained", None),
        ("choose", None),
        ("probe", "keras.utils.set_random_seed"),
        ("with_head", None),
        ("nearest", None),
    ):
        source = cell_defining(FOLDER, name).source
        exec(beginning(source, end) if end else source, names)
    return names


lesson = from_lesson()
keras, X, y = lesson["keras"], lesson["X"], lesson["y"]
X_val, y_val, choose, with_head, resnet = [
    lesson[name] for name in ("X_val", "y_val", "choose", "with_head", "resnet")
]
features, probe, accuracy, from_probe = [
    lesson[name] for name in ("features", "probe", "accuracy", "from_probe")
]
pretrained, SEEDS = lesson["pretrained"], (0, 1, 2)
F = features(pretrained, X)


def moved(x, rng, strength=0.1):
    """Augmentation: each image (28, 28, 1) turned, slanted, stretched and shifted at random, by a
    little."""
    turns = np.eye(2) + rng.normal(
        0, strength, (len(x), 2, 2)
    )  # a matrix near the identity for each image
    shifts = rng.normal(0, 10 * strength, (len(x), 2, 1, 1))  # in pixels
    places = np.einsum("nij,jab->niab", turns, np.mgrid[:28, :28] - 13.5) + 13.5 + shifts
    places = np.clip(places, 0, 26.999).transpose(
        1, 0, 2, 3
    )  # where each pixel is read: rows, columns
    (i, j), (u, v) = places.astype(int), places % 1
    n = np.arange(len(x))[:, None, None]
    ink = x[..., 0]
    upper = (1 - v) * ink[n, i, j] + v * ink[n, i, j + 1]  # between four pixels
    lower = (1 - v) * ink[n, i + 1, j] + v * ink[n, i + 1, j + 1]
    return ((1 - u) * upper + u * lower)[..., None].astype(np.float32)


def train(model, x, labels, seed, weights, n=16, steps=120, move=None):
    """The notebook's train; move(images, rng), if given, changes each image before it is used."""
    rng = np.random.default_rng(100 + seed)
    drawn = np.concatenate([rng.permutation(len(x)) for _ in range(-(-steps * n // len(x)))])[
        : steps * n
    ]
    model.set_weights(weights)
    for variable in model.optimizer.variables:
        variable.assign(np.zeros(variable.shape, variable.dtype))
    images = x[drawn] if move is None else move(x[drawn], rng)
    model.fit(images, labels[drawn], batch_size=n, shuffle=False, verbose=0)
    return model


def said(name, values, of_test=None):
    """Validation accuracies, and those on the test digits, which chose nothing."""
    print(
        f"{name:66s}",
        "  ".join(f"{value:.1%}" for value in values),
        f"  mean {np.mean(values):.1%}",
        end="",
    )
    print(
        "   test",
        "  ".join(f"{value:.1%}" for value in of_test),
        f"  mean {np.mean(of_test):.1%}",
        flush=True,
    ) if of_test else print(flush=True)


def scratch(
    sizes=(10,),
    ways=(
        (300, moved, (0.005, 0.002, 0.01, 0.02)),
        (600, moved, (0.01,)),
        (150, None, (0.005, 0.002, 0.01, 0.02)),
    ),
):
    for steps, move, rates in ways:
        for lr in rates:
            model = with_head(resnet(), 10, lr, frozen=False, steps=steps)
            for size in sizes:
                values, of_test = [], []
                for seed in SEEDS:
                    rows = choose(size, seed)
                    keras.utils.set_random_seed(seed)
                    train(
                        model,
                        X[rows],
                        y[rows],
                        seed,
                        [*resnet().get_weights(), np.zeros((64, 10)), np.zeros(10)],
                        n=32,
                        steps=steps,
                        move=move,
                    )
                    values.append(accuracy(features(model, X_val), y_val))
                    of_test.append(accuracy(features(model, X[4000:]), y[4000:]))
                said(
                    (
                        f"from scratch, {size} of each, rate {lr}, {steps} steps, "
                        f"{'moved' if move else 'as they are'}"
                    ),
                    values,
                    of_test,
                )


def tuned(
    sizes=(10,),
    ways=((120, moved, (0.001, 0.0005, 0.002)), (120, None, (0.0005, 0.0002, 0.001))),
    frozen=True,
):
    for steps, move, rates in ways:
        for lr in rates:
            model = with_head(lesson["load_pretrained"](), 10, lr, frozen=frozen, steps=steps)
            for size in sizes:
                values, of_test = [], []
                for seed in SEEDS:
                    rows = choose(size, seed)
                    train(
                        model,
                        X[rows],
                        y[rows],
                        seed,
                        from_probe(pretrained, F[rows], y[rows], 10),
                        steps=steps,
                        move=move,
                    )
                    values.append(accuracy(features(model, X_val), y_val))
                    of_test.append(accuracy(features(model, X[4000:]), y[4000:]))
                said(
                    (
                        f"fine-tuned, {size} of each, rate {lr}, {steps} steps, "
                        f"{'moved' if move else 'as they are'}, batch norm "
                        f"{'frozen' if frozen else 'trained'}"
                    ),
                    values,
                    of_test,
                )


def rivals(sizes=(10, 30)):
    for size in sizes:
        found: dict = {}
        for seed in SEEDS:
            rows = choose(size, seed)
            rng = np.random.default_rng(seed)
            copies, labels = (
                np.concatenate([X[rows], *(moved(X[rows], rng) for _ in range(20))]),
                np.tile(y[rows], 21),
            )
            flat = X.reshape(len(X), -1)
            for name, f, t, of_val in (
                ("softmax on pixels", flat[rows], y[rows], flat[3000:4000]),
                (
                    "softmax on pixels, moved copies",
                    copies.reshape(len(copies), -1),
                    labels,
                    flat[3000:4000],
                ),
                ("probe", F[rows], y[rows], F[3000:4000]),
                ("probe, moved copies", features(pretrained, copies), labels, F[3000:4000]),
            ):
                W, b = probe(f, t, 10)
                found.setdefault(name, []).append(accuracy(of_val @ W + b, y_val))
            distance = (flat[rows] ** 2).sum(axis=1) - 2 * flat[3000:4000] @ flat[rows].T
            found.setdefault("nearest neighbor", []).append(
                (y[rows][distance.argmin(axis=1)] == y_val).mean()
            )
            found.setdefault("nearest neighbor, shifted copies", []).append(
                (lesson["nearest"](X[rows], y[rows], X_val) == y_val).mean()
            )
        for name, values in found.items():
            said(f"{name}, {size} of each", values)


def rest():
    """The other numbers that the lesson quotes: batch normalization trained, one image of each, the
    glyphs after fine-tuning."""
    import pretrain

    tuned(ways=((120, None, (0.0005,)),), frozen=False)
    tuned(sizes=(1,), ways=((120, None, (0.0005,)),))
    said(
        "probe, 1 of each",
        [
            accuracy(F[3000:4000] @ W + b, y_val)
            for W, b in (
                probe(F[rows], y[rows], 10) for rows in (choose(1, seed) for seed in SEEDS)
            )
        ],
    )
    x, t = pretrain.held_out_images()
    whole = keras.Sequential([resnet(), keras.layers.Dense(82)])
    whole.load_weights(pretrain.WEIGHTS)
    head = whole.layers[1].get_weights()
    said("glyphs in the three styles held out, before", [accuracy(features(whole, x), t)])
    model, values = with_head(lesson["load_pretrained"](), 10, 0.0005, frozen=True), []
    for seed in SEEDS:
        rows = choose(30, seed)
        train(model, X[rows], y[rows], seed, from_probe(pretrained, F[rows], y[rows], 10))
        values.append(
            accuracy(
                features(keras.Model(model.layers[0].inputs, model.layers[0].outputs), x) @ head[0]
                + head[1],
                t,
            )
        )
    said("glyphs, the old head on the base fine-tuned with 30 of each", values)


def table():
    """The chosen rates and lengths, with augmentation, for every number of images."""
    scratch((1, 3, 10, 30), ((300, moved, (0.005,)),))
    tuned((1, 3, 10, 30), ((120, moved, (0.001,)),))


def main():
    parts = {"scratch": scratch, "tuned": tuned, "rivals": rivals, "rest": rest, "table": table}
    for part, run in parts.items():
        if part in (sys.argv[1:] or parts):
            print(part, flush=True)
            run()


if __name__ == "__main__":
    main()

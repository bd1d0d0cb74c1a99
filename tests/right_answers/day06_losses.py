"""Right answers to the exercises of Day 6 in other styles than the solution's."""

import collections
import math
import statistics

import keras
import numpy as np
import tensorflow as tf

from right_answers import right


@right("expected_losses")
def counts_in_a_loop(y, k):
    counts = collections.Counter(int(label) for label in y)
    return math.log(k), -sum(count / len(y) * math.log(count / len(y)) for count in counts.values())


@right("expected_losses")
def takes_the_entropy_of_what_occurs(y, k):
    _, counts = np.unique(y, return_counts=True)
    shares = counts / counts.sum()
    return np.array([np.log(k), -(shares * np.log(shares)).sum()])


@right("expected_losses")
def asks_keras_for_both(y, k):
    even, shares = np.full((len(y), k), 1 / k), np.tile(np.bincount(y, minlength=k) / len(y), (len(y), 1))
    loss = keras.losses.SparseCategoricalCrossentropy(dtype="float64")
    return loss(y, even), loss(y, shares)


@right("expected_losses")
def averages_single_surprises(y, k):
    labels = y.tolist()
    return [-math.log(1 / k), statistics.fmean(-math.log(labels.count(label) / len(labels)) for label in labels)]


@right("expected_losses")
def multiplies_by_the_inverse_share(y, k):
    one_hot = np.eye(k)[y]
    shares = one_hot.mean(axis=0)
    return tf.math.log(float(k)).numpy(), np.mean(np.log(1 / (one_hot @ shares)))


@right("mean_cross_entropy")
def loops_over_the_samples(z, y):
    n, k = z.shape
    total, dz = 0.0, [[0.0] * k for _ in range(n)]
    for i, (row, label) in enumerate(zip(z.tolist(), y.tolist())):
        largest = max(row)
        summed = math.fsum(math.exp(value - largest) for value in row)
        total += largest + math.log(summed) - row[label]
        for j, value in enumerate(row):
            dz[i][j] = (math.exp(value - largest) / summed - (j == label)) / n
    return total / n, dz


@right("mean_cross_entropy")
def adds_exponents_with_numpy(z, y):
    log_p = z - np.logaddexp.reduce(z, axis=1, keepdims=True)
    one_hot = y[:, None] == np.arange(z.shape[1])
    return -log_p[one_hot].mean(), (np.exp(log_p) - one_hot) / len(z)


@right("mean_cross_entropy")
def lets_a_tape_differentiate(z, y):
    t = tf.Variable(z)
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(y, t))
    return loss, tape.gradient(loss, t)


@right("mean_cross_entropy")
def sums_with_einsum(z, y):
    shifted = z - np.max(z, -1)[:, np.newaxis]
    p = np.exp(shifted)
    p = np.einsum("nk,n->nk", p, 1 / np.einsum("nk->n", p))
    one_hot = np.eye(z.shape[1])[y]
    losses = np.log(np.exp(shifted).sum(1)) - np.einsum("nk,nk->n", shifted, one_hot)
    return [np.average(losses), np.divide(p - one_hot, len(y))]


@right("mean_cross_entropy")
def works_in_place_on_a_copy(z, y):
    rows, z = np.arange(len(y)), z.copy()
    z -= z.max(axis=1, keepdims=True)
    true = z[rows, y]
    np.exp(z, out=z)
    total = z.sum(axis=1)
    z /= total[:, None]
    np.subtract.at(z, (rows, y), 1)
    z /= len(y)
    return np.array([(np.log(total) - true).mean()]), z


def _losses_of(z, target):
    """Cross-entropy for each sample by SciPy's log-sum-exp."""
    from scipy.special import logsumexp
    return logsumexp(z, axis=1) - (target * z).sum(axis=1)


@right("smoothing")
def asks_scipy_for_the_log_sum_exp(z, y, eps):
    n, k = z.shape
    target = np.full((n, k), eps / k)
    target[np.arange(n), y] = 1 - eps + eps / k
    best = np.log(target)
    return _losses_of(z, target), best - best.mean(axis=1)[:, None]


@right("smoothing")
def writes_the_two_best_logits(z, y, eps):
    n, k = z.shape
    gap = math.log((1 - eps + eps / k) / (eps / k))
    true = y[:, None] == np.arange(k)
    return _losses_of(z, np.where(true, 1 - eps + eps / k, eps / k)), np.where(true, gap - gap / k, -gap / k)


@right("smoothing")
def mixes_two_losses_in_a_loop(z, y, eps):
    losses, best = [], []
    for row, label in zip(z.tolist(), y.tolist()):
        k, largest = len(row), max(row)
        total = largest + math.log(sum(math.exp(value - largest) for value in row))
        surprises = [total - value for value in row]
        losses.append((1 - eps) * surprises[label] + eps * sum(surprises) / k)
        logs = [math.log((1 - eps) * (j == label) + eps / k) for j in range(k)]
        best.append([value - sum(logs) / k for value in logs])
    return losses, best


@right("smoothing")
def asks_tensorflow(z, y, eps):
    target = tf.one_hot(y, z.shape[1], 1 - eps + eps / z.shape[1], eps / z.shape[1], dtype=tf.float64)
    best = tf.math.log(target)
    return tf.nn.softmax_cross_entropy_with_logits(target, z), best - tf.reduce_mean(best, axis=1, keepdims=True)


@right("smoothing")
def asks_keras_in_single_precision(z, y, eps):
    target = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=eps, reduction=None)
    best = np.log(np.float32(eps / z.shape[1]) + np.eye(z.shape[1], dtype=np.float32)[y] * np.float32(1 - eps))
    return target(np.eye(z.shape[1])[y], z), best - best.mean(axis=1, keepdims=True)

"""Right answers to the exercises of Day 13, in other styles than the solutions'."""

import math

import keras
import numpy as np
import tensorflow as tf

from right_answers import right


@right("gan_losses")
def losses_in_loops(s_real, s_fake):
    def plus(s):
        return max(s, 0.0) + math.log1p(math.exp(-abs(s)))
    total_real = total_fake = total_trick = 0.0
    for s in s_real.tolist():
        total_real += plus(-s)
    for s in s_fake.tolist():
        total_fake += plus(s)
        total_trick += plus(-s)
    return total_real / len(s_real) + total_fake / len(s_fake), total_trick / len(s_fake)


@right("gan_losses")
def losses_by_keras(s_real, s_fake):
    bce = keras.losses.BinaryCrossentropy(from_logits=True)
    real, fake = s_real[:, None], s_fake[:, None]
    d_loss = bce(np.ones_like(real), real) + bce(np.zeros_like(fake), fake)
    return [float(d_loss), float(bce(np.ones_like(fake), fake))]


@right("gan_losses")
def losses_by_tensorflow_in_float32(s_real, s_fake):
    real, fake = (tf.constant(s, tf.float32) for s in (s_real, s_fake))
    d_loss = tf.reduce_mean(tf.nn.softplus(-real)) + tf.reduce_mean(tf.nn.softplus(fake))
    return np.float32(d_loss), np.float32(tf.reduce_mean(tf.nn.softplus(-fake)))


@right("gan_losses")
def losses_in_place_on_copies(s_real, s_fake):
    s_real, s_fake = s_real.copy(), s_fake.copy()
    generator = np.logaddexp(-s_fake, 0).sum() / s_fake.size
    s_real *= -1
    np.logaddexp(s_real, 0, out=s_real)
    np.logaddexp(s_fake, 0, out=s_fake)
    return np.add(s_real.mean(), s_fake.mean()), generator


@right("kl_to_prior")
def kl_in_loops(mu, log_var):
    (n, d), kl = mu.shape, 0.0
    dmu, dlog_var = np.zeros((n, d)), np.zeros((n, d))
    for i in range(n):
        for j in range(d):
            variance = math.exp(log_var[i, j])
            kl += (mu[i, j] ** 2 + variance - 1 - log_var[i, j]) / (2 * n)
            dmu[i, j], dlog_var[i, j] = mu[i, j] / n, (variance - 1) / (2 * n)
    return kl, dmu, dlog_var


@right("kl_to_prior")
def kl_by_the_tape(mu, log_var):
    mu, log_var = tf.constant(mu), tf.constant(log_var)
    with tf.GradientTape() as tape:
        tape.watch([mu, log_var])
        kl = tf.reduce_mean(-0.5 * tf.reduce_sum(1 + log_var - mu ** 2 - tf.exp(log_var), axis=1))
    dmu, dlog_var = tape.gradient(kl, [mu, log_var])
    return float(kl), dmu.numpy(), dlog_var.numpy()


@right("kl_to_prior")
def kl_by_einsum_in_float32(mu, log_var):
    mu, log_var = mu.astype("float32"), log_var.astype("float32")
    excess = np.expm1(log_var)
    kl = (np.einsum("nd,nd->", mu, mu) + (excess - log_var).sum()) / (2 * len(mu))
    return kl, (mu / len(mu)).tolist(), (excess / 2 / len(mu)).tolist()


@right("kl_to_prior")
def kl_in_place_on_copies(mu, log_var):
    n, var = mu.shape[0], log_var.copy()
    np.exp(var, out=var)
    each = (np.square(mu) + var).sum(axis=-1) - mu.shape[1] - log_var.sum(axis=-1)
    var -= 1
    var /= 2 * n
    return np.mean(each) / 2, np.divide(mu, n), var


@right("coverage")
def coverage_in_loops(real, fake, k):
    n, reached = len(real), 0
    if k < 1 or k > n - 1:
        raise ValueError("k")
    for i in range(n):
        others = sorted(math.dist(real[i], real[j]) for j in range(n) if j != i)
        reached += any(math.dist(real[i], point) <= others[k - 1] for point in fake)
    return reached / n


@right("coverage")
def coverage_by_partition(real, fake, k):
    if k not in range(1, len(real)):
        raise ValueError(f"k = {k} is not allowed")
    own = ((real[:, None] - real) ** 2).sum(axis=-1)
    np.fill_diagonal(own, np.inf)
    radius = np.partition(own, k - 1, axis=1)[:, k - 1]
    other = ((real[:, None] - fake) ** 2).sum(axis=-1)
    return np.mean(other.min(axis=1, initial=np.inf) <= radius)


@right("coverage")
def coverage_by_deleting_the_point_itself(real, fake, k):
    if not 0 < k < real.shape[0]:
        raise ValueError("k must be from 1 to n - 1")
    hits = []
    for i, point in enumerate(real):
        rest = np.delete(real, i, axis=0)
        radius = np.sort(np.sqrt(np.einsum("nd,nd->n", rest - point, rest - point)))[k - 1]
        hits.append(bool((np.linalg.norm(fake - point, axis=1) <= radius).any()))
    return float(sum(hits) / len(hits))


@right("coverage")
def coverage_by_tensorflow(real, fake, k):
    if k < 1 or k >= len(real):
        raise ValueError("no such neighbor")
    def squares(a, b):
        return tf.reduce_sum((tf.constant(a)[:, None] - tf.constant(b)) ** 2, axis=2)
    radius = -tf.math.top_k(-squares(real, real), k + 1).values[:, -1]
    inside = tf.reduce_any(squares(real, fake) <= radius[:, None], axis=1)
    return np.float32(tf.reduce_mean(tf.cast(inside, tf.float32)))

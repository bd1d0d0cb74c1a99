"""Right answers to the exercises of Day 14 in other styles than the solution's."""

import math

import keras
import numpy as np
import tensorflow as tf

from right_answers import right


@right("mean_pool")
def loops_over_the_sentences(h, mask):
    rows = []
    for one, keep in zip(h, mask):
        kept = [vector for vector, here in zip(one, keep) if here]
        if not kept:
            raise ValueError("a sentence without a token")
        mean = [sum(column) / len(kept) for column in zip(*kept)]
        length = math.sqrt(sum(value * value for value in mean))
        rows.append([value / length for value in mean])
    return np.array(rows)


@right("mean_pool")
def scales_the_sum_by_einsum(h, mask):
    keep = mask.astype(float)
    if (keep.sum(axis=1) == 0).any():
        raise ValueError("no token")
    total = np.einsum("ntd,nt->nd", h, keep)
    return total / np.sqrt(np.einsum("nd,nd->n", total, total))[:, None]


@right("mean_pool")
def takes_a_masked_array(h, mask):
    if not np.any(mask, axis=-1).all():
        raise ValueError("no token")
    hidden = np.broadcast_to(np.equal(mask, 0)[..., None], h.shape)
    mean = np.ma.masked_array(h, hidden).mean(axis=1).filled(0)
    return mean / np.linalg.norm(mean, axis=-1, keepdims=True)


@right("mean_pool")
def multiplies_matrices_in_place(h, mask):
    weights = np.array(mask, dtype=float)
    counts = weights.sum(1, keepdims=True)
    if 0 in counts:
        raise ValueError("no token")
    weights /= counts
    mean = (weights[:, None, :] @ h)[:, 0]
    mean /= np.hypot.reduce(mean, axis=1, keepdims=True)
    return mean


def _scores(Q, K):
    return np.einsum("nhqd,nhkd->nhqk", Q, K) / np.sqrt(Q.shape[-1])


@right("attention")
def loops_over_every_query(Q, K, V, allowed):
    n, heads, T_q, d = Q.shape
    allowed = np.broadcast_to(allowed, (n, heads, T_q, K.shape[2]))
    output, weights = np.zeros((n, heads, T_q, V.shape[3])), np.zeros(allowed.shape)
    for i, j, q in np.ndindex(n, heads, T_q):
        keys = np.flatnonzero(allowed[i, j, q])
        scores = K[i, j, keys] @ Q[i, j, q] / math.sqrt(d)
        e = np.exp(scores - scores.max())
        weights[i, j, q, keys] = e / e.sum()
        output[i, j, q] = weights[i, j, q] @ V[i, j]
    return output, weights


@right("attention")
def subtracts_the_log_sum_exp(Q, K, V, allowed):
    scores = np.where(allowed, _scores(Q, K), -np.inf)
    weights = np.exp(scores - np.logaddexp.reduce(scores, axis=-1, keepdims=True))
    return [np.einsum("nhqk,nhkv->nhqv", weights, V), weights]


@right("attention")
def asks_tensorflow_for_the_softmax(Q, K, V, allowed):
    scores = tf.matmul(Q, K, transpose_b=True) / math.sqrt(Q.shape[-1])
    weights = tf.nn.softmax(tf.where(allowed, scores, tf.constant(-np.inf, scores.dtype)))
    return tf.matmul(weights, V), weights


@right("attention")
def fills_a_copy_in_single_precision(Q, K, V, allowed):
    scores = _scores(Q.astype(np.float32), K.astype(np.float32))
    scores[~np.broadcast_to(allowed, scores.shape)] = -np.inf
    weights = keras.ops.softmax(scores, axis=-1)
    return keras.ops.matmul(weights, V.astype(np.float32)), weights


@right("attention")
def masks_the_exponentials_after_the_maximum_of_the_allowed(Q, K, V, allowed):
    scores = _scores(Q, K)
    largest = np.max(scores, axis=-1, keepdims=True, where=np.broadcast_to(allowed, scores.shape), initial=-np.inf)
    e = np.exp(np.minimum(scores - largest, 0)) * allowed
    weights = e / e.sum(-1, keepdims=True)
    return weights @ V, weights


@right("looks_ahead")
def collects_a_set_of_pairs(f, T, d):
    rng, pairs = np.random.default_rng(7), set()
    base = rng.uniform(-5, 5, size=(100, T, d))
    before = np.array(f(np.array(base)))
    for t in range(T):
        changed = np.array(base)
        changed[:, t, :] = rng.uniform(-10, 10, size=(100, d))
        after = np.array(f(changed))
        for s in range(t):
            if np.max(np.abs(after[:, s] - before[:, s])) / np.max(np.abs(before)) > 1e-4:
                pairs.add((t, s))
    return sorted(pairs)


@right("looks_ahead")
def asks_every_pair_anew(f, T, d):
    def moves(t, s):
        rng = np.random.default_rng(100 * t + s)
        x = rng.normal(0, 5, size=(200, T, d))
        old = np.copy(f(x.copy()))
        x[:, t] += rng.normal(0, 10, size=(200, d))
        new = np.copy(f(x.copy()))
        return not np.allclose(old[:, s], new[:, s], rtol=0, atol=1e-5 * np.abs(old).max())
    return [(t, s) for t in range(T) for s in range(t) if moves(t, s)]


@right("looks_ahead")
def asks_sample_by_sample_for_many_draws(f, T, d):
    rng, found = np.random.default_rng(3), np.zeros((T, T), bool)
    for _ in range(3):
        base = rng.normal(size=(40, T, d))
        before = np.array(tf.convert_to_tensor(f(base.copy())))
        for t in range(T):
            x = base.copy()
            x[:, t] = 10 * rng.standard_normal((40, d))
            gap = np.abs(np.array(tf.convert_to_tensor(f(x))) - before).max(axis=2).max(axis=0)
            found[t] |= gap > 3e-6 * np.abs(before).max()
    return [(int(t), int(s)) for t, s in np.argwhere(np.tril(found, -1))]


@right("attention")
def adds_minus_infinity(Q, K, V, allowed):
    scores = Q @ K.transpose(0, 1, 3, 2) * Q.shape[-1] ** -0.5 + np.where(allowed, 0, -np.inf)
    scores -= scores.max(axis=-1, keepdims=True)
    np.exp(scores, out=scores)
    scores /= scores.sum(axis=-1, keepdims=True)
    return scores @ V, scores


@right("attention")
def puts_the_lowest_number_in_place(Q, K, V, allowed):
    scores = np.where(allowed, _scores(Q, K), np.finfo(np.float64).min)
    weights = np.exp(scores - np.max(scores, -1, keepdims=True))
    weights = np.divide(weights, np.sum(weights, -1)[..., None])
    return np.einsum("...qk,...kv->...qv", weights, V), weights


@right("mean_pool")
def asks_tensorflow_to_scale(h, mask):
    if not np.asarray(mask).any(axis=1).all():
        raise ValueError("no token")
    keep = tf.cast(tf.cast(mask, tf.bool), tf.float32)[:, :, None]
    total = tf.reduce_sum(tf.cast(h, tf.float32) * keep, axis=1) / tf.reduce_sum(keep, axis=1)
    return tf.math.l2_normalize(total, axis=1)


@right("looks_ahead")
def compares_in_norms(f, T, d):
    rng = np.random.default_rng(11)
    base = rng.normal(0, 2, size=(128, T, d))
    before = np.array(f(base.copy()), dtype=float)
    scale, pairs = np.linalg.norm(before.ravel(), np.inf), []
    for t in reversed(range(T)):
        other = base.copy()
        other[:, t] = rng.normal(0, 10, size=(128, d))
        moved = np.abs(np.array(f(other), dtype=float) - before)
        pairs.extend((t, s) for s in range(t) if moved[:, s].max() > 2e-6 * scale)
    pairs.sort()
    return pairs

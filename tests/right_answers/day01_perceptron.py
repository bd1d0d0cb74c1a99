"""Right answers to the exercises of Day 1, in other styles than the solution's."""

import numpy as np
import tensorflow as tf

from right_answers import right


@right("neuron_answers")
def by_arithmetic(X, w, b):
    return 2 * (X @ w >= -b) - 1


@right("neuron_answers")
def by_einsum(X, w, b):
    z = np.einsum("nd,d->n", X, w) + b
    answers = np.full(len(X), -1.0)
    answers[z >= 0] = 1
    return answers


@right("neuron_answers")
def by_folding(X, w, b):
    z = np.column_stack([X, np.ones(len(X))]) @ np.append(w, b)
    return np.piecewise(z, [z >= 0, z < 0], [1, -1])


@right("neuron_answers")
def by_np_sign(X, w, b):
    answers = np.sign((X * w[None]).sum(axis=1) + b).astype(int)
    answers[answers == 0] = 1
    return answers


@right("neuron_answers")
def by_tensorflow(X, w, b):
    z = tf.linalg.matvec(X, w) + b
    return tf.where(z >= 0, 1, -1).numpy()


@right("pocket")
def in_place_on_copies(X, y, epochs):
    w, b = np.zeros(X.shape[1]), 0.0
    best_w, best_b, best = w.copy(), b, np.sum((X @ w + b >= 0) == (y > 0))
    for epoch in range(epochs):
        for i in range(X.shape[0]):
            if (X[i] @ w + b >= 0) != (y[i] > 0):
                w += y[i] * X[i]
                b += y[i]
                right_now = np.sum((X @ w + b >= 0) == (y > 0))
                if right_now > best:
                    best_w, best_b, best = w.copy(), b, right_now
    return best_w, best_b


@right("pocket")
def with_lists(X, y, epochs):
    samples, classes = X.tolist(), y.tolist()

    def answer(w, b, x):
        return 1 if sum(weight * value for weight, value in zip(w, x)) + b >= 0 else -1

    w, b = [0.0] * len(samples[0]), 0
    visited = [(w, b)]
    for _ in range(epochs):
        for x, label in zip(samples, classes):
            if answer(w, b, x) != label:
                w, b = [weight + label * value for weight, value in zip(w, x)], b + label
                visited.append((w, b))
    w, b = max(visited, key=lambda pair: sum(answer(*pair, x) == label for x, label in zip(samples, classes)))   # the first of equals
    return np.array(w), b


@right("pocket")
def folded_and_stops_early(X, y, epochs):
    folded = np.c_[X, np.ones(len(X))].astype("float32")
    weights, best, fewest = np.zeros(folded.shape[1], "float32"), np.zeros(folded.shape[1], "float32"), None
    for _ in range(epochs):
        if fewest is None:
            fewest = np.count_nonzero(np.where(folded @ weights >= 0, 1, -1) != y)
        changed = False
        for x, label in zip(folded, y):
            if (1 if x @ weights >= 0 else -1) != label:
                weights, changed = weights + label * x, True
                wrong = np.count_nonzero(np.where(folded @ weights >= 0, 1, -1) != y)
                if wrong < fewest:
                    best, fewest = weights, wrong
        if not changed:
            break
    return best[:-1], best[-1]


@right("xor_weights")
def or_without_and():
    return [[1, 1], [1, 1]], [-0.5, -1.5], [1, -1], -0.5


@right("xor_weights")
def one_larger_than_the_other():
    return np.array([[1.0, -1.0], [-1.0, 1.0]]), np.array([-0.5, -0.5]), np.array([2.0, 2.0]), np.float64(-1.0)


@right("xor_weights")
def thresholds_at_the_limit():
    return np.array([[1.0, -1.0], [1.0, -1.0]]), np.array([-0.8, 1.2]), np.array([1.0, 1.0]), -1.5


@right("xor_weights")
def large_weights_in_float32():
    return np.full((2, 2), 10, "float32"), np.array([-8, -18], "float32"), np.array([5, -5], "float32"), np.float32(-2.5)


@right("xor_weights")
def a_single_score_in_an_array():
    W1 = np.ones((2, 2)) * [-1, 1]
    return W1, np.array([0.7, -1.3]), np.array([-3.0, -3.0]), np.array(1.5)

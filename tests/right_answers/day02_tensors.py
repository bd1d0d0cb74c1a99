"""Right answers to the exercises of Day 2, in other styles than the solution's."""

import numpy as np
import tensorflow as tf

from right_answers import right


@right("sequence_backward")
def by_loops(G, X, W):
    dX, dW, db = np.zeros(X.shape), np.zeros(W.shape), np.zeros(W.shape[1])
    for i in range(len(X)):
        for t in range(X.shape[1]):
            dX[i, t] = W @ G[i, t]
            dW += X[i, t][:, None] * G[i, t]
            db += G[i, t]
    return dX, dW, db


@right("sequence_backward")
def flattened(G, X, W):
    d, k = W.shape
    flat = G.reshape(-1, k)
    return [(flat @ W.T).reshape(X.shape), X.reshape(-1, d).T @ flat, flat.sum(0)]


@right("sequence_backward")
def by_tensordot_and_transposes(G, X, W):
    return np.tensordot(G, W, axes=(2, 1)), (X.transpose(0, 2, 1) @ G).sum(axis=0), np.add.reduce(G, axis=(0, 1))


@right("sequence_backward")
def by_the_tape(G, X, W):
    X, W, b = tf.Variable(X), tf.Variable(W), tf.Variable(np.zeros(W.shape[1]))
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(G * (X @ W + b))
    return tape.gradient(loss, (X, W, b))


@right("unbroadcast")
def from_the_left(G, shape):
    while G.ndim > len(shape):
        G = G.sum(axis=0)
    for axis in range(len(shape)):
        if shape[axis] == 1 and G.shape[axis] != 1:
            G = G.sum(axis=axis, keepdims=True)
    return G


@right("unbroadcast")
def all_axes_at_once_then_reshape(G, shape):
    full = (1,) * (G.ndim - len(shape)) + tuple(shape)
    return G.sum(axis=tuple(axis for axis in range(G.ndim) if full[axis] == 1)).reshape(shape)


@right("unbroadcast")
def by_adding_each_entry(G, shape):
    places = np.broadcast_to(np.arange(int(np.prod(shape))).reshape(shape), G.shape)
    return np.bincount(places.ravel(), weights=G.ravel(), minlength=int(np.prod(shape))).reshape(shape)


@right("unbroadcast")
def by_einsum(G, shape):
    letters = "abcdefgh"[:G.ndim]
    kept = "".join(letter for letter, length in zip(letters[G.ndim - len(shape):], shape) if length != 1)
    return np.einsum(f"{letters}->{kept}", G).reshape(shape)


@right("unbroadcast")
def by_the_tape_again(G, shape):
    A = tf.Variable(np.zeros(shape))
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(G * tf.broadcast_to(A, G.shape))
    return tape.gradient(loss, A).numpy()


@right("largest_singular_value")
def normalizes_after_each_product(A, steps, rng):
    v = rng.standard_normal(A.shape[1])
    v /= np.linalg.norm(v)
    for _ in range(steps):
        u = A @ v
        u /= np.linalg.norm(u)
        v = u @ A
        v /= np.sqrt(v @ v)
    return np.linalg.norm(A @ v), v


@right("largest_singular_value")
def squares_the_matrix_first(A, steps, rng):
    square = A.T @ A
    v = rng.uniform(-1, 1, A.shape[1])
    for step in range(steps):
        v = square @ v
        v = v / np.linalg.norm(v)
    return np.sqrt(v @ square @ v), v


@right("largest_singular_value")
def with_a_positive_start_and_columns(A, steps, rng):
    v = rng.random((A.shape[1], 1))
    while steps > 0:
        v = A.T.dot(A.dot(v))
        v = v / np.sqrt((v**2).sum())
        steps -= 1
    return np.sqrt(((A @ v)**2).sum()), v.ravel()


@right("largest_singular_value")
def in_sums_and_lists(A, steps, rng):
    n, d = A.shape
    v = [float(rng.normal()) for _ in range(d)]
    for _ in range(steps):
        u = [sum(A[i, j] * v[j] for j in range(d)) for i in range(n)]
        v = [sum(A[i, j] * u[i] for i in range(n)) for j in range(d)]
        length = sum(value * value for value in v)**0.5
        v = [value / length for value in v]
    return sum(sum(A[i, j] * v[j] for j in range(d))**2 for i in range(n))**0.5, np.array(v)

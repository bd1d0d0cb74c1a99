"""Right answers to the exercises of Day 7, in other styles than the solutions'."""

import functools
import itertools
import statistics

import keras
import numpy as np
import pandas as pd
import tensorflow as tf
from keras import layers

from right_answers import right


@right("count_parameters")
def counts_by_index(sizes):
    total = 0
    for i in range(1, len(sizes)):
        total += (sizes[i - 1] + 1) * sizes[i]
    return total


@right("count_parameters")
def counts_recursively(sizes):
    return 0 if len(sizes) < 2 else (sizes[0] + 1) * sizes[1] + counts_recursively(sizes[1:])


@right("count_parameters")
def counts_with_a_dot_product(sizes):
    d = np.array(sizes)
    return (d[:-1] + 1) @ d[1:]


@right("count_parameters")
def counts_with_einsum(sizes):
    d = np.array(sizes)
    return np.einsum("i,i->", d[:-1], d[1:]) + d[1:].sum()


@right("count_parameters")
def counts_by_pairs_and_reduce(sizes):
    return functools.reduce(lambda total, pair: total + pair[0] * pair[1] + pair[1], itertools.pairwise(sizes), 0)


@right("count_parameters")
def asks_keras(sizes):
    if len(sizes) == 1:
        return 0
    return keras.Sequential([keras.Input((sizes[0],)), *[layers.Dense(units) for units in sizes[1:]]]).count_params()


@right("count_parameters")
def counts_made_arrays(sizes):
    return sum(np.zeros((d_in, d_out)).size + np.zeros(d_out).size for d_in, d_out in zip(sizes[:-1], sizes[1:]))


@right("standardize")
def goes_column_by_column(X_train, X_new):
    one, two = np.empty(X_train.shape), np.empty(X_new.shape)
    for j in range(X_train.shape[1]):
        column = X_train[:, j]
        spread = 1.0 if column.max() == column.min() else np.std(column)
        one[:, j], two[:, j] = (column - np.mean(column)) / spread, (X_new[:, j] - np.mean(column)) / spread
    return one, two


@right("standardize")
def works_in_pure_python(X_train, X_new):
    columns = [list(map(float, column)) for column in zip(*X_train.tolist())]
    centers = [statistics.fmean(column) for column in columns]
    spreads = [statistics.pstdev(column) if len(set(column)) > 1 else 1.0 for column in columns]
    return tuple([[(x - c) / s for x, c, s in zip(row, centers, spreads)] for row in X.tolist()] for X in (X_train, X_new))


@right("standardize")
def works_with_einsum(X_train, X_new):
    n = len(X_train)
    center = np.einsum("ij->j", X_train) / n
    away = X_train - center
    spread = np.sqrt(np.einsum("ij,ij->j", away, away) / n)
    spread[(X_train == X_train[0]).all(axis=0)] = 1
    return away / spread, (X_new - center) / spread


@right("standardize")
def works_with_pandas(X_train, X_new):
    table = pd.DataFrame(X_train)
    spread = table.std(ddof=0).mask(table.nunique() == 1, 1.0)
    return (table - table.mean()) / spread, (pd.DataFrame(X_new) - table.mean()) / spread


@right("standardize")
def changes_copies_in_place(X_train, X_new):
    one, two = X_train.astype(np.float64), X_new.astype(np.float64)
    center, spread = one.mean(axis=0, keepdims=True), one.std(axis=0, keepdims=True)
    spread[one.max(axis=0, keepdims=True) == one.min(axis=0, keepdims=True)] = 1
    for part in (one, two):
        part -= center
        part /= spread
    return [one, two]


@right("standardize")
def works_with_tensorflow(X_train, X_new):
    A, B = tf.cast(X_train, tf.float64), tf.cast(X_new, tf.float64)
    center, variance = tf.nn.moments(A, axes=[0])
    constant = tf.reduce_max(A, axis=0) == tf.reduce_min(A, axis=0)
    spread = tf.where(constant, tf.ones_like(variance), tf.sqrt(variance))
    return (A - center) / spread, (B - center) / spread


@right("standardize")
def divides_where_it_can(X_train, X_new):
    center, spread, varies = X_train.mean(axis=0), X_train.std(axis=0), np.ptp(X_train, axis=0) > 0
    return tuple(np.divide(X - center, spread, out=X - center, where=varies) for X in (X_train, X_new))


def _compiled(model, loss, rate=0.02):
    model.compile(optimizer=keras.optimizers.Adam(rate), loss=loss, jit_compile=False)
    return model


@right("memorize")
def takes_the_functional_style(X, y, k):
    inputs = keras.Input((X.shape[1],))
    model = _compiled(keras.Model(inputs, layers.Dense(k)(layers.Dense(200, activation="tanh")(inputs))), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(X, y, batch_size=len(X), epochs=80, verbose=0)
    return model


@right("memorize")
def ends_with_softmax_and_one_hot_labels(X, y, k):
    model = _compiled(keras.Sequential([keras.Input((X.shape[1],)), layers.Dense(128, activation="relu"), layers.Dense(k, activation="softmax")]), "categorical_crossentropy")
    model.fit(X, np.eye(k)[y], batch_size=10, epochs=60, verbose=0)
    return model


@right("memorize")
def has_32_neurons_and_repeats_the_samples(X, y, k):
    model = _compiled(keras.Sequential([keras.Input((X.shape[1],)), layers.Dense(32, activation="relu"), layers.Dense(k)]),
                      keras.losses.SparseCategoricalCrossentropy(from_logits=True), rate=0.01)
    model.fit(np.tile(X, (150, 1)), np.tile(y, 150), batch_size=len(X), shuffle=False, verbose=0)
    return model


class Net(keras.Model):
    def __init__(self, k):
        super().__init__()
        self.first, self.second, self.out = layers.Dense(64, activation="relu"), layers.Dense(64, activation="relu"), layers.Dense(k)

    def call(self, x):
        return self.out(self.second(self.first(x)))


@right("memorize")
def writes_a_class_and_a_loop(X, y, k):
    model, optimizer = Net(k), keras.optimizers.SGD(0.1, momentum=0.9)
    X, y = tf.constant(X, tf.float32), tf.constant(y)
    model(X)

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=model(X)))
        optimizer.apply_gradients(zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables))

    optimizer.build(model.trainable_variables)
    for _ in range(200):
        step()
    return model


@right("memorize")
def fits_one_hot_numbers_by_squares(X, y, k):
    model = _compiled(keras.Sequential([keras.Input((X.shape[1],)), layers.Dense(256, activation="relu"), layers.Dense(k)]), "mse", rate=0.01)
    model.fit(np.tile(X, (150, 1)), np.eye(k)[np.tile(y, 150)], batch_size=len(X), shuffle=False, verbose=0)
    return model


@right("memorize")
def ends_with_softmax_and_logits(X, y, k):
    """Keras warns, and goes back to the logits."""
    model = _compiled(keras.Sequential([keras.Input((X.shape[1],)), layers.Dense(128, activation="relu"), layers.Dense(k, activation="softmax")]),
                      keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(X, y, batch_size=len(X), epochs=80, verbose=0)
    return model

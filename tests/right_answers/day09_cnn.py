"""Right answers in other styles to the exercises of Day 9."""

import keras
import numpy as np
import tensorflow as tf
from numpy.lib.stride_tricks import sliding_window_view

from right_answers import right


@right("conv_layer")
def counts_the_places(height, width, channels, filters, kernel, stride=1, pad=0):
    rows, columns = (len(range(0, n + 2 * pad - kernel + 1, stride)) for n in (height, width))
    if not rows or not columns:
        raise ValueError("no place for the kernel")
    return rows, columns, filters, filters * (channels * kernel**2 + 1)


@right("conv_layer")
def divides_with_numpy(height, width, channels, filters, kernel, stride=1, pad=0):
    sizes = np.floor((np.array([height, width]) + 2 * pad - kernel) / stride).astype(int) + 1
    if min(height, width) + 2 * pad < kernel:
        raise ValueError
    return [*sizes, np.int64(filters), np.prod([kernel, kernel, channels, filters]) + filters]


@right("conv_layer")
def asks_keras(height, width, channels, filters, kernel, stride=1, pad=0):
    model = keras.Sequential([keras.Input((height, width, channels)), keras.layers.ZeroPadding2D(pad), keras.layers.Conv2D(filters, kernel, strides=stride)])
    return *model.output_shape[1:], model.count_params()


@right("conv_layer")
def moves_the_kernel(height, width, channels, filters, kernel, stride=1, pad=0):
    def places(size):
        start, count = 0, 0
        while start + kernel <= size:
            start, count = start + stride, count + 1
        if count == 0:
            raise ValueError(f"{kernel} does not fit into {size}")
        return count
    return places(height + pad + pad), places(width + pad + pad), filters, kernel * kernel * channels * filters + filters


@right("conv1d_backward")
def loops_over_places_and_weights(g, x, w, stride):
    dx, dw = [0.0] * len(x), [0.0] * len(w)
    for i, upstream in enumerate(g):
        for j in range(len(w)):
            dx[i * stride + j] += float(upstream * w[j])
            dw[j] += float(upstream * x[i * stride + j])
    return np.array(dx), np.array(dw)


@right("conv1d_backward")
def spreads_g_and_convolves(g, x, w, stride):
    spread = np.zeros(len(x) - len(w) + 1)
    spread[:len(g) * stride:stride] = g
    return np.convolve(spread, w), np.correlate(x, spread, "valid")


@right("conv1d_backward")
def multiplies_windows(g, x, w, stride):
    windows, dx = sliding_window_view(x, len(w))[::stride], np.zeros(len(x))
    np.add.at(dx, np.arange(len(g))[:, None] * stride + np.arange(len(w)), np.outer(g, w))
    return [dx, np.einsum("i,ij->j", g, windows)]


@right("conv1d_backward")
def asks_a_tape(g, x, w, stride):
    g, x, w = (tf.constant(value, dtype=tf.float64) for value in (g, x, w))
    with tf.GradientTape() as tape:
        tape.watch([x, w])
        total = tf.reduce_sum(g * tf.reduce_sum(tf.signal.frame(x, len(w), stride) * w, axis=1))
    return tuple(tf.convert_to_tensor(part).numpy() for part in tape.gradient(total, [x, w]))


@right("conv1d_backward")
def writes_the_convolution_as_a_matrix(g, x, w, stride):
    M = np.zeros((len(g), len(x)), dtype=np.float32)
    for i in range(len(g)):
        M[i, i * stride:i * stride + len(w)] = w
    return M.T @ g, np.array([g @ x[j:j + stride * (len(g) - 1) + 1:stride] for j in range(len(w))])


def _box(seen):
    """Height and width of the smallest box around what is seen, (height, width)."""
    rows, columns = np.nonzero(seen)
    return rows.max() - rows.min() + 1, columns.max() - columns.min() + 1


@right("receptive_field")
def follows_the_gradient_of_uniform_inputs(model, shape):
    x = tf.random.stateless_uniform((300, *shape), seed=(1, 2), minval=-2, maxval=2)
    with tf.GradientTape() as tape:
        tape.watch(x)
        z = model(x)
        unit = z[:, z.shape[1] // 2, z.shape[2] // 2]
    strength = tf.reduce_sum(tf.abs(tape.gradient(unit, x)), axis=[0, 3])
    return _box(strength.numpy() > 0)


@right("receptive_field")
def follows_one_filter_after_the_other(model, shape):
    seen, x = np.zeros(shape[:2], dtype=bool), tf.Variable(np.random.default_rng(7).normal(size=(200, *shape)).astype("float32"))
    with tf.GradientTape(persistent=True) as tape:
        z = model(x, training=False)
        units = tf.unstack(z[:, z.shape[1] // 2, z.shape[2] // 2, :], axis=1)
    for unit in units:
        for gradient in tape.gradient(unit, x).numpy():
            seen |= np.any(gradient != 0, axis=-1)
    return tuple(int(number) for number in _box(seen))


@right("receptive_field")
def changes_rows_and_columns(model, shape):
    rng, sides = np.random.default_rng(4), []
    x = rng.normal(size=(60, *shape)).astype("float32")

    def unit(x):
        z = model(x).numpy()
        return z[:, z.shape[1] // 2, z.shape[2] // 2]
    before = unit(x)
    for axis in (1, 2):
        matters = []
        for place in range(shape[axis - 1]):
            other, here = x.copy(), [slice(None)] * 4
            here[axis] = place
            other[tuple(here)] = rng.normal(size=other[tuple(here)].shape)
            if np.abs(unit(other) - before).max() > 1e-5:
                matters.append(place)
        sides.append(matters[-1] - matters[0] + 1)
    return sides

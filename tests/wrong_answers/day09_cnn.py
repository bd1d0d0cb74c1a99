"""Wrong answers to the exercises of Day 9."""

import keras
import numpy as np
import tensorflow as tf

from wrong_answers import wrong


def _layer(height, width, channels, filters, kernel, stride, pad, size=None, parameters=None, fits=None):
    """The right answer with one thing changed."""
    fits = fits or (lambda n: n + 2 * pad >= kernel)
    if not (fits(height) and fits(width)):
        raise ValueError("the kernel does not fit")
    size = size or (lambda n: (n + 2 * pad - kernel) // stride + 1)
    h, w = size(height), size(width)
    return h, w, filters, (kernel ** 2 * channels + 1) * filters if parameters is None else parameters(h, w)


@wrong("conv_layer", "the + 1 is missing")
def forgets_the_first_place(height, width, channels, filters, kernel, stride=1, pad=0):
    return _layer(height, width, channels, filters, kernel, stride, pad, size=lambda n: (n + 2 * pad - kernel) // stride)


@wrong("conv_layer", "added after the division")
def adds_one_before_the_division(height, width, channels, filters, kernel, stride=1, pad=0):
    return _layer(height, width, channels, filters, kernel, stride, pad, size=lambda n: (n + 2 * pad - kernel + 1) // stride)


@wrong("conv_layer", "padding is on both sides")
def pads_one_side(height, width, channels, filters, kernel, stride=1, pad=0):
    return _layer(height, width, channels, filters, kernel, stride, pad, size=lambda n: (n + pad - kernel) // stride + 1)


@wrong("conv_layer", "padding is missing")
def forgets_the_padding(height, width, channels, filters, kernel, stride=1, pad=0):
    return _layer(height, width, channels, filters, kernel, stride, pad, size=lambda n: (n - kernel) // stride + 1)


@wrong("conv_layer", "padding is counted twice")
def pads_twice(height, width, channels, filters, kernel, stride=1, pad=0):
    return _layer(height, width, channels, filters, kernel, stride, pad, size=lambda n: (n + 4 * pad - kernel) // stride + 1)


@wrong("conv_layer", 'that is padding="same"')
def divides_the_size_by_the_stride(height, width, channels, filters, kernel, stride=1, pad=0):
    return _layer(height, width, channels, filters, kernel, stride, pad, size=lambda n: -(-n // stride))


@wrong("conv_layer", "round down, not up")
def rounds_up(height, width, channels, filters, kernel, stride=1, pad=0):
    return _layer(height, width, channels, filters, kernel, stride, pad, size=lambda n: int(np.ceil((n + 2 * pad - kernel) / stride)) + 1)


@wrong("conv_layer", "round down with //")
def divides_without_rounding(height, width, channels, filters, kernel, stride=1, pad=0):
    return _layer(height, width, channels, filters, kernel, stride, pad, size=lambda n: (n + 2 * pad - kernel) / stride + 1)


@wrong("conv_layer", "all four are ints")
def returns_whole_floats(height, width, channels, filters, kernel, stride=1, pad=0):
    return _layer(height, width, channels, filters, kernel, stride, pad, size=lambda n: np.floor((n + 2 * pad - kernel) / stride) + 1)


@wrong("conv_layer", "the stride is missing")
def forgets_the_stride(height, width, channels, filters, kernel, stride=1, pad=0):
    return _layer(height, width, channels, filters, kernel, stride, pad, size=lambda n: n + 2 * pad - kernel + 1)


@wrong("conv_layer", "subtracted, not added")
def adds_the_kernel(height, width, channels, filters, kernel, stride=1, pad=0):
    return _layer(height, width, channels, filters, kernel, stride, pad, size=lambda n: (n + 2 * pad + kernel) // stride + 1)


@wrong("conv_layer", "height and width have changed places")
def swaps_height_and_width(height, width, channels, filters, kernel, stride=1, pad=0):
    return _layer(width, height, channels, filters, kernel, stride, pad)


@wrong("conv_layer", "height and width differ")
def takes_the_image_for_square(height, width, channels, filters, kernel, stride=1, pad=0):
    return _layer(height, height, channels, filters, kernel, stride, pad)


@wrong("conv_layer", "the number of filters")
def keeps_the_input_channels(height, width, channels, filters, kernel, stride=1, pad=0):
    h, w, _, parameters = _layer(height, width, channels, filters, kernel, stride, pad)
    return h, w, channels, parameters


@wrong("conv_layer", "return four numbers")
def returns_the_shape_as_a_tuple(height, width, channels, filters, kernel, stride=1, pad=0):
    *shape, parameters = _layer(height, width, channels, filters, kernel, stride, pad)
    return tuple(shape), parameters


@wrong("conv_layer", "returns nothing")
def prints_the_numbers(height, width, channels, filters, kernel, stride=1, pad=0):
    _layer(height, width, channels, filters, kernel, stride, pad)


@wrong("conv_layer", "one bias for each filter is missing")
def forgets_the_biases(height, width, channels, filters, kernel, stride=1, pad=0):
    return _layer(height, width, channels, filters, kernel, stride, pad, parameters=lambda h, w: kernel ** 2 * channels * filters)


@wrong("conv_layer", "not one in all")
def adds_one_bias(height, width, channels, filters, kernel, stride=1, pad=0):
    return _layer(height, width, channels, filters, kernel, stride, pad, parameters=lambda h, w: kernel ** 2 * channels * filters + 1)


@wrong("conv_layer", "not for each input channel too")
def adds_a_bias_for_each_channel(height, width, channels, filters, kernel, stride=1, pad=0):
    return _layer(height, width, channels, filters, kernel, stride, pad, parameters=lambda h, w: (kernel ** 2 + 1) * channels * filters)


@wrong("conv_layer", "not for each place")
def adds_a_bias_for_each_place(height, width, channels, filters, kernel, stride=1, pad=0):
    return _layer(height, width, channels, filters, kernel, stride, pad, parameters=lambda h, w: (kernel ** 2 * channels + h * w) * filters)


@wrong("conv_layer", "the input channels are missing")
def forgets_the_channels(height, width, channels, filters, kernel, stride=1, pad=0):
    return _layer(height, width, channels, filters, kernel, stride, pad, parameters=lambda h, w: (kernel ** 2 + 1) * filters)


@wrong("conv_layer", "the kernel is square")
def forgets_the_square(height, width, channels, filters, kernel, stride=1, pad=0):
    return _layer(height, width, channels, filters, kernel, stride, pad, parameters=lambda h, w: (kernel * channels + 1) * filters)


@wrong("conv_layer", "there are `filters` of them")
def counts_one_filter(height, width, channels, filters, kernel, stride=1, pad=0):
    return _layer(height, width, channels, filters, kernel, stride, pad, parameters=lambda h, w: kernel ** 2 * channels + 1)


@wrong("conv_layer", "the output's size does not matter")
def counts_weights_for_each_place(height, width, channels, filters, kernel, stride=1, pad=0):
    return _layer(height, width, channels, filters, kernel, stride, pad, parameters=lambda h, w: (kernel ** 2 * channels + 1) * filters * h * w)


@wrong("conv_layer", "the image's size does not matter")
def counts_weights_for_each_pixel(height, width, channels, filters, kernel, stride=1, pad=0):
    return _layer(height, width, channels, filters, kernel, stride, pad, parameters=lambda h, w: kernel ** 2 * channels * filters * height * width + filters)


@wrong("conv_layer", "the stride is 1 and the padding is 0")
def changes_the_default(height, width, channels, filters, kernel, stride=2, pad=0):
    return _layer(height, width, channels, filters, kernel, stride, pad)


@wrong("conv_layer", "into 4 by 9 pixels (stride 1): raise ValueError")
def never_complains(height, width, channels, filters, kernel, stride=1, pad=0):
    return _layer(height, width, channels, filters, kernel, stride, pad, fits=lambda n: True)


@wrong("conv_layer", "into 9 by 4 pixels")
def looks_at_the_height_alone(height, width, channels, filters, kernel, stride=1, pad=0):
    return _layer(height, width, channels, filters, kernel, stride, pad, fits=lambda n: height + 2 * pad >= kernel)


@wrong("conv_layer", "a kernel of 5 does not fit into 4 by 9")
def allows_an_output_of_zero(height, width, channels, filters, kernel, stride=1, pad=0):
    return _layer(height, width, channels, filters, kernel, stride, pad, fits=lambda n: (n + 2 * pad - kernel) // stride + 1 >= 0)


@wrong("conv_layer", "into 4 by 9 pixels (stride 2)")
def rounds_toward_zero(height, width, channels, filters, kernel, stride=1, pad=0):
    size = lambda n: int((n + 2 * pad - kernel) / stride) + 1
    return _layer(height, width, channels, filters, kernel, stride, pad, size=size, fits=lambda n: size(n) > 0)


@wrong("conv_layer", "5 fits once into 5 pixels")
def complains_about_an_exact_fit(height, width, channels, filters, kernel, stride=1, pad=0):
    return _layer(height, width, channels, filters, kernel, stride, pad, fits=lambda n: n + 2 * pad > kernel)


@wrong("conv_layer", "with padding 1")
def complains_before_the_padding(height, width, channels, filters, kernel, stride=1, pad=0):
    return _layer(height, width, channels, filters, kernel, stride, pad, fits=lambda n: n >= kernel)


def _backward(g, x, w, stride, to_x=None, to_w=None, steps=None):
    """The right answer with one thing changed."""
    dx, dw, k = np.zeros(len(x)), np.zeros(len(w)), len(w)
    for i in range(len(g) if steps is None else steps):
        here = slice(i * stride, i * stride + k)
        (to_x or (lambda dx, here, i: np.add.at(dx, np.arange(len(x))[here], g[i] * w)))(dx, here, i)
        (to_w or (lambda dw, here, i: np.add(dw, g[i] * x[here], out=dw)))(dw, here, i)
    return dx, dw


@wrong("conv1d_backward", "use +=, not =")
def overwrites_dx(g, x, w, stride):
    dx, dw, k = np.zeros(len(x)), np.zeros(len(w)), len(w)
    for i in range(len(g)):
        dx[i * stride:i * stride + k] = g[i] * w
        dw += g[i] * x[i * stride:i * stride + k]
    return dx, dw


@wrong("conv1d_backward", "not only the last")
def overwrites_dw(g, x, w, stride):
    dx, dw, k = np.zeros(len(x)), np.zeros(len(w)), len(w)
    for i in range(len(g)):
        dx[i * stride:i * stride + k] += g[i] * w
        dw = g[i] * x[i * stride:i * stride + k]
    return dx, dw


@wrong("conv1d_backward", "the kernel is turned around")
def flips_the_kernel(g, x, w, stride):
    return _backward(g, x, w[::-1], stride)


@wrong("conv1d_backward", "dx: the stride is missing")
def forgets_the_stride_in_dx(g, x, w, stride):
    return _backward(g, x, w, 1)[0], _backward(g, x, w, stride)[1]


@wrong("conv1d_backward", "dw: the stride is missing")
def forgets_the_stride_in_dw(g, x, w, stride):
    return _backward(g, x, w, stride)[0], _backward(g, x, w, 1)[1]


@wrong("conv1d_backward", "dw: a sum, not a mean")
def averages_dw(g, x, w, stride):
    dx, dw = _backward(g, x, w, stride)
    return dx, dw / len(g)


@wrong("conv1d_backward", "dw: turned around")
def turns_dw_around(g, x, w, stride):
    dx, dw = _backward(g, x, w, stride)
    return dx, dw[::-1]


@wrong("conv1d_backward", "dw: the upstream gradient is missing")
def forgets_the_upstream_gradient_in_dw(g, x, w, stride):
    return _backward(g, x, w, stride)[0], _backward(np.ones(len(g)), x, w, stride)[1]


@wrong("conv1d_backward", "dx: the upstream gradient is missing")
def forgets_the_upstream_gradient(g, x, w, stride):
    return _backward(np.ones(len(g)), x, w, stride)


@wrong("conv1d_backward", "dx: the weight is missing")
def forgets_the_weight(g, x, w, stride):
    return _backward(g, x, np.ones(len(w)), stride)[0], _backward(g, x, w, stride)[1]


@wrong("conv1d_backward", "dx: times the weight, not the input")
def takes_the_input_for_dx(g, x, w, stride):
    def to_x(dx, here, i):
        dx[here] += g[i] * x[here]
    return _backward(g, x, w, stride, to_x=to_x)


@wrong("conv1d_backward", "dw: times the input, not the weight")
def takes_the_weight_for_dw(g, x, w, stride):
    return _backward(g, x, w, stride)[0], g.sum() * w


@wrong("conv1d_backward", "not the sum of all")
def sends_everything_to_the_first_input(g, x, w, stride):
    def to_x(dx, here, i):
        dx[i * stride] += (g[i] * w).sum()
    return _backward(g, x, w, stride, to_x=to_x)


@wrong("conv1d_backward", "only the first weight is used")
def takes_the_first_weight_alone(g, x, w, stride):
    def to_x(dx, here, i):
        dx[i * stride] += g[i] * w[0]
    return _backward(g, x, w, stride, to_x=to_x)


@wrong("conv1d_backward", "dx must have the shape of x")
def gives_dx_the_length_of_the_outputs(g, x, w, stride):
    dx, dw = _backward(g, x, w, stride)
    return dx[:len(g)], dw


@wrong("conv1d_backward", "they have changed places")
def returns_dw_first(g, x, w, stride):
    return _backward(g, x, w, stride)[::-1]


@wrong("conv1d_backward", "return two arrays")
def returns_dx_alone(g, x, w, stride):
    return _backward(g, x, w, stride)[0]


@wrong("conv1d_backward", "was changed in place")
def writes_dx_into_x(g, x, w, stride):
    dx, dw = _backward(g, x, w, stride)
    x[:] = dx
    return x, dw


@wrong("conv1d_backward", "was changed in place")
def scales_g_in_place(g, x, w, stride):
    dx, dw = _backward(g, x, w, stride)
    g *= w[0] + 1
    return dx, dw


@wrong("conv1d_backward", "the last output is left out")
def stops_one_place_early(g, x, w, stride):
    return _backward(g, x, w, stride, steps=len(g) - 1)


@wrong("conv1d_backward", "An input that no patch has seen gets 0")
def convolves_without_the_stride(g, x, w, stride):
    return np.convolve(g, w), np.array([g @ x[j:j + stride * len(g):stride] for j in range(len(w))])


@wrong("conv1d_backward", "the kernel is turned around")
def correlates_in_place_of_convolving(g, x, w, stride):
    spread = np.zeros(len(x) - len(w) + 1)
    spread[:stride * len(g):stride] = g
    return np.correlate(spread, w, "full"), np.correlate(x, spread, "valid")


@wrong("conv1d_backward", "i runs over range(len(g))")
def loops_over_the_inputs(g, x, w, stride):
    dx, dw = np.zeros(len(x)), np.zeros(len(w))
    for i in range(len(x)):
        for j in range(len(w)):
            dx[i * stride + j] += g[i] * w[j]
            dw[j] += g[i] * x[i * stride + j]
    return dx, dw


@wrong("conv1d_backward", "i runs over range(len(g))")
def loops_as_if_the_stride_were_1(g, x, w, stride):
    return _backward(g, x, w, stride, steps=len(x) - len(w) + 1)


def _seen(model, shape, inputs=None, pick=None):
    """Where the gradient is not zero, (height, width, channels)."""
    x = np.random.default_rng(3).normal(size=(100, *shape)) if inputs is None else inputs
    x = tf.constant(x, dtype="float32")
    with tf.GradientTape() as tape:
        tape.watch(x)
        out = model(x, training=False)
        h, w = out.shape[1] // 2, out.shape[2] // 2
        total = tf.reduce_sum(out[:, h, w, :] if pick is None else pick(out))
    return (tape.gradient(total, x).numpy() != 0).any(axis=0)


def _extent(seen):
    """First to last row, and first to last column."""
    rows, columns = np.flatnonzero(seen.any(axis=(1, 2))), np.flatnonzero(seen.any(axis=(0, 2)))
    return int(rows[-1] - rows[0] + 1), int(columns[-1] - columns[0] + 1)


@wrong("receptive_field", "not the sum of all")
def sums_all_outputs(model, shape):
    return _extent(_seen(model, shape, pick=lambda out: out))


@wrong("receptive_field", "one input shows one path only")
def takes_one_random_input(model, shape):
    return _extent(_seen(model, shape, np.random.default_rng(5).normal(size=(1, *shape))))


@wrong("receptive_field", "one input shows one path only")
def takes_an_input_of_zeros(model, shape):
    return _extent(_seen(model, shape, np.zeros((1, *shape))))


@wrong("receptive_field", "one input shows one path only")
def takes_many_inputs_of_ones(model, shape):
    return _extent(_seen(model, shape, np.ones((100, *shape))))


@wrong("receptive_field", "no place is seen where ReLU gives 0")
def takes_zeros_where_there_is_relu(model, shape):
    relu = any(getattr(layer, "activation", None) is keras.activations.relu for layer in model.layers)
    return _extent(_seen(model, shape, np.zeros((1, *shape)) if relu else None))


@wrong("receptive_field", "not the places")
def counts_the_places(model, shape):
    count = int(_seen(model, shape).any(axis=2).sum())
    return count, count


@wrong("receptive_field", "the holes are inside the area")
def counts_the_rows_that_are_seen(model, shape):
    seen = _seen(model, shape)
    return int(seen.any(axis=(1, 2)).sum()), int(seen.any(axis=(0, 2)).sum())


@wrong("receptive_field", "last - first + 1")
def subtracts_first_from_last(model, shape):
    height, width = _extent(_seen(model, shape))
    return height - 1, width - 1


@wrong("receptive_field", "look at all input channels")
def looks_at_the_first_channel_alone(model, shape):
    return _extent(_seen(model, shape)[:, :, :1])


@wrong("receptive_field", "look at all input channels")
def reports_zero_if_the_first_channel_is_dark(model, shape):
    seen = _seen(model, shape)[:, :, :1]
    return _extent(seen) if seen.any() else (0, 0)


@wrong("receptive_field", "height first, then width")
def returns_width_first(model, shape):
    return _extent(_seen(model, shape))[::-1]


@wrong("receptive_field", "height and width differ")
def takes_the_area_for_square(model, shape):
    height, _ = _extent(_seen(model, shape))
    return height, height


@wrong("receptive_field", "take the unit in the middle")
def takes_the_corner_unit(model, shape):
    return _extent(_seen(model, shape, pick=lambda out: out[:, 0, 0, :]))


@wrong("receptive_field", "take the unit in the middle")
def takes_the_last_unit(model, shape):
    return _extent(_seen(model, shape, pick=lambda out: out[:, -1, -1, :]))


@wrong("receptive_field", "the size of the output")
def returns_the_size_of_the_output(model, shape):
    return model.output_shape[1:3]


@wrong("receptive_field", "the kernel of one layer")
def reads_the_first_kernel(model, shape):
    return model.layers[0].kernel_size


@wrong("receptive_field", "do not add the kernels")
def adds_the_kernels(model, shape):
    return tuple(sum(layer.kernel_size[axis] for layer in model.layers if hasattr(layer, "kernel_size")) for axis in (0, 1))


def _formula(model, strides=True, dilation=True, pooling=True):
    field, jump = [1, 1], [1, 1]
    for layer in model.layers:
        pools = hasattr(layer, "pool_size")
        if pools and not pooling:
            continue
        for axis in (0, 1):
            size = layer.pool_size[axis] if pools else layer.kernel_size[axis]
            holes = 1 if pools or not dilation else layer.dilation_rate[axis]
            field[axis] += (size - 1) * holes * jump[axis]
            jump[axis] *= layer.strides[axis] if strides else 1
    return tuple(field)


@wrong("receptive_field", "the formula without strides")
def computes_without_strides(model, shape):
    return _formula(model, strides=False)


@wrong("receptive_field", "the holes are inside the area")
def computes_without_dilation(model, shape):
    return _formula(model, dilation=False)


@wrong("receptive_field", "a formula must count the pooling too")
def computes_without_pooling(model, shape):
    return _formula(model, pooling=False)


@wrong("receptive_field", "do not read the kernel's size")
def computes_from_the_layers(model, shape):
    return _formula(model)


@wrong("receptive_field", "the model's weights were changed")
def sets_the_weights_to_one(model, shape):
    model.set_weights([np.ones_like(weights) for weights in model.get_weights()])
    return _extent(_seen(model, shape))


@wrong("receptive_field", "return two ints")
def returns_the_area(model, shape):
    height, width = _extent(_seen(model, shape))
    return height * width


@wrong("conv_layer", "channels and filters have changed places")
def swaps_channels_and_filters(height, width, channels, filters, kernel, stride=1, pad=0):
    return _layer(height, width, channels, filters, kernel, stride, pad, parameters=lambda h, w: (kernel ** 2 * filters + 1) * channels)


@wrong("conv_layer", "into 4 by 9 pixels (stride 1) with padding 1")
def complains_without_padding_alone(height, width, channels, filters, kernel, stride=1, pad=0):
    return _layer(height, width, channels, filters, kernel, stride, pad, fits=lambda n: pad > 0 or n >= kernel)


@wrong("conv_layer", "conv_layer(7, 12, 3, 2, 2, 5, 1) must be")
def limits_the_stride_to_the_kernel(height, width, channels, filters, kernel, stride=1, pad=0):
    return _layer(height, width, channels, filters, kernel, min(stride, kernel), pad)


@wrong("conv1d_backward", "np.zeros_like(x) has the type of x")
def starts_like_the_inputs(g, x, w, stride):
    dx, dw = np.zeros_like(x), np.zeros_like(w)
    for i in range(len(g)):
        for j in range(len(w)):
            dx[i * stride + j] += g[i] * w[j]
            dw[j] += g[i] * x[i * stride + j]
    return dx, dw


@wrong("conv1d_backward", "np.zeros(len(x)) holds floats")
def adds_slices_to_arrays_like_the_inputs(g, x, w, stride):
    dx, dw, k = np.zeros_like(x), np.zeros_like(w), len(w)
    for i in range(len(g)):
        dx[i * stride:i * stride + k] += g[i] * w
        dw += g[i] * x[i * stride:i * stride + k]
    return dx, dw


@wrong("conv1d_backward", "np.zeros_like(x) has the type of x")
def takes_the_type_of_g(g, x, w, stride):
    dx, dw = _backward(g, x, w, stride)
    return dx.astype(g.dtype), dw.astype(g.dtype)


@wrong("receptive_field", "look at all of them, not at one")
def looks_at_the_first_filter_alone(model, shape):
    return _extent(_seen(model, shape, pick=lambda out: out[:, out.shape[1] // 2, out.shape[2] // 2, 0]))


@wrong("receptive_field", "look at all of them, not at one")
def looks_at_the_last_filter_alone(model, shape):
    return _extent(_seen(model, shape, pick=lambda out: out[:, out.shape[1] // 2, out.shape[2] // 2, -1]))


@wrong("receptive_field", "h and w have changed places")
def swaps_the_middle(model, shape):
    def pick(out):
        return out[:, min(out.shape[2] // 2, out.shape[1] - 1), min(out.shape[1] // 2, out.shape[2] - 1), :]
    return _extent(_seen(model, shape, pick=pick))


@wrong("receptive_field", "you took h // 2 for the column too")
def takes_the_middle_row_for_the_column(model, shape):
    return _extent(_seen(model, shape, pick=lambda out: out[:, out.shape[1] // 2, out.shape[1] // 2, :]))


@wrong("receptive_field", "(h - 1) // 2 is the one before")
def rounds_the_middle_down(model, shape):
    return _extent(_seen(model, shape, pick=lambda out: out[:, (out.shape[1] - 1) // 2, (out.shape[2] - 1) // 2, :]))


def _in_training_mode(model, shape):
    x = tf.constant(np.random.default_rng(3).normal(size=(100, *shape)), dtype="float32")
    with tf.GradientTape() as tape:
        tape.watch(x)
        out = model(x, training=True)
        total = tf.reduce_sum(out[:, out.shape[1] // 2, out.shape[2] // 2, :])
    return _extent((tape.gradient(total, x).numpy() != 0).any(axis=0))


@wrong("receptive_field", "ask with training=False")
def asks_in_training_mode(model, shape):
    return _in_training_mode(model, shape)


@wrong("receptive_field", "mixes all places: ask with training=False")
def asks_in_training_mode_and_puts_the_weights_back(model, shape):
    weights = model.get_weights()
    answer = _in_training_mode(model, shape)
    model.set_weights(weights)
    return answer


@wrong("receptive_field", "not along its middle row and column")
def looks_along_the_middle(model, shape):
    seen = _seen(model, shape).any(axis=2)
    row, column = (int(np.flatnonzero(seen.any(axis=axis)).mean()) for axis in (1, 0))
    rows, columns = np.flatnonzero(seen[:, column]), np.flatnonzero(seen[row])
    return int(rows[-1] - rows[0] + 1), int(columns[-1] - columns[0] + 1)


def _gradient(model, shape):
    x = tf.constant(np.random.default_rng(3).normal(size=(100, *shape)), dtype="float32")
    with tf.GradientTape() as tape:
        tape.watch(x)
        out = model(x, training=False)
        total = tf.reduce_sum(out[:, out.shape[1] // 2, out.shape[2] // 2, :])
    return tape.gradient(total, x).numpy()


@wrong("receptive_field", "do not add up channels or signs")
def adds_up_the_channels(model, shape):
    return _extent(_gradient(model, shape).sum(axis=3, keepdims=True).any(axis=0))


@wrong("receptive_field", "a negative gradient is one too")
def looks_at_positive_gradients(model, shape):
    return _extent((_gradient(model, shape) > 0).any(axis=0))


@wrong("receptive_field", "return two ints, not")
def returns_halves(model, shape):
    height, width = _extent(_seen(model, shape))
    return height + 0.5, width + 0.5

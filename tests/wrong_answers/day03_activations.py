"""Wrong answers to the exercises of Day 3."""

import numpy as np

from wrong_answers import wrong

SCALE, ALPHA = 1.0507009873554805, 1.6732632423543772


@wrong("softmax_along", "keepdims=True is missing")
def forgets_keepdims(z, axis=-1):
    e = np.exp(z - z.max())
    return e / e.sum(axis=axis)


@wrong("softmax_along", "subtract the maximum before np.exp")
def does_not_shift(z, axis=-1):
    return np.exp(z) / np.exp(z).sum(axis=axis, keepdims=True)


@wrong("softmax_along", "not that of the whole array")
def takes_the_global_maximum(z, axis=-1):
    e = np.exp(z - z.max())
    return e / e.sum(axis=axis, keepdims=True)


@wrong("softmax_along", "sum with axis=axis")
def normalizes_everything(z, axis=-1):
    e = np.exp(z - z.max())
    return e / e.sum()


@wrong("softmax_along", "is `axis` used?")
def ignores_the_axis(z, axis=-1):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


@wrong("softmax_along", "the default axis is the last")
def always_takes_axis_0(z, axis=-1):
    e = np.exp(z - z.max(axis=0, keepdims=True))
    return e / e.sum(axis=0, keepdims=True)


@wrong("softmax_along", "works in place")
def shifts_in_place(z, axis=-1):
    z -= z.max(axis=axis, keepdims=True)
    return np.exp(z) / np.exp(z).sum(axis=axis, keepdims=True)


@wrong("softmax_along", "divide by the sum along the axis")
def forgets_to_divide(z, axis=-1):
    return np.exp(z - z.max(axis=axis, keepdims=True))


@wrong("softmax_along", "are large scores clipped")
def clips_the_scores(z, axis=-1):
    e = np.exp(np.clip(z, -500, 500))
    return e / e.sum(axis=axis, keepdims=True)


@wrong("softmax_along", "axis=-2 of two axes")
def takes_negative_axes_for_the_last(z, axis=-1):
    axis = -1 if axis < 0 else axis
    e = np.exp(z - z.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


@wrong("softmax_along", "not the mean or the minimum")
def shifts_by_the_mean(z, axis=-1):
    e = np.exp(z - z.mean(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


@wrong("softmax_along", "not axis=1")
def default_axis_is_1(z, axis=1):
    e = np.exp(z - z.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


@wrong("softmax_along", "never divided")
def divides_by_the_maximum(z, axis=-1):
    e = np.exp(z / z.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


@wrong("softmax_along", "whole-number scores")
def fills_an_array_like_z(z, axis=-1):
    p = np.zeros_like(z)
    p[...] = np.exp(z - z.max(axis=axis, keepdims=True))
    p[...] = p / p.sum(axis=axis, keepdims=True)
    return p


@wrong("softmax_along", "does it work for any number of axes?")
def handles_three_axes_at_most(z, axis=-1):
    e = np.exp(z - z.max(axis=axis, keepdims=True))
    axis = axis % z.ndim
    return e / (e.sum(axis=0) if axis == 0 else e.sum(axis=1)[:, None] if axis == 1 else e.sum(axis=2)[:, :, None] if axis == 2 else e.sum(axis=2, keepdims=True))


@wrong("softmax_along", "does it work for any number of axes?")
def transposes_all_axes(z, axis=-1):
    if axis in (-1, z.ndim - 1):
        e = np.exp(z - z.max(axis=-1, keepdims=True))
        return e / e.sum(axis=-1, keepdims=True)
    e = np.exp(z.T - z.T.max(axis=-1, keepdims=True))
    p = (e / e.sum(axis=-1, keepdims=True)).T
    return p if z.ndim == 2 else p / p.sum(axis=axis, keepdims=True)


@wrong("log_softmax", "minus infinity")
def takes_the_log_of_softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return np.log(e / e.sum(axis=-1, keepdims=True))


@wrong("log_softmax", "not put back in the other")
def loses_the_maximum(z):
    m = z.max(axis=-1, keepdims=True)
    return z - np.log(np.exp(z - m).sum(axis=-1, keepdims=True))


@wrong("log_softmax", "is keepdims=True missing")
def forgets_keepdims_in_the_sum(z):
    z = z - z.max(axis=-1, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=-1))


@wrong("log_softmax", "the sign is turned")
def returns_the_negative(z):
    z = z - z.max(axis=-1, keepdims=True)
    return np.log(np.exp(z).sum(axis=-1, keepdims=True)) - z


@wrong("log_softmax", "must be subtracted")
def adds_the_log_sum(z):
    z = z - z.max(axis=-1, keepdims=True)
    return z + np.log(np.exp(z).sum(axis=-1, keepdims=True))


@wrong("log_softmax", "the logarithm of the sum is missing")
def forgets_the_log_sum(z):
    return z - z.max(axis=-1, keepdims=True)


@wrong("log_softmax", "not their logarithms")
def returns_probabilities(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


@wrong("log_softmax", "must be their sum")
def takes_the_mean_of_the_exponentials(z):
    z = z - z.max(axis=-1, keepdims=True)
    return z - np.log(np.exp(z).mean(axis=-1, keepdims=True))


@wrong("log_softmax", "you subtract the sum itself")
def forgets_the_logarithm(z):
    z = z - z.max(axis=-1, keepdims=True)
    return z - np.exp(z).sum(axis=-1, keepdims=True)


@wrong("log_softmax", "base 2")
def takes_base_2(z):
    z = z - z.max(axis=-1, keepdims=True)
    return (z - np.log(np.exp(z).sum(axis=-1, keepdims=True))) / np.log(2)


@wrong("log_softmax", "taken to base 2")
def takes_the_sums_logarithm_to_base_2(z):
    z = z - z.max(axis=-1, keepdims=True)
    return z - np.log2(np.exp(z).sum(axis=-1, keepdims=True))


@wrong("log_softmax", "taken to base 10")
def takes_the_sums_logarithm_to_base_10(z):
    z = z - z.max(axis=-1, keepdims=True)
    return z - np.log10(np.exp(z).sum(axis=-1, keepdims=True))


@wrong("log_softmax", "two scores may share the maximum")
def sums_only_the_scores_below_the_maximum(z):
    m = z.max(axis=-1, keepdims=True)
    rest = np.where(z < m, np.exp(z - m), 0).sum(axis=-1, keepdims=True)
    return z - m - np.log1p(rest)


@wrong("log_softmax", "two scores may share the maximum")
def returns_the_scores_where_one_wins(z):
    m = z.max(axis=-1, keepdims=True)
    total = np.exp(z - m).sum(axis=-1, keepdims=True)
    return np.where(np.ptp(z, axis=-1, keepdims=True) > 1000, z - m, z - m - np.log(total))


@wrong("log_softmax", "sum along the last axis only")
def sums_over_everything(z):
    z = z - z.max()
    return z - np.log(np.exp(z).sum())


@wrong("log_softmax", "do not add a small number")
def adds_an_epsilon(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return np.log(e / e.sum(axis=-1, keepdims=True) + 1e-12)


@wrong("log_softmax", "not the minimum")
def subtracts_the_minimum(z):
    z = z - z.min(axis=-1, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=-1, keepdims=True)) if z.max() < 2500 else np.where(z > 0, 0, -z.max(axis=-1, keepdims=True))


@wrong("log_softmax", "row by row")
def takes_one_maximum(z):
    z = z - z.max()
    return z - np.log(np.exp(z).sum(axis=-1, keepdims=True))


def selu(z, scale=SCALE, alpha=ALPHA):
    return scale * np.where(z > 0, z, alpha * np.expm1(np.minimum(z, 0)))


def _network(X, depth, width, rng, deviation=lambda n: n**-0.5, activation=selu, draw=lambda rng, shape: rng.normal(size=shape), bias=0.0):
    """A SELU network with one thing changed."""
    a, layers = X, []
    for _ in range(depth):
        a = activation(a @ (draw(rng, (a.shape[1], width)) * deviation(a.shape[1])) + bias * rng.normal(size=width))
        layers.append(a)
    return layers


@wrong("selu_network", "must be the ROOT of 1/n")
def deviation_one(X, depth, width, rng):
    return _network(X, depth, width, rng, deviation=lambda n: 1.0)


@wrong("selu_network", "must be the ROOT of 1/n")
def forgets_the_root(X, depth, width, rng):
    return _network(X, depth, width, rng, deviation=lambda n: 1 / n)


@wrong("selu_network", "variance 2/n is for ReLU")
def takes_he(X, depth, width, rng):
    return _network(X, depth, width, rng, deviation=lambda n: (2 / n)**0.5)


@wrong("selu_network", "not that of the first")
def always_takes_the_first_width(X, depth, width, rng):
    return _network(X, depth, width, rng, deviation=lambda n: X.shape[1]**-0.5)


@wrong("selu_network", "not the width")
def takes_the_outputs(X, depth, width, rng):
    return _network(X, depth, width, rng, deviation=lambda n: width**-0.5)


@wrong("selu_network", "has variance 1/3")
def draws_uniform_numbers(X, depth, width, rng):
    return _network(X, depth, width, rng, draw=lambda rng, shape: rng.uniform(-1, 1, size=shape))


@wrong("selu_network", "this is ReLU")
def takes_relu(X, depth, width, rng):
    return _network(X, depth, width, rng, activation=lambda z: SCALE * np.maximum(z, 0))


@wrong("selu_network", "are λ and α both used")
def takes_elu(X, depth, width, rng):
    return _network(X, depth, width, rng, activation=lambda z: selu(z, 1.0, 1.0))


@wrong("selu_network", "are λ and α both used")
def forgets_alpha(X, depth, width, rng):
    return _network(X, depth, width, rng, activation=lambda z: selu(z, SCALE, 1.0))


@wrong("selu_network", "is there a bias")
def adds_a_bias(X, depth, width, rng):
    return _network(X, depth, width, rng, bias=0.3)


@wrong("selu_network", "must have mean 0")
def draws_positive_weights(X, depth, width, rng):
    return _network(X, depth, width, rng, draw=lambda rng, shape: np.abs(rng.normal(size=shape)))


@wrong("selu_network", "draw new ones for each layer")
def shares_the_weights(X, depth, width, rng):
    first, rest = rng.normal(size=(X.shape[1], width)) / X.shape[1]**0.5, rng.normal(size=(width, width)) / width**0.5
    a, layers = X, []
    for layer in range(depth):
        a = selu(a @ (first if layer == 0 else rest))
        layers.append(a)
    return layers


@wrong("selu_network", "draw all weights from rng")
def ignores_the_rng(X, depth, width, rng):
    return _network(X, depth, width, np.random.default_rng(0))


@wrong("selu_network", "the activations of the one before")
def does_not_feed_back(X, depth, width, rng):
    a, layers = X, []
    for _ in range(depth):
        a = a @ (rng.normal(size=(a.shape[1], width)) / a.shape[1]**0.5)
        layers.append(selu(a))
    return layers


@wrong("selu_network", "this is Glorot's variance")
def takes_glorot(X, depth, width, rng):
    return _network(X, depth, width, rng, deviation=lambda n: (2 / (n + width))**0.5)


@wrong("selu_network", "not of samples")
def counts_the_samples(X, depth, width, rng):
    return _network(X, depth, width, rng, deviation=lambda n: len(X)**-0.5)


@wrong("selu_network", "normalized over the batch")
def normalizes_the_batch(X, depth, width, rng):
    return _network(X, depth, width, rng, deviation=lambda n: 1.0, activation=lambda z: selu(z / z.std()))


@wrong("selu_network", "list of 30 arrays")
def returns_the_last_only(X, depth, width, rng):
    return _network(X, depth, width, rng)[-1]


@wrong("selu_network", "`depth` is the number of layers")
def ignores_the_depth(X, depth, width, rng):
    return _network(X, 30, width, rng)


@wrong("selu_network", "not the 784 pixels of a digit")
def divides_by_the_pixels_of_a_digit(X, depth, width, rng):
    return _network(X, depth, width, rng, deviation=lambda n: 784**-0.5)


@wrong("selu_network", "not the lesson's width, 200")
def divides_by_the_lessons_width(X, depth, width, rng):
    return _network(X, depth, width, rng, deviation=lambda n: 200**-0.5)


@wrong("selu_network", "is some size fixed in the code?")
def divides_by_the_sizes_of_the_check(X, depth, width, rng):
    return _network(X, depth, width, rng, deviation=lambda n: (40 if n == X.shape[1] else 150)**-0.5)


@wrong("selu_network", "return a list of 30 arrays")
def returns_the_input_too(X, depth, width, rng):
    return [X] + _network(X, depth, width, rng)

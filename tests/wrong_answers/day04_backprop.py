"""Wrong answers to the exercises of Day 4."""

import math

import numpy as np

from wrong_answers import wrong


def _neuron(x, w, b, g, slope=lambda z, a: a * (1 - a), upstream=True, bias=True):
    """The right answer with one thing changed."""
    z = w @ x + (b if bias else 0)
    dz = (g if upstream else 1.0) * slope(z, 1 / (1 + np.exp(-z)))
    return dz * w, dz * x, dz


@wrong("neuron_backward", "upstream gradient g is missing")
def forgets_the_upstream(x, w, b, g):
    return _neuron(x, w, b, g, upstream=False)


@wrong("neuron_backward", "sigmoid's derivative is missing")
def forgets_the_activation(x, w, b, g):
    return _neuron(x, w, b, g, slope=lambda z, a: 1.0)


@wrong("neuron_backward", "not both mixed")
def passes_a_to_a_function_of_z(x, w, b, g):
    s = lambda z: 1 / (1 + np.exp(-z))
    return _neuron(x, w, b, g, slope=lambda z, a: s(a) * (1 - s(a)))


@wrong("neuron_backward", "of the output")
def uses_z_in_place_of_a(x, w, b, g):
    return _neuron(x, w, b, g, slope=lambda z, a: z * (1 - z))


@wrong("neuron_backward", "derivative of tanh")
def takes_the_derivative_of_tanh(x, w, b, g):
    return _neuron(x, w, b, g, slope=lambda z, a: 1 - a**2)


@wrong("neuron_backward", "is the sigmoid, not its derivative")
def multiplies_by_the_activation(x, w, b, g):
    return _neuron(x, w, b, g, slope=lambda z, a: a)


@wrong("neuron_backward", "factor a is missing")
def takes_half_the_derivative(x, w, b, g):
    return _neuron(x, w, b, g, slope=lambda z, a: 1 - a)


@wrong("neuron_backward", "sign is turned")
def turns_the_sign(x, w, b, g):
    return _neuron(x, w, b, -g)


@wrong("neuron_backward", "bias is missing in the forward")
def forgets_the_bias(x, w, b, g):
    return _neuron(x, w, b, g, bias=False)


@wrong("neuron_backward", "dx and dw are swapped")
def swaps_the_first_two(x, w, b, g):
    dx, dw, db = _neuron(x, w, b, g)
    return dw, dx, db


@wrong("neuron_backward", "dz times x, not dz times w")
def takes_w_for_dw(x, w, b, g):
    dx, _, db = _neuron(x, w, b, g)
    return dx, dx, db


@wrong("neuron_backward", "db is dz itself")
def multiplies_db_by_b(x, w, b, g):
    dx, dw, db = _neuron(x, w, b, g)
    return dx, dw, db * b


@wrong("neuron_backward", "must have the shapes of x and w")
def sums_over_the_inputs(x, w, b, g):
    dx, dw, db = _neuron(x, w, b, g)
    return dx.sum(), dw.sum(), db


@wrong("neuron_backward", "x or w was changed")
def works_in_place(x, w, b, g):
    _, _, dz = _neuron(x, w, b, g)
    dx = dz * w
    x *= dz
    return dx, x, dz


@wrong("neuron_backward", "db must be a number, as b is")
def gives_db_in_an_array(x, w, b, g):
    dx, dw, db = _neuron(x, w, b, g)
    return dx, dw, np.array([db])


@wrong("neuron_backward", "do not clip z")
def clips_z_at_5(x, w, b, g):
    a = 1 / (1 + np.exp(-np.clip(w @ x + b, -5, 5)))
    dz = g * a * (1 - a)
    return dz * w, dz * x, dz


@wrong("neuron_backward", "do not clip z")
def clips_a(x, w, b, g):
    """Keeps a away from 0 and 1, as one does before a logarithm."""
    a = np.clip(1 / (1 + np.exp(-(w @ x + b))), 1e-7, 1 - 1e-7)
    dz = g * a * (1 - a)
    return dz * w, dz * x, dz


@wrong("neuron_backward", "at z = -25 and g = 1")
def clips_z_at_20(x, w, b, g):
    a = 1 / (1 + np.exp(-np.clip(w @ x + b, -20, 20)))
    dz = g * a * (1 - a)
    return dz * w, dz * x, dz


@wrong("neuron_backward", "holds whole numbers only")
def fills_arrays_like_x(x, w, b, g):
    dx, dw, db = _neuron(x, w, b, g)
    first, second = np.zeros_like(x), np.zeros_like(w)
    first[:], second[:] = dx, dw
    return first, second, db


def _tied(X, W, G, slope=lambda Z, A: 1 - A**2, join=lambda first, second: first + second):
    """The right answer with one thing changed."""
    Z = X @ W
    A = np.tanh(Z)
    dZ = (G @ W) * slope(Z, A)
    return dZ @ W.T, join(X.T @ dZ, G.T @ A)


@wrong("tied_backward", "path through tanh only")
def takes_the_encoder_only(X, W, G):
    return _tied(X, W, G, join=lambda first, second: first)


@wrong("tied_backward", "second product only")
def takes_the_decoder_only(X, W, G):
    return _tied(X, W, G, join=lambda first, second: second)


@wrong("tied_backward", "added, not averaged")
def averages_the_shares(X, W, G):
    return _tied(X, W, G, join=lambda first, second: (first + second) / 2)


@wrong("tied_backward", "added, not multiplied")
def multiplies_the_shares(X, W, G):
    return _tied(X, W, G, join=lambda first, second: first * second)


@wrong("tied_backward", "added, not subtracted")
def subtracts_the_shares(X, W, G):
    return _tied(X, W, G, join=lambda first, second: first - second)


@wrong("tied_backward", "derivative of tanh, 1 - A**2, is missing")
def forgets_the_slope_of_tanh(X, W, G):
    return _tied(X, W, G, slope=lambda Z, A: 1.0)


@wrong("tied_backward", "not 1 - Z**2")
def takes_the_slope_at_z(X, W, G):
    return _tied(X, W, G, slope=lambda Z, A: 1 - Z**2)


@wrong("tied_backward", "derivative of the sigmoid")
def takes_the_slope_of_the_sigmoid(X, W, G):
    return _tied(X, W, G, slope=lambda Z, A: A * (1 - A))


@wrong("tied_backward", "must be transposed before it is added")
def adds_without_transposing(X, W, G):
    return _tied(X, W, G, join=lambda first, second: first + second.T)


@wrong("tied_backward", "With a square W no error warns you")
def transposes_only_when_it_must(X, W, G):
    return _tied(X, W, G, join=lambda first, second: first + (second.T if W.shape[0] == W.shape[1] else second))


@wrong("tied_backward", "does not depend on G")
def ignores_G(X, W, G):
    return _tied(X, W, np.ones_like(G))


@wrong("tied_backward", "dX and dW are swapped")
def swaps_the_two(X, W, G):
    return _tied(X, W, G)[::-1] if X.shape == W.shape else _tied(X, W, G)


@wrong("tied_backward", "not X @ W")
def takes_z_in_the_second_product(X, W, G):
    dX, dW = _tied(X, W, G)
    return dX, dW + G.T @ (X @ W - np.tanh(X @ W))


@wrong("tied_backward", "a matrix product does not fit")
def forgets_to_transpose_W(X, W, G):
    A = np.tanh(X @ W)
    dZ = (G @ W.T) * (1 - A**2)
    return dZ @ W.T, X.T @ dZ + G.T @ A


@wrong("tied_backward", "you reshaped A.T @ G")
def reshapes_for_transposing(X, W, G):
    return _tied(X, W, G, join=lambda first, second: first + second.T.reshape(first.shape))


@wrong("tied_backward", "no mean here")
def takes_the_mean(X, W, G):
    dX, dW = _tied(X, W, G)
    return dX, dW / len(X)


@wrong("tied_backward", "return two arrays")
def returns_dW_only(X, W, G):
    return _tied(X, W, G)[1]


@wrong("tied_backward", "was changed")
def changes_G(X, W, G):
    A = np.tanh(X @ W)
    dV = G.T @ A
    G *= 2
    dZ = (G / 2 @ W) * (1 - A**2)
    return dZ @ W.T, X.T @ dZ + dV


@wrong("tied_backward", "the square is missing")
def forgets_the_square(X, W, G):
    return _tied(X, W, G, slope=lambda Z, A: 1 - A)


@wrong("tied_backward", "G itself is not added")
def adds_G_to_dX(X, W, G):
    """As behind a residual connection."""
    dX, dW = _tied(X, W, G)
    return dX + G, dW


@wrong("tied_backward", "not the first once more")
def doubles_the_first_share(X, W, G):
    return _tied(X, W, G, join=lambda first, second: 2 * first)


def _lse(values, data=lambda m, s: m + math.log(s), slope=lambda e, s: e / s, parents=lambda values: values):
    """The right answer with one thing changed."""
    m = max(value.data for value in values)
    e = [math.exp(value.data - m) for value in values]
    return type(values[0])(data(m, sum(e)), parents(values), [slope(x, sum(e)) for x in e][:len(parents(values))])


@wrong("log_sum_exp", "subtract the LARGEST value before")
def composes_without_the_shift(values):
    total = values[0].exp()
    for value in values[1:]:
        total = total + value.exp()
    return total.log()


@wrong("log_sum_exp", "not the mean or the first")
def shifts_by_the_first(values):
    shift = values[0].data
    e = [math.exp(value.data - shift) for value in values]
    return type(values[0])(shift + math.log(sum(e)), values, [x / sum(e) for x in e])


@wrong("log_sum_exp", "every value as a parent")
def forgets_a_single_value(values):
    return type(values[0])(values[0].data) if len(values) == 1 else _lse(values)


@wrong("log_sum_exp", "keep the order")
def sorts_the_slopes(values):
    result = _lse(values)
    return type(values[0])(result.data, values, sorted(result.slopes))


@wrong("log_sum_exp", "plain numbers")
def gives_values_as_slopes(values):
    result = _lse(values)
    return type(values[0])(result.data, values, [type(values[0])(slope) for slope in result.slopes])


@wrong("log_sum_exp", "did not add it back")
def loses_the_maximum(values):
    return _lse(values, data=lambda m, s: math.log(s))


@wrong("log_sum_exp", "its logarithm is missing")
def forgets_the_logarithm(values):
    return _lse(values, data=lambda m, s: math.exp(m) * s if m < 500 else m)


@wrong("log_sum_exp", "not divided by the sum")
def forgets_to_normalize(values):
    m = max(value.data for value in values)
    total = sum(math.exp(value.data - m) for value in values)
    return type(values[0])(m + math.log(total), values, [math.exp(min(value.data, 500)) for value in values])


@wrong("log_sum_exp", "exponentials after the shift")
def forgets_to_normalize_after_the_shift(values):
    return _lse(values, slope=lambda e, s: e)


@wrong("log_sum_exp", "slopes are not all 1")
def slopes_of_a_sum(values):
    return _lse(values, slope=lambda e, s: 1.0)


@wrong("log_sum_exp", "not all equal")
def slopes_of_a_mean(values):
    return _lse(values, slope=lambda e, s: 1 / len(values))


@wrong("log_sum_exp", "not only the largest")
def slopes_of_the_maximum(values):
    return _lse(values, slope=lambda e, s: float(e == 1.0))


@wrong("log_sum_exp", "pass them as parents")
def forgets_the_parents(values):
    return _lse(values, parents=lambda values: [])


@wrong("log_sum_exp", "return a Value")
def returns_a_number(values):
    return _lse(values).data


@wrong("log_sum_exp", "do not touch grad")
def writes_gradients_at_once(values):
    result = _lse(values)
    for value, slope in zip(values, result.slopes):
        value.grad += slope
    return result


@wrong("log_sum_exp", "counts twice")
def drops_repeated_values(values):
    return _lse(list(dict.fromkeys(values)))


@wrong("log_sum_exp", "not their mean")
def takes_the_mean_of_the_exponentials(values):
    return _lse(values, data=lambda m, s: m + math.log(s / len(values)))


@wrong("log_sum_exp", "themselves, not copies")
def detaches_the_values(values):
    """Keeps numbers in place of the graph."""
    copies = [type(values[0])(value.data) for value in values]
    return _lse(copies)


@wrong("log_sum_exp", "more than one largest number")
def counts_the_largest_once(values):
    """The largest adds 1, the others their exponentials; others that are as large are lost."""
    m = max(value.data for value in values)
    total = 1 + sum(math.exp(value.data - m) for value in values if value.data != m)
    return type(values[0])(m + math.log(total), values, [math.exp(value.data - m) / total for value in values])


@wrong("log_sum_exp", "more than one largest number")
def loses_the_slopes_of_ties(values):
    result, m, first = _lse(values), max(value.data for value in values), 0
    slopes = list(result.slopes)
    for k, value in enumerate(values):
        if value.data == m:
            first += 1
            slopes[k] = slopes[k] if first == 1 else 0.0
    return type(values[0])(result.data, values, slopes)


@wrong("log_sum_exp", "return a new Value, for a list of one as well")
def returns_the_only_one(values):
    return values[0] if len(values) == 1 else _lse(values)


@wrong("log_sum_exp", "added back as a number")
def adds_the_maximum_back_as_a_number(values):
    largest = max(values, key=lambda value: value.data)
    total = sum((value - largest).exp() for value in values)
    return total.log() + largest.data


@wrong("log_sum_exp", "added back as a Value")
def subtracts_the_maximum_as_a_number(values):
    largest = max(values, key=lambda value: value.data)
    total = sum((value - largest.data).exp() for value in values)
    return total.log() + largest

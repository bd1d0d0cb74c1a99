"""Wrong answers to the exercises of Day 7."""

import keras
import numpy as np
from keras import layers

from wrong_answers import wrong


@wrong("count_parameters", "the biases are missing: each unit has one")
def forgets_the_biases(sizes):
    return sum(d_in * d_out for d_in, d_out in zip(sizes, sizes[1:]))


@wrong("count_parameters", "inputs have no biases")
def gives_the_inputs_biases(sizes):
    return sum(d_in * d_out for d_in, d_out in zip(sizes, sizes[1:])) + sum(sizes)


@wrong("count_parameters", "the biases of the last layer are missing")
def forgets_the_biases_of_the_outputs(sizes):
    return sum(d_in * d_out for d_in, d_out in zip(sizes, sizes[1:])) + sum(sizes[1:-1])


@wrong("count_parameters", "the biases of the first layer are missing")
def forgets_the_biases_of_the_first_layer(sizes):
    return sum(d_in * d_out for d_in, d_out in zip(sizes, sizes[1:])) + sum(sizes[2:])


@wrong("count_parameters", "each layer has one bias per unit, not one in all")
def gives_each_layer_one_bias(sizes):
    return sum(d_in * d_out + 1 for d_in, d_out in zip(sizes, sizes[1:]))


@wrong("count_parameters", "that is the last layer alone")
def overwrites_the_total(sizes):
    total = 0
    for d_in, d_out in zip(sizes, sizes[1:]):
        total = d_in * d_out + d_out
    return total


@wrong("count_parameters", "that is the first layer alone")
def returns_inside_the_loop(sizes):
    for d_in, d_out in zip(sizes, sizes[1:]):
        return d_in * d_out + d_out


@wrong("count_parameters", "that is the first layer alone")
def stops_one_layer_early(sizes):
    return sum(sizes[i] * sizes[i + 1] + sizes[i + 1] for i in range(len(sizes) - 2))


@wrong("count_parameters", "multiply only neighboring layers")
def multiplies_all_sizes(sizes):
    return int(np.prod(sizes))


@wrong("count_parameters", "the layers' counts are added, not multiplied")
def multiplies_the_layers(sizes):
    return int(np.prod([d_in * d_out + d_out for d_in, d_out in zip(sizes, sizes[1:])]))


@wrong("count_parameters", "that counts units")
def counts_the_units(sizes):
    return sum(sizes)


@wrong("count_parameters", "the sum over all layers")
def returns_a_count_for_each_layer(sizes):
    return [d_in * d_out + d_out for d_in, d_out in zip(sizes, sizes[1:])]


@wrong("count_parameters", "changed in place")
def pops_the_sizes(sizes):
    total, d_in = 0, sizes.pop(0)
    while sizes:
        d_out = sizes.pop(0)
        total, d_in = total + (d_in + 1) * d_out, d_out
    return total


@wrong("count_parameters", "inputs alone have no parameters")
def counts_inputs_alone(sizes):
    if len(sizes) == 1:
        return sizes[0]
    return sum(d_in * d_out + d_out for d_in, d_out in zip(sizes, sizes[1:]))


@wrong("count_parameters", "sizes.index finds the first of equal sizes")
def looks_for_the_place_of_a_size(sizes):
    return sum(d_in * sizes[sizes.index(d_in) + 1] + sizes[sizes.index(d_in) + 1] for d_in in sizes[:-1])


@wrong("count_parameters", "sizes.index finds the first of equal sizes")
def looks_for_the_size_before(sizes):
    return sum((sizes[sizes.index(d_out) - 1] + 1) * d_out for d_out in sizes[1:])


@wrong("count_parameters", "two layers may have the same size")
def drops_equal_sizes(sizes):
    different = list(dict.fromkeys(sizes))
    return sum(d_in * d_out + d_out for d_in, d_out in zip(different, different[1:]))


@wrong("count_parameters", "two layers may have the same size")
def keeps_one_layer_of_each_size(sizes):
    return sum({d_out: d_in * d_out + d_out for d_in, d_out in zip(sizes, sizes[1:])}.values())


@wrong("count_parameters", "Are all layers counted?")
def keeps_one_of_equal_layers(sizes):
    return sum((d_in + 1) * d_out for d_in, d_out in set(zip(sizes, sizes[1:])))


@wrong("count_parameters", "return an int; 44.0 is of the type float")
def returns_a_float(sizes):
    return sum(d_in * d_out + d_out for d_in, d_out in zip(sizes, sizes[1:])) / 1


@wrong("count_parameters", "do not sort them")
def sorts_the_sizes(sizes):
    ordered = sorted(sizes)
    return sum(d_in * d_out + d_out for d_in, d_out in zip(ordered, ordered[1:]))


@wrong("count_parameters", "Any number of layers")
def stops_after_three_layers(sizes):
    return sum(d_in * d_out + d_out for d_in, d_out in list(zip(sizes, sizes[1:]))[:3])


def _scaled(X_train, X_new, center=lambda X: X.mean(axis=0), spread=lambda X: X.std(axis=0), constant=lambda s: np.where(s == 0, 1.0, s)):
    """The right answer with one thing changed."""
    c, s = center(X_train), constant(spread(X_train))
    return (X_train - c) / s, (X_new - c) / s


@wrong("standardize", "not divided by the standard deviation")
def subtracts_the_mean_alone(X_train, X_new):
    return _scaled(X_train, X_new, spread=lambda X: 1)


@wrong("standardize", "the mean is not removed")
def divides_alone(X_train, X_new):
    return _scaled(X_train, X_new, center=lambda X: 0)


@wrong("standardize", "divided by the variance")
def divides_by_the_variance(X_train, X_new):
    return _scaled(X_train, X_new, spread=lambda X: X.var(axis=0))


@wrong("standardize", "divide by n, not by n - 1")
def takes_ddof_1(X_train, X_new):
    return _scaled(X_train, X_new, spread=lambda X: X.std(axis=0, ddof=1))


@wrong("standardize", "one mean for all features")
def forgets_the_axis(X_train, X_new):
    return _scaled(X_train, X_new, center=np.mean, spread=np.std)


@wrong("standardize", "standardized each row")
def standardizes_the_rows(X_train, X_new):
    return tuple((X - X.mean(axis=1, keepdims=True)) / X.std(axis=1, keepdims=True) for X in (X_train, X_new))


@wrong("standardize", "that scales to the range 0 to 1")
def scales_to_0_to_1(X_train, X_new):
    return _scaled(X_train, X_new, center=lambda X: X.min(axis=0), spread=lambda X: np.ptp(X, axis=0))


@wrong("standardize", "from both parts together")
def fits_on_both_parts(X_train, X_new):
    both, _ = _scaled(np.concatenate([X_train, X_new]), X_new)
    return both[:len(X_train)], both[len(X_train):]


@wrong("standardize", "with statistics of its own")
def fits_each_part_on_itself(X_train, X_new):
    return _scaled(X_train, X_train)[0], _scaled(X_new, X_new)[0]


@wrong("standardize", "X_new was not standardized")
def leaves_the_new_part(X_train, X_new):
    return _scaled(X_train, X_new)[0], X_new


@wrong("standardize", "X_new: the mean is removed, but not divided")
def forgets_to_divide_the_new_part(X_train, X_new):
    return _scaled(X_train, X_new)[0], X_new - X_train.mean(axis=0)


@wrong("standardize", "divides by zero")
def forgets_the_constant_feature(X_train, X_new):
    return _scaled(X_train, X_new, constant=lambda s: s)


@wrong("standardize", "changed in place")
def changes_the_inputs(X_train, X_new):
    center, spread = X_train.mean(axis=0), X_train.std(axis=0)
    X_train -= center
    X_new -= center
    return X_train / spread, X_new / spread


@wrong("standardize", "return two arrays")
def returns_the_training_part_alone(X_train, X_new):
    return _scaled(X_train, X_new)[0]


def _middle(X):
    return (X.max(axis=0) + X.min(axis=0)) / 2


def _mean_distance(X):
    return np.abs(X - X.mean(axis=0)).mean(axis=0)


@wrong("standardize", "that scales to the range -1 to 1")
def scales_to_minus_1_to_1(X_train, X_new):
    return _scaled(X_train, X_new, center=_middle, spread=lambda X: np.ptp(X, axis=0) / 2)


@wrong("standardize", "the median was subtracted")
def subtracts_the_median(X_train, X_new):
    return _scaled(X_train, X_new, center=lambda X: np.median(X, axis=0), constant=lambda s: np.where(np.ptp(X_train, axis=0) == 0, 1.0, s))


@wrong("standardize", "the middle of the range was subtracted")
def subtracts_the_middle(X_train, X_new):
    return _scaled(X_train, X_new, center=_middle)


@wrong("standardize", "half the range is not the standard deviation")
def divides_by_half_the_range(X_train, X_new):
    return _scaled(X_train, X_new, spread=lambda X: np.ptp(X, axis=0) / 2)


@wrong("standardize", "the mean absolute deviation is not the standard deviation")
def divides_by_the_mean_distance(X_train, X_new):
    return _scaled(X_train, X_new, spread=_mean_distance)


@wrong("standardize", "the median is not the mean, nor the mean distance")
def takes_median_and_mean_distance(X_train, X_new):
    return _scaled(X_train, X_new, center=lambda X: np.median(X, axis=0), spread=_mean_distance)


@wrong("standardize", "the sum of squares was divided by 2")
def divides_the_squares_by_2(X_train, X_new):
    return _scaled(X_train, X_new, spread=lambda X: np.sqrt(((X - X.mean(axis=0))**2).sum(axis=0) / 2))


@wrong("standardize", "the sums were divided by 2")
def divides_both_sums_by_2(X_train, X_new):
    return _scaled(X_train, X_new, center=lambda X: X.sum(axis=0) / 2, spread=lambda X: np.sqrt(((X - X.sum(axis=0) / 2)**2).sum(axis=0) / 2),
                   constant=lambda s: np.where(np.ptp(X_train, axis=0) == 0, 1.0, s))


@wrong("standardize", "the sum was divided by 2")
def divides_the_sum_by_2(X_train, X_new):
    return _scaled(X_train, X_new, center=lambda X: X.sum(axis=0) / 2)


@wrong("standardize", "only the first columns are standardized")
def standardizes_two_columns(X_train, X_new):
    one, two = X_train.astype(float), X_new.astype(float)
    one[:, :2], two[:, :2] = _scaled(X_train[:, :2], X_new[:, :2])
    return one, two


@wrong("standardize", "only the first columns are standardized")
def leaves_zeros_after_two_columns(X_train, X_new):
    one, two = np.zeros(X_train.shape), np.zeros(X_new.shape)
    one[:, :2], two[:, :2] = _scaled(X_train[:, :2], X_new[:, :2])
    return one, two


@wrong("standardize", "is not constant, though its first and last value are equal")
def compares_first_and_last(X_train, X_new):
    return _scaled(X_train, X_new, constant=lambda s: np.where(X_train[0] == X_train[-1], 1.0, s))


@wrong("standardize", "is not constant, though its first and last value are equal")
def looks_for_a_repeated_value(X_train, X_new):
    return _scaled(X_train, X_new, constant=lambda s: np.where((X_train[1:] == X_train[0]).any(axis=0), 1.0, s))


@wrong("standardize", "one constant feature, and nothing was divided any more")
def one_constant_feature_stops_all(X_train, X_new):
    return _scaled(X_train, X_new, constant=lambda s: 1.0 if (s == 0).any() else s)


@wrong("standardize", "X_train decides which feature is constant")
def asks_the_new_part_too(X_train, X_new):
    one, two = _scaled(X_train, X_new)
    return one, np.where(np.ptp(X_new, axis=0) == 0, X_new - X_train.mean(axis=0), two)


@wrong("standardize", "its digits are lost")
def takes_the_mean_of_squares(X_train, X_new):
    X = X_train.astype(float)
    return _scaled(X_train, X_new, spread=lambda _: np.sqrt(np.maximum((X**2).mean(axis=0) - X.mean(axis=0)**2, 0)),
                   constant=lambda s: np.where((np.ptp(X_train, axis=0) == 0) | (s == 0), 1.0, s))


@wrong("standardize", "its digits are lost")
def computes_in_float32(X_train, X_new):
    A, B = X_train.astype("float32"), X_new.astype("float32")
    return _scaled(A, B, constant=lambda s: np.where(np.ptp(A, axis=0) == 0, 1, s))


@wrong("standardize", "that varies by 1e-100 keeps its spread")
def takes_a_small_feature_for_constant(X_train, X_new):
    return _scaled(X_train, X_new, constant=lambda s: np.where(s < 1e-12, 1.0, s))


@wrong("standardize", "a constant 0.1 has a tiny standard deviation")
def asks_the_standard_deviation(X_train, X_new):
    return _scaled(X_train, X_new)


def _network(X, y, outputs, hidden=128, activation="relu", last=None, loss=None, rate=0.02, epochs=80):
    """The right answer with one thing changed. Returns the model and its history."""
    model = keras.Sequential([keras.Input((X.shape[1],)), *([layers.Dense(hidden, activation=activation)] if hidden else []),
                              layers.Dense(int(outputs), activation=last)])
    model.compile(optimizer=keras.optimizers.Adam(rate), jit_compile=False,
                  loss=loss or keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model, model.fit(X, y, batch_size=len(X), epochs=epochs, verbose=0)


@wrong("memorize", "without a hidden layer it is linear")
def has_no_hidden_layer(X, y, k):
    return _network(X, y, k, hidden=0)[0]


@wrong("memorize", "the hidden layer needs an activation")
def forgets_the_activation(X, y, k):
    return _network(X, y, k, activation=None)[0]


@wrong("memorize", "too few hidden neurons")
def has_two_hidden_neurons(X, y, k):
    return _network(X, y, k, hidden=2)[0]


@wrong("memorize", "never trained")
def forgets_to_train(X, y, k):
    return keras.Sequential([keras.Input((X.shape[1],)), layers.Dense(128, activation="relu"), layers.Dense(k)])


@wrong("memorize", "more epochs")
def trains_for_one_epoch(X, y, k):
    return _network(X, y, k, epochs=1)[0]


@wrong("memorize", "the history: return the model")
def returns_the_history(X, y, k):
    return _network(X, y, k, epochs=1)[1]


@wrong("memorize", "one output for each of the k classes")
def counts_the_classes_that_occur(X, y, k):
    return _network(X, y, y.max() + 1, epochs=1)[0]


@wrong("memorize", "must have shape (40, 5), not (40, 1)")
def predicts_the_label_as_a_number(X, y, k):
    return _network(X, y, 1, loss="mse", epochs=1)[0]


@wrong("memorize", "X or y was changed in place")
def standardizes_x_in_place(X, y, k):
    X -= X.mean(axis=0)
    return _network(X, y, k, epochs=1)[0]


@wrong("memorize", "return a Keras model, not function")
def returns_a_lookup(X, y, k):
    return lambda new: np.eye(k)[y[((new[:, None] - X)**2).sum(axis=2).argmin(axis=1)]]


@wrong("memorize", "are 10 and 5 written into the model")
def writes_ten_features_into_the_model(X, y, k):
    model = keras.Sequential([keras.Input((10,)), layers.Dense(128, activation="relu"), layers.Dense(k)])
    model.compile(optimizer=keras.optimizers.Adam(0.02), jit_compile=False, loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(X, y, batch_size=len(X), epochs=80, verbose=0)
    return model


@wrong("memorize", "must have shape (30, 4), not (30, 5)")
def writes_five_classes_into_the_model(X, y, k):
    return _network(X, y, 5)[0]


@wrong("memorize", "validation_split keeps samples from training")
def keeps_samples_for_validation(X, y, k):
    model, _ = _network(X, y, k, epochs=1)
    model.fit(X, y, batch_size=len(X), epochs=80, validation_split=0.2, verbose=0)
    return model


@wrong("memorize", "the loss expects probabilities")
def forgets_from_logits(X, y, k):
    return _network(X, y, k, loss="sparse_categorical_crossentropy", epochs=20)[0]


@wrong("memorize", "is far too small")
def takes_a_tiny_rate(X, y, k):
    return _network(X, y, k, rate=1e-5, epochs=40)[0]

"""Wrong answers to the exercises of Day 1."""

import numpy as np

from wrong_answers import wrong


@wrong("neuron_answers", "is the bias added?")
def forgets_the_bias(X, w, b):
    return np.where(X @ w >= 0, 1, -1)


@wrong("neuron_answers", "np.sign(0) is 0")
def takes_np_sign(X, w, b):
    return np.sign(X @ w + b).astype(int)


@wrong("neuron_answers", "compare with >=, not with >")
def excludes_zero(X, w, b):
    return np.where(X @ w + b > 0, 1, -1)


@wrong("neuron_answers", "not 1 and 0")
def answers_one_and_zero(X, w, b):
    return np.where(X @ w + b >= 0, 1, 0)


@wrong("neuron_answers", "True and False")
def returns_booleans(X, w, b):
    return X @ w + b >= 0


@wrong("neuron_answers", "values of z, not answers")
def returns_z(X, w, b):
    return X @ w + b


@wrong("neuron_answers", "opposite")
def turns_the_answers(X, w, b):
    return np.where(X @ w + b >= 0, -1, 1)


@wrong("neuron_answers", "opposite")
def compares_the_wrong_way(X, w, b):
    return np.where(X @ w + b <= 0, 1, -1)


@wrong("neuron_answers", "the shape must be (1,)")
def squeezes(X, w, b):
    return np.squeeze(np.where(X @ w + b >= 0, 1, -1))


@wrong("neuron_answers", "if only just")
def shifts_by_an_epsilon(X, w, b):
    return np.sign(X @ w + b + 1e-9).astype(int)


@wrong("neuron_answers", "one answer per sample")
def returns_a_column(X, w, b):
    return np.where(X @ w[:, None] + b >= 0, 1, -1)


@wrong("neuron_answers", "is z rounded?")
def rounds_z(X, w, b):
    return np.where(np.trunc(X @ w + b) >= 0, 1, -1)


@wrong("neuron_answers", "changed its inputs")
def multiplies_in_place(X, w, b):
    X *= w
    return np.where(X.sum(axis=1) + b >= 0, 1, -1)


@wrong("neuron_answers", "are all 3 columns of X used")
def knows_two_inputs_only(X, w, b):
    return np.where(X[:, 0] * w[0] + X[:, 1] * w[1] + b >= 0, 1, -1)


@wrong("neuron_answers", "are all 3 columns of X used")
def takes_the_first_and_the_last_input(X, w, b):
    return np.where(X[:, 0] * w[0] + X[:, -1] * w[-1] + b >= 0, 1, -1)


@wrong("neuron_answers", "add it once, after the sum")
def adds_the_bias_for_each_input(X, w, b):
    return np.where((X * w + b).sum(axis=1) >= 0, 1, -1)


def _pocket(X, y, epochs, is_mistake=lambda z, label: (1 if z >= 0 else -1) != label, lr=1, keep=lambda new, best: new > best, moves_bias=True,
            forgets_best=False, start_counts=True, is_positive=np.greater_equal):
    """The pocket algorithm with one thing changed."""
    def right(w, b):
        return (np.where(is_positive(X @ w + b, 0), 1, -1) == y).sum()

    w, b = np.zeros(X.shape[1]), 0.0
    best, best_right = (w, b), right(w, b) if start_counts else -1
    for _ in range(epochs):
        for x, label in zip(X, y):
            if is_mistake(x @ w + b, label):
                w, b = w + lr * label * x, b + lr * label * moves_bias
                if keep(right(w, b), best_right):
                    best = w, b
                    best_right = best_right if forgets_best else right(w, b)
    return best


@wrong("pocket", "the last weights and not the best")
def returns_the_last(X, y, epochs):
    w, b = np.zeros(X.shape[1]), 0.0
    for _ in range(epochs):
        for x, label in zip(X, y):
            if (1 if x @ w + b >= 0 else -1) != label:
                w, b = w + label * x, b + label
    return w, b


@wrong("pocket", "keep a copy")
def stores_without_a_copy(X, y, epochs):
    w, b = np.zeros(X.shape[1]), 0.0
    best, best_right = (w, b), (np.where(X @ w + b >= 0, 1, -1) == y).sum()
    for _ in range(epochs):
        for x, label in zip(X, y):
            if (1 if x @ w + b >= 0 else -1) != label:
                w += label * x                      # changes best[0] too
                b += label
                right = (np.where(X @ w + b >= 0, 1, -1) == y).sum()
                if right > best_right:
                    best, best_right = (w, b), right
    return best


@wrong("pocket", "not only at the end of an epoch")
def looks_at_the_end_of_an_epoch(X, y, epochs):
    w, b = np.zeros(X.shape[1]), 0.0
    best, best_right = (w, b), (np.where(X @ w + b >= 0, 1, -1) == y).sum()
    for _ in range(epochs):
        for x, label in zip(X, y):
            if (1 if x @ w + b >= 0 else -1) != label:
                w, b = w + label * x, b + label
        right = (np.where(X @ w + b >= 0, 1, -1) == y).sum()
        if right > best_right:
            best, best_right = (w, b), right
    return best


@wrong("pocket", "not before it")
def looks_before_the_update(X, y, epochs):
    w, b = np.zeros(X.shape[1]), 0.0
    best, best_right = (w, b), -1
    for _ in range(epochs):
        for x, label in zip(X, y):
            if (1 if x @ w + b >= 0 else -1) != label:
                right = (np.where(X @ w + b >= 0, 1, -1) == y).sum()
                if right > best_right:
                    best, best_right = (w, b), right
                w, b = w + label * x, b + label
    return best


@wrong("pocket", "b never moved")
def forgets_the_bias_update(X, y, epochs):
    return _pocket(X, y, epochs, moves_bias=False)


@wrong("pocket", "only mistakes change the weights")
def updates_always(X, y, epochs):
    return _pocket(X, y, epochs, is_mistake=lambda z, label: True)


@wrong("pocket", "is no mistake")
def takes_zero_for_a_mistake(X, y, epochs):
    return _pocket(X, y, epochs, is_mistake=lambda z, label: label * z <= 0)


@wrong("pocket", "use > and remember the best count")
def replaces_equals(X, y, epochs):
    return _pocket(X, y, epochs, keep=lambda new, best: new >= best)


@wrong("pocket", "remember the best count")
def does_not_remember_the_best_count(X, y, epochs):
    return _pocket(X, y, epochs, forgets_best=True)


@wrong("pocket", "the learning rate is 1")
def other_learning_rate(X, y, epochs):
    return _pocket(X, y, epochs, lr=0.1)


@wrong("pocket", "one epoch is missing")
def off_by_one_epoch(X, y, epochs):
    return _pocket(X, y, epochs - 1)


@wrong("pocket", "halve it")
def multiplies_by_the_difference(X, y, epochs):
    w, b = np.zeros(X.shape[1]), 0.0
    best, best_right = (w, b), (np.where(X @ w + b >= 0, 1, -1) == y).sum()
    for _ in range(epochs):
        for x, label in zip(X, y):
            error = label - (1 if x @ w + b >= 0 else -1)
            w, b = w + error * x, b + error
            right = (np.where(X @ w + b >= 0, 1, -1) == y).sum()
            if right > best_right:
                best, best_right = (w, b), right
    return best


@wrong("pocket", "compare with >=, not with >")
def answers_minus_one_at_zero(X, y, epochs):
    return _pocket(X, y, epochs, is_mistake=lambda z, label: (1 if z > 0 else -1) != label, is_positive=np.greater)


@wrong("pocket", "the start is the first candidate")
def start_is_no_candidate(X, y, epochs):
    return _pocket(X, y, epochs, start_counts=False)


@wrong("pocket", "is the sign of the update y")
def turns_the_sign(X, y, epochs):
    return _pocket(X, y, epochs, lr=-1)


def _pocket_counting(X, y, epochs, count, whole=lambda w: w, reset=False):
    """The pocket algorithm with another count: count(X, y, w, b, i) after the update at sample i."""
    w, b = np.zeros(X.shape[1]), 0.0
    best, most = (w, b), count(X, y, w, b, len(X) - 1)
    for epoch in range(epochs):
        most = -1 if reset and epoch else most
        for i, (x, label) in enumerate(zip(X, y)):
            if (1 if x @ w + b >= 0 else -1) != label:
                w, b = whole(w + label * x), b + label
                if count(X, y, w, b, i) > most:
                    best, most = (w, b), count(X, y, w, b, i)
    return best


def _all(X, y, w, b, i):
    return (np.where(X @ w + b >= 0, 1, -1) == y).sum()


@wrong("pocket", "it must hold over all epochs")
def begins_the_count_anew_in_each_epoch(X, y, epochs):
    return _pocket_counting(X, y, epochs, _all, reset=True)


@wrong("pocket", "count all of them")
def counts_the_samples_seen_so_far(X, y, epochs):
    return _pocket_counting(X, y, epochs, lambda X, y, w, b, i: (np.where(X[:i + 1] @ w + b >= 0, 1, -1) == y[:i + 1]).sum())


@wrong("pocket", "is w an array of integers?")
def keeps_whole_weights(X, y, epochs):
    return _pocket_counting(X, y, epochs, _all, whole=lambda w: w.astype(int))


@wrong("pocket", "`epochs` is the number of passes")
def makes_one_pass(X, y, epochs):
    return _pocket(X, y, min(epochs, 1))


@wrong("pocket", "no pass at all")
def makes_at_least_one_pass(X, y, epochs):
    return _pocket(X, y, max(epochs, 1))


@wrong("pocket", "there is one epoch too many")
def makes_one_pass_too_many(X, y, epochs):
    return _pocket(X, y, epochs + 1)


@wrong("pocket", "in the count, a sample with z = 0 gets the answer +1")
def counts_zero_as_minus_one(X, y, epochs):
    return _pocket_counting(X, y, epochs, lambda X, y, w, b, i: (np.where(X @ w + b > 0, 1, -1) == y).sum())


@wrong("pocket", "count the answers that equal y, not y·z > 0")
def counts_zero_as_wrong(X, y, epochs):
    return _pocket_counting(X, y, epochs, lambda X, y, w, b, i: (y * (X @ w + b) > 0).sum())


@wrong("pocket", "is a mistake, in the rule and in the count")
def counts_zero_as_right(X, y, epochs):
    return _pocket_counting(X, y, epochs, lambda X, y, w, b, i: (y * (X @ w + b) >= 0).sum())


@wrong("pocket", "z = 0 and y = -1 is a mistake")
def never_corrects_zero(X, y, epochs):
    return _pocket(X, y, epochs, is_mistake=lambda z, label: label * z < 0)


@wrong("pocket", "in the rule too: compare with >=")
def answers_minus_one_at_zero_in_the_rule_only(X, y, epochs):
    return _pocket(X, y, epochs, is_mistake=lambda z, label: (1 if z > 0 else -1) != label)


@wrong("pocket", "are the samples taken in order")
def shuffles_the_samples(X, y, epochs):
    order = np.random.default_rng(0).permutation(len(X))
    return _pocket(X[order], y[order], epochs)


@wrong("pocket", "must have shape (1,)")
def knows_two_inputs_only_in_the_pocket(X, y, epochs):
    w, b = _pocket(X, y, epochs)
    return np.resize(w, 2), b


@wrong("pocket", "changed its inputs")
def changes_the_samples(X, y, epochs):
    X *= y[:, None]
    return _pocket(X, y, epochs)


ONES = np.ones((2, 2))


@wrong("xor_weights", "too close to a sample")
def right_at_the_corners_only():
    return np.array([[1.0, -1.0], [1.0, -1.0]]), np.array([-1.0, 1.5]), np.array([1.0, 1.0]), -1.5


@wrong("xor_weights", "this is OR")
def only_or():
    return ONES, np.array([-0.5, -1.5]), np.array([1.0, 0.0]), -0.5


@wrong("xor_weights", "this is AND")
def only_and():
    return ONES, np.array([-0.5, -1.5]), np.array([0.0, 1.0]), -0.5


@wrong("xor_weights", "opposite of XOR")
def turned():
    return ONES, np.array([-0.5, -1.5]), np.array([-1.0, 1.0]), 0.5


@wrong("xor_weights", "W1 is transposed")
def transposed():
    return np.array([[1.0, 1.0], [-1.0, -1.0]]), np.array([-0.5, 1.5]), np.array([1.0, 1.0]), -1.5


@wrong("xor_weights", "every input gets +1")
def positive_biases():
    return ONES, np.array([0.5, 1.5]), np.array([1.0, -1.0]), 0.5


@wrong("xor_weights", "z = 0 for a sample")
def output_on_its_edge():
    return ONES, np.array([-0.5, -1.5]), np.array([1.0, -1.0]), -1.0


@wrong("xor_weights", "the shapes must be")
def weights_of_one_neuron():
    return np.ones(2), np.array([-0.5]), np.array([1.0]), 0.0


@wrong("xor_weights", "too close to a sample")
def tolerates_less_noise_than_asked():
    return np.array([[1.0, -1.0], [1.0, -1.0]]), np.array([-0.85, 1.5]), np.array([1.0, 1.0]), -1.5


@wrong("xor_weights", "too close to a sample")
def has_its_second_threshold_too_low():
    return np.array([[1.0, -1.0], [1.0, -1.0]]), np.array([-0.5, 1.15]), np.array([1.0, 1.0]), -1.5


@wrong("xor_weights", "XOR is -1, 1, 1, -1")
def tells_the_inputs_apart_on_one_side_only():
    return np.array([[1.0, 0.0], [-1.0, 1.0]]), np.array([-0.5, 0.5]), np.array([1.0, 0.0]), -0.5

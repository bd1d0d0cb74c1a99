"""Wrong answers to the exercises of Day 8."""

import numpy as np

from wrong_answers import wrong


@wrong("dropout_layer", "rate is the probability to DROP")
def keeps_with_probability_rate(a, rate, rng, training):
    if not training:
        return a
    return a * (rng.random(a.shape) < rate) / rate


@wrong("dropout_layer", "must be divided by 1 - rate")
def forgets_to_scale(a, rate, rng, training):
    return np.where(rng.random(a.shape) < rate, 0, a) if training else a


@wrong("dropout_layer", "divide by 1 - rate, not by rate")
def divides_by_rate(a, rate, rng, training):
    if training:
        keep = rng.random(a.shape) > rate
        return a * keep / rate
    return a


@wrong("dropout_layer", "divide by 1 - rate, do not multiply")
def multiplies_by_what_is_kept(a, rate, rng, training):
    if training:
        return a * rng.binomial(1, 1 - rate, size=a.shape) * (1 - rate)
    return a


@wrong("dropout_layer", "once, not twice")
def scales_the_mask_and_the_output(a, rate, rng, training):
    if not training:
        return a
    mask = (rng.random(a.shape) >= rate) / (1 - rate)
    return a * mask / (1 - rate)


@wrong("dropout_layer", "has done its scaling in training")
def scales_at_inference(a, rate, rng, training):
    if training:
        return a * (rng.random(a.shape) >= rate)
    return a * (1 - rate)


@wrong("dropout_layer", "nothing is dropped when training is False")
def drops_in_both_modes(a, rate, rng, training):
    return a * (rng.random(a.shape) >= rate) / (1 - rate)


@wrong("dropout_layer", "nothing is dropped when training is False")
def swaps_the_modes(a, rate, rng, training):
    if training:
        return a
    return a * (rng.random(a.shape) >= rate) / (1 - rate)


@wrong("dropout_layer", "all rows share one draw")
def draws_one_mask_for_all_rows(a, rate, rng, training):
    if not training:
        return a
    return a * (rng.random(a.shape[-1]) >= rate) / (1 - rate)


@wrong("dropout_layer", "each row shares one draw")
def drops_whole_rows(a, rate, rng, training):
    if not training:
        return a
    keep = rng.random((len(a),) + (1,) * (a.ndim - 1)) >= rate
    return np.where(keep, a / (1 - rate), 0)


@wrong("dropout_layer", "the whole array shares one draw")
def draws_a_single_number(a, rate, rng, training):
    if training and rng.random() < rate:
        return np.zeros(a.shape)
    return a / (1 - rate) if training else a


@wrong("dropout_layer", "draw from the argument rng, not from np.random")
def ignores_the_generator(a, rate, rng, training):
    if not training:
        return a
    return a * (np.random.rand(*a.shape) >= rate) / (1 - rate)


@wrong("dropout_layer", "do not make or seed one inside")
def makes_a_generator_inside(a, rate, rng, training):
    rng = np.random.default_rng(42)
    return a * (rng.random(a.shape) >= rate) / (1 - rate) if training else a


@wrong("dropout_layer", "the number kept is not fixed in advance")
def drops_a_fixed_number(a, rate, rng, training):
    if not training:
        return a
    out = np.array(a, dtype=float).ravel()
    out[rng.permutation(out.size)[:int(rate * out.size)]] = 0
    return out.reshape(a.shape) / (1 - rate)


@wrong("dropout_layer", "the number kept is not fixed in advance")
def drops_a_fixed_number_in_each_row(a, rate, rng, training):
    if not training:
        return a
    order = rng.random(a.shape).argsort(axis=-1)
    return a * (order >= int(rate * a.shape[-1])) / (1 - rate)


@wrong("dropout_layer", "not by the share that happened to be kept")
def divides_by_the_share_that_was_kept(a, rate, rng, training):
    if not training:
        return a
    keep = rng.random(a.shape) >= rate
    return a * keep / keep.mean()


@wrong("dropout_layer", "not by the share that happened to be kept")
def divides_each_column_by_its_share(a, rate, rng, training):
    if not training:
        return a
    keep = rng.random(a.shape) >= rate
    return a * keep / keep.mean(axis=0).clip(1e-9)


@wrong("dropout_layer", "changed in place")
def writes_zeros_into_a(a, rate, rng, training):
    if not training:
        return a
    a[rng.random(a.shape) < rate] = 0
    return a / (1 - rate)


@wrong("dropout_layer", "becomes exactly 0")
def adds_gaussian_noise(a, rate, rng, training):
    return a + rng.normal(0, np.sqrt(rate / (1 - rate)), a.shape) if training else a


@wrong("dropout_layer", "drawn evenly between 0 and 1")
def draws_from_a_normal_distribution(a, rate, rng, training):
    return a * (rng.normal(size=a.shape) >= rate) / (1 - rate) if training else a


@wrong("dropout_layer", "without the mask")
def returns_the_mask_too(a, rate, rng, training):
    mask = rng.random(a.shape) >= rate if training else np.ones(a.shape, dtype=bool)
    return (a * mask / (1 - rate) if training else a), mask


@wrong("dropout_layer", "that is the mask alone")
def returns_the_scaled_mask(a, rate, rng, training):
    if not training:
        return a
    return (rng.random(a.shape) >= rate) / (1 - rate)


@wrong("dropout_layer", "integers in, floats out")
def fills_an_array_of_the_same_type(a, rate, rng, training):
    if not training:
        return a
    out, keep = np.zeros_like(a), rng.random(a.shape) >= rate
    out[keep] = a[keep] / (1 - rate)
    return out


@wrong("dropout_layer", "returns nothing")
def forgets_the_other_mode(a, rate, rng, training):
    if training:
        return a * (rng.random(a.shape) >= rate) / (1 - rate)


def _call(x, state, momentum, training, epsilon=1e-3, axis=0, variance=None, spread=lambda v, e: np.sqrt(v + e), running=None):
    """The right answer with one thing changed."""
    running = running or (lambda old, batch: momentum * old + (1 - momentum) * batch)
    if not training:
        return (x - state["mean"]) / spread(state["var"], epsilon), state
    mean, var = x.mean(axis=axis), (variance or (lambda x: x.var(axis=axis)))(x)
    return (x - mean) / spread(var, epsilon), {"mean": running(state["mean"], mean), "var": running(state["var"], var)}


@wrong("batchnorm_call", "momentum is the share of the OLD value")
def swaps_the_shares(x, state, momentum, training, epsilon=1e-3):
    return _call(x, state, momentum, training, epsilon, running=lambda old, batch: (1 - momentum) * old + momentum * batch)


@wrong("batchnorm_call", "that is the batch's")
def keeps_the_last_batch_alone(x, state, momentum, training, epsilon=1e-3):
    return _call(x, state, momentum, training, epsilon, running=lambda old, batch: batch)


@wrong("batchnorm_call", "a plain average")
def averages_old_and_new(x, state, momentum, training, epsilon=1e-3):
    return _call(x, state, momentum, training, epsilon, running=lambda old, batch: (old + batch) / 2)


@wrong("batchnorm_call", "do not fix it at 0.9")
def fixes_the_momentum(x, state, momentum, training, epsilon=1e-3):
    return _call(x, state, 0.9, training, epsilon)


@wrong("batchnorm_call", "do not fix it at 0.99")
def fixes_the_momentum_of_keras(x, state, momentum, training, epsilon=1e-3):
    return _call(x, state, 0.99, training, epsilon)


@wrong("batchnorm_call", "the factor 1 - momentum of the batch is missing")
def adds_the_whole_batch(x, state, momentum, training, epsilon=1e-3):
    return _call(x, state, momentum, training, epsilon, running=lambda old, batch: momentum * old + batch)


@wrong("batchnorm_call", "leak: inference has changed the running statistics")
def updates_in_both_modes(x, state, momentum, training, epsilon=1e-3):
    batch = {"mean": x.mean(axis=0), "var": x.var(axis=0)}
    new = {key: momentum * state[key] + (1 - momentum) * batch[key] for key in state}
    use = batch if training else state
    return (x - use["mean"]) / np.sqrt(use["var"] + epsilon), new


@wrong("batchnorm_call", "statistics of the batch, so an answer depends on its neighbors")
def uses_the_batch_at_inference(x, state, momentum, training, epsilon=1e-3):
    out, new = _call(x, state, momentum, True, epsilon)
    return out, new if training else state


@wrong("batchnorm_call", "the test batch was mixed into the statistics")
def uses_updated_statistics_at_inference(x, state, momentum, training, epsilon=1e-3):
    out, new = _call(x, state, momentum, True, epsilon)
    if training:
        return out, new
    return _call(x, new, momentum, False, epsilon)[0], state


@wrong("batchnorm_call", "use the batch's statistics, not the running ones")
def uses_the_running_statistics_in_training(x, state, momentum, training, epsilon=1e-3):
    out, _ = _call(x, state, momentum, False, epsilon)
    return out, _call(x, state, momentum, training, epsilon)[1]


@wrong("batchnorm_call", "the batch's statistics, not the updated running ones")
def normalizes_with_the_updated_statistics(x, state, momentum, training, epsilon=1e-3):
    new = _call(x, state, momentum, training, epsilon)[1]
    return (x - new["mean"]) / np.sqrt(new["var"] + epsilon), new


@wrong("batchnorm_call", "training: the variance divides by n, not by n - 1")
def takes_ddof_1(x, state, momentum, training, epsilon=1e-3):
    return _call(x, state, momentum, training, epsilon, variance=lambda x: x.var(axis=0, ddof=1))


@wrong("batchnorm_call", 'new "var": the variance divides by n, not by n - 1')
def stores_the_unbiased_variance(x, state, momentum, training, epsilon=1e-3):
    out, new = _call(x, state, momentum, training, epsilon)
    if training:
        new["var"] = momentum * state["var"] + (1 - momentum) * x.var(axis=0, ddof=1)
    return out, new


@wrong("batchnorm_call", "average the variance, not its root")
def averages_the_standard_deviation(x, state, momentum, training, epsilon=1e-3):
    out, new = _call(x, state, momentum, training, epsilon)
    if training:
        new["var"] = momentum * state["var"] + (1 - momentum) * x.std(axis=0)
    return out, new


@wrong("batchnorm_call", "epsilon is for the division only")
def stores_the_variance_plus_epsilon(x, state, momentum, training, epsilon=1e-3):
    if not training:
        return (x - state["mean"]) / np.sqrt(state["var"] + epsilon), state
    mean, var = x.mean(0), x.var(0) + epsilon
    return (x - mean) / np.sqrt(var), {"mean": momentum * state["mean"] + (1 - momentum) * mean,
                                       "var": momentum * state["var"] + (1 - momentum) * var}


@wrong("batchnorm_call", 'new "var": not updated in training')
def updates_the_mean_alone(x, state, momentum, training, epsilon=1e-3):
    out, new = _call(x, state, momentum, training, epsilon)
    return out, {**state, "mean": new["mean"]}


@wrong("batchnorm_call", "state was changed in place")
def assigns_into_the_state(x, state, momentum, training, epsilon=1e-3):
    out, new = _call(x, state, momentum, training, epsilon)
    state["mean"], state["var"] = new["mean"], new["var"]
    return out, state


@wrong("batchnorm_call", "state was changed in place")
def updates_the_arrays_of_a_shallow_copy(x, state, momentum, training, epsilon=1e-3):
    new = dict(state)
    if not training:
        return (x - new["mean"]) / np.sqrt(new["var"] + epsilon), new
    new["mean"] += (1 - momentum) * (x.mean(axis=0) - new["mean"])
    new["var"] += (1 - momentum) * (x.var(axis=0) - new["var"])
    return (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + epsilon), new


@wrong("batchnorm_call", "x was changed in place")
def centers_x_in_place(x, state, momentum, training, epsilon=1e-3):
    out, new = _call(x, state, momentum, training, epsilon)
    x -= x.mean(axis=0)
    return out, new


@wrong("batchnorm_call", "one mean for all features")
def forgets_the_axis(x, state, momentum, training, epsilon=1e-3):
    return _call(x, state, momentum, training, epsilon, axis=None)


@wrong("batchnorm_call", "The statistics are those of a column: axis=0")
def normalizes_the_rows(x, state, momentum, training, epsilon=1e-3):
    if not training:
        return (x - state["mean"]) / np.sqrt(state["var"] + epsilon), state
    mean, var = x.mean(axis=1, keepdims=True), x.var(axis=1, keepdims=True)
    return (x - mean) / np.sqrt(var + epsilon), {"mean": momentum * state["mean"] + (1 - momentum) * mean,
                                                 "var": momentum * state["var"] + (1 - momentum) * var}


@wrong("batchnorm_call", "epsilon belongs under the root")
def adds_epsilon_to_the_root(x, state, momentum, training, epsilon=1e-3):
    return _call(x, state, momentum, training, epsilon, spread=lambda v, e: np.sqrt(v) + e)


@wrong("batchnorm_call", "epsilon is missing")
def forgets_epsilon(x, state, momentum, training, epsilon=1e-3):
    return _call(x, state, momentum, training, epsilon, spread=lambda v, e: np.sqrt(v))


@wrong("batchnorm_call", "inference: epsilon is missing")
def forgets_epsilon_at_inference(x, state, momentum, training, epsilon=1e-3):
    return _call(x, state, momentum, training, epsilon if training else 0)


@wrong("batchnorm_call", "epsilon is an argument")
def writes_epsilon_as_a_number(x, state, momentum, training, epsilon=1e-3):
    return _call(x, state, momentum, training, 0.001)


@wrong("batchnorm_call", "the root is missing")
def divides_by_the_variance(x, state, momentum, training, epsilon=1e-3):
    return _call(x, state, momentum, training, epsilon, spread=lambda v, e: v + e)


@wrong("batchnorm_call", "return two things")
def returns_the_output_alone(x, state, momentum, training, epsilon=1e-3):
    return _call(x, state, momentum, training, epsilon)[0]


@wrong("batchnorm_call", "first the output, then the new state")
def returns_the_state_first(x, state, momentum, training, epsilon=1e-3):
    return _call(x, state, momentum, training, epsilon)[::-1]


@wrong("batchnorm_call", "with training=False: return two things")
def returns_no_state_at_inference(x, state, momentum, training, epsilon=1e-3):
    out, new = _call(x, state, momentum, training, epsilon)
    return (out, new) if training else out


def _folded(W, b, gamma, beta, mean, var, epsilon, s=None, kernel=None, bias=None):
    """The right answer with one thing changed."""
    s = gamma / np.sqrt(var + epsilon) if s is None else s
    return W * s[:, None] if kernel is None else kernel(s), b + (beta - mean * s) @ W if bias is None else bias(s)


@wrong("fold_before", "you scaled the columns of W")
def scales_the_columns(W, b, gamma, beta, mean, var, epsilon=1e-3):
    s = gamma / np.sqrt(var + epsilon)
    return W * s, b + (beta - mean * s) @ W


@wrong("fold_before", "the formula for batch normalization AFTER Dense")
def takes_the_bias_of_the_other_order(W, b, gamma, beta, mean, var, epsilon=1e-3):
    return _folded(W, b, gamma, beta, mean, var, epsilon, bias=lambda s: (b - mean) * s + beta)


@wrong("fold_before", "bias: unchanged")
def leaves_the_bias(W, b, gamma, beta, mean, var, epsilon=1e-3):
    return W * (gamma / np.sqrt(var + epsilon))[:, np.newaxis], b


@wrong("fold_before", "kernel: unchanged")
def leaves_the_kernel(W, b, gamma, beta, mean, var, epsilon=1e-3):
    return _folded(W, b, gamma, beta, mean, var, epsilon, kernel=lambda s: W)


@wrong("fold_before", "beta is missing")
def forgets_beta(W, b, gamma, beta, mean, var, epsilon=1e-3):
    return _folded(W, b, gamma, beta, mean, var, epsilon, bias=lambda s: b - (mean * s) @ W)


@wrong("fold_before", "the mean is missing")
def forgets_the_mean(W, b, gamma, beta, mean, var, epsilon=1e-3):
    return _folded(W, b, gamma, beta, mean, var, epsilon, bias=lambda s: b + beta @ W)


@wrong("fold_before", "so it is scaled by s too")
def leaves_the_mean_unscaled(W, b, gamma, beta, mean, var, epsilon=1e-3):
    return _folded(W, b, gamma, beta, mean, var, epsilon, bias=lambda s: b + (beta - mean) @ W)


@wrong("fold_before", "the sign of the mean")
def adds_the_mean(W, b, gamma, beta, mean, var, epsilon=1e-3):
    return _folded(W, b, gamma, beta, mean, var, epsilon, bias=lambda s: b + (beta + mean * s) @ W)


@wrong("fold_before", "beta is added after the scaling")
def scales_beta_too(W, b, gamma, beta, mean, var, epsilon=1e-3):
    return _folded(W, b, gamma, beta, mean, var, epsilon, bias=lambda s: b + ((beta - mean) * s) @ W)


@wrong("fold_before", "the old bias is missing")
def forgets_the_old_bias(W, b, gamma, beta, mean, var, epsilon=1e-3):
    return _folded(W, b, gamma, beta, mean, var, epsilon, bias=lambda s: (beta - mean * s) @ W)


@wrong("fold_before", "the shift must pass through W")
def adds_the_shift_to_the_bias(W, b, gamma, beta, mean, var, epsilon=1e-3):
    return _folded(W, b, gamma, beta, mean, var, epsilon, bias=lambda s: b + beta - mean * s)


@wrong("fold_before", "which would scale it twice")
def sends_the_shift_through_the_folded_kernel(W, b, gamma, beta, mean, var, epsilon=1e-3):
    s = gamma / np.sqrt(var + epsilon)
    kernel = W * s[:, None]
    return kernel, b + (beta - mean * s) @ kernel


@wrong("fold_before", "the shift times W transposed")
def multiplies_from_the_left(W, b, gamma, beta, mean, var, epsilon=1e-3):
    return _folded(W, b, gamma, beta, mean, var, epsilon, bias=lambda s: b + np.dot(W, beta - mean * s))


@wrong("fold_before", "the old bias is not scaled")
def scales_the_old_bias(W, b, gamma, beta, mean, var, epsilon=1e-3):
    return _folded(W, b, gamma, beta, mean, var, epsilon, bias=lambda s: b * s + (beta - mean * s) @ W)


@wrong("fold_before", "the root is missing")
def divides_by_the_variance_in_s(W, b, gamma, beta, mean, var, epsilon=1e-3):
    return _folded(W, b, gamma, beta, mean, var, epsilon, s=gamma / (var + epsilon))


@wrong("fold_before", "gamma is missing")
def forgets_gamma(W, b, gamma, beta, mean, var, epsilon=1e-3):
    return _folded(W, b, gamma, beta, mean, var, epsilon, s=1 / np.sqrt(var + epsilon))


@wrong("fold_before", "the division is missing")
def scales_by_gamma_alone(W, b, gamma, beta, mean, var, epsilon=1e-3):
    return _folded(W, b, gamma, beta, mean, var, epsilon, s=gamma)


@wrong("fold_before", "epsilon is missing under the root")
def forgets_epsilon_in_s(W, b, gamma, beta, mean, var, epsilon=1e-3):
    return _folded(W, b, gamma, beta, mean, var, 0)


@wrong("fold_before", "epsilon is missing under the root")
def forgets_epsilon_in_the_bias(W, b, gamma, beta, mean, var, epsilon=1e-3):
    return _folded(W, b, gamma, beta, mean, var, epsilon, bias=lambda s: b + (beta - mean * gamma / np.sqrt(var)) @ W)


@wrong("fold_before", "do not write 1e-3")
def writes_epsilon_as_a_number_in_s(W, b, gamma, beta, mean, var, epsilon=1e-3):
    return _folded(W, b, gamma, beta, mean, var, 1e-3)


@wrong("fold_before", "epsilon belongs under the root")
def adds_epsilon_to_the_root_in_s(W, b, gamma, beta, mean, var, epsilon=1e-3):
    return _folded(W, b, gamma, beta, mean, var, epsilon, s=gamma / (np.sqrt(var) + epsilon))


@wrong("fold_before", "changed in place")
def scales_the_kernel_in_place(W, b, gamma, beta, mean, var, epsilon=1e-3):
    s = gamma / np.sqrt(var + epsilon)
    bias = b + (beta - mean * s) @ W
    W *= s[:, None]
    return W, bias


@wrong("fold_before", "kernel: it was transposed")
def returns_the_kernel_transposed(W, b, gamma, beta, mean, var, epsilon=1e-3):
    return _folded(W, b, gamma, beta, mean, var, epsilon, kernel=lambda s: W.T * s)


@wrong("fold_before", "return two arrays")
def returns_the_kernel_alone(W, b, gamma, beta, mean, var, epsilon=1e-3):
    return W * (gamma / np.sqrt(var + epsilon)).reshape(-1, 1)


@wrong("dropout_layer", "shape (12, 9, 7): all entries along axis 2 share one draw")
def shares_the_draws_over_the_third_axis(a, rate, rng, training):
    if not training:
        return a
    keep = rng.random(a.shape[:2]) >= rate
    return a * keep.reshape(a.shape[:2] + (1,) * (a.ndim - 2)) / (1 - rate)


@wrong("dropout_layer", "shape (12, 9, 7): all entries along axis 0 share one draw")
def draws_for_the_last_two_axes(a, rate, rng, training):
    return a * (rng.random(a.shape[-2:]) >= rate) / (1 - rate) if training else a


@wrong("dropout_layer", "shape (60,): all entries along axis 0 share one draw")
def drops_whole_vectors(a, rate, rng, training):
    if not training:
        return a
    keep = rng.random() >= rate if a.ndim == 1 else rng.random(a.shape) >= rate
    return a * keep / (1 - rate)


@wrong("dropout_layer", "some rows repeat the draws of others")
def repeats_the_draws_of_ten_rows(a, rate, rng, training):
    if not training:
        return a
    draws = rng.random((min(10, len(a)),) + a.shape[1:])
    return np.where(np.resize(draws, a.shape) >= rate, a / (1 - rate), 0)


@wrong("dropout_layer", "rate 0.6 must keep about 40%")
def drops_a_quarter_at_most(a, rate, rng, training):
    return a * (rng.random(a.shape) >= min(rate, 0.5)) / (1 - rate) if training else a


@wrong("batchnorm_call", "inference: epsilon is an argument there too")
def fixes_epsilon_at_inference(x, state, momentum, training, epsilon=1e-3):
    return _call(x, state, momentum, training, epsilon if training else 1e-3)


@wrong("batchnorm_call", "momentum 0 is a momentum")
def takes_momentum_0_for_missing(x, state, momentum, training, epsilon=1e-3):
    return _call(x, state, momentum or 0.99, training, epsilon)


@wrong("batchnorm_call", "epsilon 0 is an epsilon")
def takes_epsilon_0_for_missing(x, state, momentum, training, epsilon=1e-3):
    return _call(x, state, momentum, training, epsilon or 1e-3)


@wrong("batchnorm_call", "training, a constant feature")
def takes_a_variance_of_0_for_1(x, state, momentum, training, epsilon=1e-3):
    return _call(x, state, momentum, training, epsilon, variance=lambda x: np.where(np.ptp(x, axis=0) == 0, 1, x.var(axis=0)))


@wrong("batchnorm_call", "it is its own mean, so the output is 0")
def takes_the_running_statistics_for_a_batch_of_one(x, state, momentum, training, epsilon=1e-3):
    out, new = _call(x, state, momentum, training, epsilon)
    return (_call(x, state, momentum, False, epsilon)[0] if len(x) == 1 else out), new


@wrong("batchnorm_call", "a batch of one sample: the running statistics move")
def skips_the_update_for_a_batch_of_one(x, state, momentum, training, epsilon=1e-3):
    out, new = _call(x, state, momentum, training, epsilon)
    return out, (state if len(x) == 1 else new)


@wrong("batchnorm_call", "loses the small one")
def subtracts_the_square_of_the_mean(x, state, momentum, training, epsilon=1e-3):
    return _call(x, state, momentum, training, epsilon, variance=lambda x: np.maximum((x**2).mean(axis=0) - x.mean(axis=0)**2, 0))


@wrong("fold_before", "Do not divide by gamma or s")
def divides_the_shift_by_s(W, b, gamma, beta, mean, var, epsilon=1e-3):
    s = gamma / np.sqrt(var + epsilon)
    kernel = W * s[:, None]
    return kernel, b + (beta / s - mean) @ kernel


@wrong("fold_before", "also for one input or one output")
def squeezes_the_kernel(W, b, gamma, beta, mean, var, epsilon=1e-3):
    kernel, bias = _folded(W, b, gamma, beta, mean, var, epsilon)
    return kernel.squeeze(), bias


@wrong("fold_before", "also for one input or one output")
def squeezes_the_bias(W, b, gamma, beta, mean, var, epsilon=1e-3):
    kernel, bias = _folded(W, b, gamma, beta, mean, var, epsilon)
    return kernel, bias.squeeze()


@wrong("fold_before", "s keeps its sign")
def takes_gamma_for_positive(W, b, gamma, beta, mean, var, epsilon=1e-3):
    return _folded(W, b, np.abs(gamma), beta, mean, var, epsilon)


@wrong("fold_before", "called without epsilon")
def changes_the_default_of_epsilon(W, b, gamma, beta, mean, var, epsilon=1e-5):
    return _folded(W, b, gamma, beta, mean, var, epsilon)

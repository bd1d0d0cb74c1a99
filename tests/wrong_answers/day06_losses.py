"""Wrong answers to the exercises of Day 6."""

import math

import numpy as np

from wrong_answers import wrong


@wrong("expected_losses", "even guess: use the natural logarithm")
def takes_base_2(y, k):
    shares = np.bincount(y, minlength=k) / len(y)
    return math.log2(k), -np.log2(shares[y]).mean()


@wrong("expected_losses", "shares: use the natural logarithm")
def takes_base_2_for_the_shares(y, k):
    shares = np.bincount(y, minlength=k) / len(y)
    return math.log(k), -np.log2(shares[y]).mean()


@wrong("expected_losses", "also those that do not occur")
def counts_the_classes_in_y(y, k):
    shares = np.bincount(y) / len(y)
    return math.log(len(np.unique(y))), -np.log(shares[y]).mean()


@wrong("expected_losses", "even guess: the mean over the samples, not the sum")
def takes_the_sum(y, k):
    shares = np.bincount(y, minlength=k) / len(y)
    return len(y) * math.log(k), -np.log(shares[y]).sum()


@wrong("expected_losses", "shares: the mean over the samples, not the sum")
def takes_the_sum_for_the_shares(y, k):
    shares = np.bincount(y, minlength=k) / len(y)
    return math.log(k), -np.log(shares[y]).sum()


@wrong("expected_losses", "the sign is turned")
def forgets_the_minus(y, k):
    shares = np.bincount(y, minlength=k) / len(y)
    return math.log(1 / k), np.log(shares[y]).mean()


@wrong("expected_losses", "1/k is the probability")
def returns_the_probability(y, k):
    shares = np.bincount(y, minlength=k) / len(y)
    return 1 / k, -np.log(shares[y]).mean()


@wrong("expected_losses", "0 * ln 0 gave nan")
def multiplies_zero_by_infinity(y, k):
    shares = np.bincount(y, minlength=k) / len(y)
    return math.log(k), -(shares * np.log(shares)).sum()


@wrong("expected_losses", "counts rare ones too much")
def averages_over_the_classes(y, k):
    shares = np.bincount(y, minlength=k) / len(y)
    return math.log(k), -np.log(shares[shares > 0]).mean()


@wrong("expected_losses", "averaged after the logarithm")
def averages_the_probabilities(y, k):
    shares = np.bincount(y, minlength=k) / len(y)
    return math.log(k), -math.log(shares[y].mean())


@wrong("expected_losses", "largest class's share")
def answers_the_largest_class(y, k):
    return math.log(k), -math.log(np.bincount(y).max() / len(y))


@wrong("expected_losses", "divide the counts by n")
def forgets_to_divide_the_counts(y, k):
    return math.log(k), -np.log(np.bincount(y)[y]).mean()


@wrong("expected_losses", "have changed places")
def swaps_the_two(y, k):
    shares = np.bincount(y, minlength=k) / len(y)
    return -np.log(shares[y]).mean(), math.log(k)


@wrong("expected_losses", "is it ln 0?")
def loops_over_all_classes(y, k):
    shares = np.bincount(y, minlength=k) / len(y)
    return math.log(k), -sum(share * math.log(share) for share in shares)


@wrong("expected_losses", "single numbers")
def returns_a_loss_for_each_sample(y, k):
    shares = np.bincount(y, minlength=k) / len(y)
    return math.log(k), -np.log(shares[y])


def _xent(z, y, shift=lambda z: z.max(axis=1, keepdims=True), axis=1):
    """Losses, probabilities and one-hot targets."""
    z = z - shift(z)
    log_p = z - np.log(np.exp(z).sum(axis=axis, keepdims=True))
    return -log_p[np.arange(len(y)), y], np.exp(log_p), np.eye(z.shape[1])[y]


@wrong("mean_cross_entropy", "mean over the batch, not the sum")
def sums_the_losses(z, y):
    losses, p, Y = _xent(z, y)
    return losses.sum(), p - Y


@wrong("mean_cross_entropy", "the gradient of the MEAN loss")
def forgets_n_in_the_gradient(z, y):
    losses, p, Y = _xent(z, y)
    return losses.mean(), p - Y


@wrong("mean_cross_entropy", "divided by n twice")
def divides_by_n_twice(z, y):
    losses, p, Y = _xent(z, y)
    return losses.mean(), (p - Y) / len(y)**2


@wrong("mean_cross_entropy", "predicted minus true")
def turns_the_gradient(z, y):
    losses, p, Y = _xent(z, y)
    return losses.mean(), (Y - p) / len(y)


@wrong("mean_cross_entropy", "subtract the one-hot target")
def returns_the_probabilities(z, y):
    losses, p, Y = _xent(z, y)
    return losses.mean(), p / len(y)


@wrong("mean_cross_entropy", "at the true class only")
def forgets_the_other_classes(z, y):
    losses, p, Y = _xent(z, y)
    return losses.mean(), (p - Y) * Y / len(y)


@wrong("mean_cross_entropy", "is not finite")
def takes_the_log_of_the_softmax(z, y):
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    return -np.log(p[np.arange(len(y)), y]).mean(), (p - np.eye(z.shape[1])[y]) / len(y)


@wrong("mean_cross_entropy", "never take the logarithm of a probability")
def takes_the_log_of_a_stable_softmax(z, y):
    losses, p, Y = _xent(z, y)
    return -np.log(p[np.arange(len(y)), y]).mean(), (p - Y) / len(y)


@wrong("mean_cross_entropy", "clipped?")
def clips_the_probabilities(z, y):
    losses, p, Y = _xent(z, y)
    return -np.log(np.clip(p, 1e-7, 1)[np.arange(len(y)), y]).mean(), (p - Y) / len(y)


@wrong("mean_cross_entropy", "Subtract each row's largest logit")
def takes_one_maximum(z, y):
    losses, p, Y = _xent(z, y, shift=lambda z: z.max())
    return losses.mean(), (p - Y) / len(y)


@wrong("mean_cross_entropy", "largest logit")
def shifts_by_the_mean(z, y):
    losses, p, Y = _xent(z, y, shift=lambda z: z.mean(axis=1, keepdims=True))
    return losses.mean(), (p - Y) / len(y)


@wrong("mean_cross_entropy", "along the last axis")
def runs_over_the_samples(z, y):
    losses, p, Y = _xent(z, y, axis=0)
    return losses.mean(), (p - Y) / len(y)


@wrong("mean_cross_entropy", "changed in place")
def shifts_in_place(z, y):
    z -= z.max(axis=1, keepdims=True)
    losses, p, Y = _xent(z, y)
    return losses.mean(), (p - Y) / len(y)


@wrong("mean_cross_entropy", "the loss is one number")
def returns_the_losses(z, y):
    losses, p, Y = _xent(z, y)
    return losses, (p - Y) / len(y)


@wrong("mean_cross_entropy", "sign of the loss")
def forgets_the_minus_sign(z, y):
    losses, p, Y = _xent(z, y)
    return -losses.mean(), (p - Y) / len(y)


def _smoothing(z, y, eps, target=lambda Y, eps, k: (1 - eps) * Y + eps / k, sign=-1.0, reduce=np.sum, center=lambda b: b - b.mean(axis=1, keepdims=True)):
    """The right answer with one thing changed."""
    k = z.shape[1]
    t = target(np.eye(k)[y], eps, k)
    z = z - z.max(axis=1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    return sign * reduce(t * log_p, axis=1), center(np.log(np.maximum(t, 1e-300)))


@wrong("smoothing", "eps is not used")
def forgets_eps(z, y, eps):
    return _smoothing(z, y, eps, target=lambda Y, eps, k: Y)


@wrong("smoothing", "not eps / (k - 1)")
def spreads_over_the_others(z, y, eps):
    return _smoothing(z, y, eps, target=lambda Y, eps, k: (1 - eps) * Y + (1 - Y) * eps / (k - 1))


@wrong("smoothing", "the true one included")
def forgets_the_share_of_the_true_class(z, y, eps):
    return _smoothing(z, y, eps, target=lambda Y, eps, k: (1 - eps) * Y + (1 - Y) * eps / k)


@wrong("smoothing", "the true class loses eps")
def adds_without_taking(z, y, eps):
    return _smoothing(z, y, eps, target=lambda Y, eps, k: Y + eps / k)


@wrong("smoothing", "each class gets eps / k, not eps")
def gives_each_class_eps(z, y, eps):
    return _smoothing(z, y, eps, target=lambda Y, eps, k: (1 - eps) * Y + eps)


@wrong("smoothing", "of the other classes is missing")
def smooths_the_true_class_only(z, y, eps):
    return _smoothing(z, y, eps, target=lambda Y, eps, k: (1 - eps + eps / k) * Y)


@wrong("smoothing", "the sign is turned")
def forgets_the_minus_of_the_loss(z, y, eps):
    return _smoothing(z, y, eps, sign=1.0)


@wrong("smoothing", "log-sum-exp is missing")
def forgets_the_log_sum_exp(z, y, eps):
    _, best = _smoothing(z, y, eps)
    t = (1 - eps) * np.eye(z.shape[1])[y] + eps / z.shape[1]
    return -(t * z).sum(axis=1), best


@wrong("smoothing", "a sum over the classes, not a mean")
def takes_the_mean_over_the_classes(z, y, eps):
    return _smoothing(z, y, eps, reduce=np.mean)


@wrong("smoothing", "one loss for each sample")
def takes_the_mean_over_the_batch(z, y, eps):
    losses, best = _smoothing(z, y, eps)
    return losses.mean(), best


@wrong("smoothing", "logits of ±1000")
def overflows(z, y, eps):
    _, best = _smoothing(z, y, eps)
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    t = (1 - eps) * np.eye(z.shape[1])[y] + eps / z.shape[1]
    return -(t * np.log(p)).sum(axis=1), best


@wrong("smoothing", "each row shifted by its maximum")
def shifts_by_the_largest_of_all(z, y, eps):
    _, best = _smoothing(z, y, eps)
    z = z - z.max()
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    t = (1 - eps) * np.eye(z.shape[1])[y] + eps / z.shape[1]
    return -(t * log_p).sum(axis=1), best


@wrong("smoothing", "these are the targets")
def returns_the_targets(z, y, eps):
    losses, _ = _smoothing(z, y, eps)
    return losses, (1 - eps) * np.eye(z.shape[1])[y] + eps / z.shape[1]


@wrong("smoothing", "the rows must have the mean 0")
def forgets_the_mean(z, y, eps):
    return _smoothing(z, y, eps, center=lambda b: b)


@wrong("smoothing", "not its maximum")
def subtracts_the_maximum(z, y, eps):
    return _smoothing(z, y, eps, center=lambda b: b - b.max(axis=1, keepdims=True))


@wrong("mean_cross_entropy", "1 is subtracted from every probability")
def subtracts_1_everywhere(z, y):
    losses, p, Y = _xent(z, y)
    return losses.mean(), (p - 1) / len(y)


@wrong("mean_cross_entropy", "1 is subtracted in every row at the classes of all samples")
def subtracts_1_in_whole_columns(z, y):
    losses, p, Y = _xent(z, y)
    p[:, y] -= 1
    return losses.mean(), p / len(y)


@wrong("mean_cross_entropy", "y was taken for the numbers of rows")
def subtracts_1_in_whole_rows(z, y):
    losses, p, Y = _xent(z, y)
    p[y] -= 1
    return losses.mean(), p / len(y)


@wrong("mean_cross_entropy", "not one of the two")
def divides_the_one_hot_target_alone(z, y):
    losses, p, Y = _xent(z, y)
    return losses.mean(), p - Y / len(y)


@wrong("mean_cross_entropy", "not by the number of classes")
def divides_the_loss_by_k(z, y):
    losses, p, Y = _xent(z, y)
    return losses.sum() / z.shape[1], (p - Y) / len(y)


@wrong("mean_cross_entropy", "not by the number of classes or of all logits")
def takes_the_mean_over_all_logits_for_the_gradient(z, y):
    losses, p, Y = _xent(z, y)
    return losses.mean(), (p - Y) / z.size


@wrong("mean_cross_entropy", "of the mean probability")
def takes_the_log_of_the_mean(z, y):
    _, p, Y = _xent(z, y)
    return -np.log(p[np.arange(len(y)), y].mean()), (p - Y) / len(y)


@wrong("mean_cross_entropy", "the log-sum-exp is missing")
def returns_the_true_logit(z, y):
    _, p, Y = _xent(z, y)
    return -z[np.arange(len(y)), y].mean(), (p - Y) / len(y)


@wrong("mean_cross_entropy", "work in float64")
def works_in_single_precision(z, y):
    losses, p, Y = _xent(z.astype(np.float32), y)
    return losses.mean(), (p - Y) / len(y)


@wrong("mean_cross_entropy", "ln(p + eps)?")
def adds_a_little_inside_the_logarithm(z, y):
    shifted = z - z.max(axis=1, keepdims=True)
    _, p, Y = _xent(z, y)
    losses = np.log(np.exp(shifted).sum(axis=1) + 1e-7) - shifted[np.arange(len(y)), y]
    return losses.mean(), (p - Y) / len(y)


@wrong("mean_cross_entropy", "gradients differ by up to")
def divides_by_three_at_most(z, y):
    losses, p, Y = _xent(z, y)
    return losses.mean(), (p - Y) / min(len(y), 3)


@wrong("smoothing", "the losses are")
def smooths_by_a_half_at_most(z, y, eps):
    return _smoothing(z, y, min(eps, 0.5))


@wrong("smoothing", "the losses are")
def smooths_by_a_hundredth_at_least(z, y, eps):
    return _smoothing(z, y, max(eps, 0.01))


def _descends(z, y, eps, steps):
    losses, _ = _smoothing(z, y, eps)
    k = z.shape[1]
    target, best = (1 - eps) * np.eye(k)[y] + eps / k, np.zeros(z.shape)
    for _ in range(steps):
        p = np.exp(best - best.max(axis=1, keepdims=True))
        best -= p / p.sum(axis=1, keepdims=True) - target
    return losses, best


@wrong("smoothing", "Does a descent end before it is there?")
def descends_for_100_steps(z, y, eps):
    return _descends(z, y, eps, 100)


@wrong("smoothing", "Does a descent end before it is there?")
def descends_for_1000_steps(z, y, eps):
    return _descends(z, y, eps, 1000)


@wrong("smoothing", "the softmax of the best logits is the target")
def knows_the_target_of_small_eps_alone(z, y, eps):
    losses, _ = _smoothing(z, y, eps)
    return losses, _smoothing(z, y, min(eps, 0.5))[1]


@wrong("smoothing", "each row of the best logits has the mean 0")
def moves_the_true_logit_to_the_gap(z, y, eps):
    losses, best = _smoothing(z, y, eps)
    return losses, best + (eps < 0.2)

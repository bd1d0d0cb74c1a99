"""Wrong answers to the exercises of Day 13."""

import numpy as np

from wrong_answers import wrong


def _plus(s):
    """log(1 + exp(s)), exact."""
    return np.logaddexp(0, s)


def _losses(s_real, s_fake, real=None, fake=None, trick=None, mean=np.mean):
    """The right answer with one thing changed."""
    d_loss = (real or (lambda s: mean(_plus(-s))))(s_real) + (fake or (lambda s: mean(_plus(s))))(s_fake)
    return float(d_loss), float((trick or (lambda s: mean(_plus(-s))))(s_fake))


def _sigmoid(s):
    return 1 / (1 + np.exp(-s))


def _from_probabilities(p_real, p_fake, log=np.log):
    return float(-log(p_real).mean() - log(1 - p_fake).mean()), float(-log(p_fake).mean())


@wrong("gan_losses", "you took logits for probabilities")
def takes_logits_for_probabilities(s_real, s_fake):
    with np.errstate(all="ignore"):
        return _from_probabilities(s_real, s_fake)


@wrong("gan_losses", "the sigmoid was applied twice")
def applies_the_sigmoid_before_from_logits(s_real, s_fake):
    with np.errstate(over="ignore"):
        return _losses(_sigmoid(s_real), _sigmoid(s_fake))


@wrong("gan_losses", "work on the logit")
def takes_the_log_of_the_sigmoid(s_real, s_fake):
    with np.errstate(all="ignore"):
        return _from_probabilities(_sigmoid(s_real), _sigmoid(s_fake))


@wrong("gan_losses", "something is clipped")
def clips_the_probabilities(s_real, s_fake):
    with np.errstate(over="ignore"):
        return _from_probabilities(*(np.clip(_sigmoid(s), 1e-7, 1 - 1e-7) for s in (s_real, s_fake)))


@wrong("gan_losses", "an epsilon stands in the logarithm")
def adds_an_epsilon(s_real, s_fake):
    with np.errstate(over="ignore"):
        return _from_probabilities(_sigmoid(s_real), _sigmoid(s_fake), lambda p: np.log(p + 1e-12))


@wrong("gan_losses", "saturating loss")
def takes_the_saturating_loss(s_real, s_fake):
    return _losses(s_real, s_fake, trick=lambda s: -_plus(s).mean())


@wrong("gan_losses", "trains the generator to be recognized")
def gives_the_generator_label_0(s_real, s_fake):
    return _losses(s_real, s_fake, trick=lambda s: _plus(s).mean())


@wrong("gan_losses", "minus d_loss is the saturating game")
def plays_a_zero_sum_game(s_real, s_fake):
    d_loss = _losses(s_real, s_fake)[0]
    return d_loss, -d_loss


@wrong("gan_losses", "there is no factor 1/2")
def averages_the_two_parts(s_real, s_fake):
    d_loss, g_loss = _losses(s_real, s_fake)
    return d_loss / 2, g_loss


@wrong("gan_losses", "one mean over all images")
def averages_over_one_joint_batch(s_real, s_fake):
    return float(_plus(np.concatenate([-s_real, s_fake])).mean()), float(_plus(-s_fake).mean())


@wrong("gan_losses", "take the mean of each part, then add")
def adds_before_the_mean(s_real, s_fake):
    return float((_plus(-s_real) + _plus(s_fake)).mean()), float(_plus(-s_fake).mean())


@wrong("gan_losses", "not the sum")
def sums_over_the_batch(s_real, s_fake):
    return _losses(s_real, s_fake, mean=np.sum)


@wrong("gan_losses", "D is to be near 1 on the REAL images")
def swaps_real_and_fake(s_real, s_fake):
    return _losses(s_real, s_fake, lambda s: _plus(s).mean(), lambda s: _plus(-s).mean())


@wrong("gan_losses", "changed places: return (d_loss, g_loss)")
def returns_the_generator_first(s_real, s_fake):
    return _losses(s_real, s_fake)[::-1]


@wrong("gan_losses", "that is log2")
def takes_log2(s_real, s_fake):
    return tuple(value / float(np.log(2)) for value in _losses(s_real, s_fake))


@wrong("gan_losses", "d_loss: the sign is turned")
def forgets_the_minus(s_real, s_fake):
    return tuple(-value for value in _losses(s_real, s_fake))


@wrong("gan_losses", "that is label smoothing")
def smooths_the_labels_of_the_real(s_real, s_fake):
    return _losses(s_real, s_fake, lambda s: (0.9 * _plus(-s) + 0.1 * _plus(s)).mean())


@wrong("gan_losses", "you changed the caller's logits")
def turns_the_logits_in_place(s_real, s_fake):
    s_real *= -1
    return _losses(-s_real, s_fake)


def _kl(mu, log_var, term=None, reduce=None, gradients=None):
    """The right answer with one thing changed."""
    term = (term or (lambda mu, lv: 0.5 * (mu ** 2 + np.exp(lv) - 1 - lv)))(mu, log_var)
    dmu, dlog_var = (gradients or (lambda mu, lv, n: (mu / n, 0.5 * (np.exp(lv) - 1) / n)))(mu, log_var, len(mu))
    return float((reduce or (lambda a: a.sum(axis=1).mean()))(term)), dmu, dlog_var


@wrong("kl_to_prior", "averaged over the dimensions, too")
def averages_over_everything(mu, log_var):
    return _kl(mu, log_var, reduce=np.mean)


@wrong("kl_to_prior", "summed over the samples: average over them")
def sums_over_everything(mu, log_var):
    return _kl(mu, log_var, reduce=np.sum)


@wrong("kl_to_prior", "not over the samples")
def sums_over_the_other_axis(mu, log_var):
    return _kl(mu, log_var, reduce=lambda a: a.sum(axis=0).mean())


@wrong("kl_to_prior", "a KL is never negative")
def forgets_the_minus_of_the_closed_form(mu, log_var):
    return _kl(mu, log_var, lambda mu, lv: 0.5 * (1 + lv - mu ** 2 - np.exp(lv)))


@wrong("kl_to_prior", "the factor 1/2 is missing")
def forgets_the_half(mu, log_var):
    return _kl(mu, log_var, lambda mu, lv: mu ** 2 + np.exp(lv) - 1 - lv)


@wrong("kl_to_prior", "you took log_var for log sigma")
def takes_log_var_for_log_sigma(mu, log_var):
    return _kl(mu, log_var, lambda mu, lv: 0.5 * (mu ** 2 + np.exp(2 * lv) - 1 - 2 * lv))


@wrong("kl_to_prior", "log_var is a logarithm already")
def takes_log_var_for_the_variance(mu, log_var):
    with np.errstate(all="ignore"):
        return _kl(mu, log_var, lambda mu, v: 0.5 * (mu ** 2 + v - 1 - np.log(v)))


@wrong("kl_to_prior", "log_var is a logarithm already")
def takes_log_var_for_the_standard_deviation(mu, log_var):
    with np.errstate(all="ignore"):
        return _kl(mu, log_var, lambda mu, s: 0.5 * (mu ** 2 + s ** 2 - 1 - np.log(s ** 2)))


@wrong("kl_to_prior", "the two have changed places")
def takes_the_reverse_kl(mu, log_var):
    return _kl(mu, log_var, lambda mu, lv: 0.5 * (lv + (1 + mu ** 2) * np.exp(-np.clip(lv, -50, None)) - 1))


@wrong("kl_to_prior", "its logarithm is lost")
def takes_the_log_of_exp(mu, log_var):
    with np.errstate(divide="ignore"):
        return _kl(mu, log_var, lambda mu, lv: 0.5 * (mu ** 2 + np.exp(lv) - 1 - np.log(np.exp(lv))))


@wrong("kl_to_prior", "dmu: divide by n")
def forgets_n_in_the_gradients(mu, log_var):
    return _kl(mu, log_var, gradients=lambda mu, lv, n: (mu.copy(), 0.5 * (np.exp(lv) - 1)))


@wrong("kl_to_prior", "dmu: divide by n alone")
def divides_the_gradients_by_n_and_d(mu, log_var):
    return _kl(mu, log_var, gradients=lambda mu, lv, n: (mu / mu.size, 0.5 * (np.exp(lv) - 1) / mu.size))


@wrong("kl_to_prior", "dmu and dlog_var have changed places")
def swaps_the_gradients(mu, log_var):
    return _kl(mu, log_var, gradients=lambda mu, lv, n: (0.5 * (np.exp(lv) - 1) / n, mu / n))


@wrong("kl_to_prior", "dlog_var: the sign is turned")
def turns_the_sign_of_the_second_gradient(mu, log_var):
    return _kl(mu, log_var, gradients=lambda mu, lv, n: (mu / n, 0.5 * (1 - np.exp(lv)) / n))


@wrong("kl_to_prior", "dlog_var: the 1/2 is missing")
def forgets_the_half_in_the_second_gradient(mu, log_var):
    return _kl(mu, log_var, gradients=lambda mu, lv, n: (mu / n, (np.exp(lv) - 1) / n))


@wrong("kl_to_prior", "the slope in sigma")
def differentiates_by_sigma(mu, log_var):
    with np.errstate(over="ignore"):
        return _kl(mu, log_var, gradients=lambda mu, lv, n: (mu / n, (np.exp(lv / 2) - np.exp(-lv / 2)) / n))


@wrong("kl_to_prior", "the slope in the variance")
def differentiates_by_the_variance(mu, log_var):
    with np.errstate(over="ignore"):
        return _kl(mu, log_var, gradients=lambda mu, lv, n: (mu / n, 0.5 * (1 - np.exp(-lv)) / n))


@wrong("kl_to_prior", "you changed the caller's mu or log_var")
def takes_exp_in_place(mu, log_var):
    right = _kl(mu, log_var)
    np.exp(log_var, out=log_var)
    return right


def _distances(a, b):
    return np.sqrt(((a[:, None] - b) ** 2).sum(axis=2))


def _coverage(real, fake, k, distances=_distances, radius=None, share=None):
    """The right answer with one thing changed."""
    if not 1 <= k < len(real):
        raise ValueError("k must be from 1 to n - 1")
    r = (radius or (lambda D: np.sort(D, axis=1)[:, k]))(distances(real, real))
    return float((share or (lambda D, r: (D <= r[:, None]).any(axis=1).mean()))(distances(real, fake), r))


@wrong("coverage", "its own nearest neighbor")
def counts_the_point_itself(real, fake, k):
    return _coverage(real, fake, k, radius=lambda D: np.sort(D, axis=1)[:, k - 1])


@wrong("coverage", "one too many was left out")
def leaves_the_point_out_twice(real, fake, k):
    return _coverage(real, fake, k, radius=lambda D: np.sort(D, axis=1)[:, 1:][:, min(k, len(D) - 2)])


@wrong("coverage", "that is precision")
def takes_precision(real, fake, k):
    return _coverage(real, fake, k, share=lambda D, r: (D <= r[:, None]).any(axis=0).mean())


@wrong("coverage", "that is density")
def takes_density(real, fake, k):
    return _coverage(real, fake, k, share=lambda D, r: (D <= r[:, None]).sum(axis=0).mean() / k)


@wrong("coverage", "a mean over all pairs")
def averages_over_all_pairs(real, fake, k):
    return _coverage(real, fake, k, share=lambda D, r: (D <= r[:, None]).mean())


@wrong("coverage", "the balls belong around the REAL points")
def draws_the_balls_around_the_fakes(real, fake, k):
    r = np.sort(_distances(fake, fake), axis=1)[:, min(k, len(fake) - 1)]
    return _coverage(real, fake, k, share=lambda D, _: (D <= r).any(axis=1).mean())


@wrong("coverage", "radius that is not squared")
def compares_squared_distances_with_radii(real, fake, k):
    return _coverage(real, fake, k, share=lambda D, r: (D ** 2 <= r[:, None]).any(axis=1).mean())


@wrong("coverage", "each real point has a radius of its own")
def takes_one_radius_for_all(real, fake, k):
    return _coverage(real, fake, k, radius=lambda D: np.full(len(D), np.sort(D, axis=1)[:, k].mean()))


@wrong("coverage", "sorted along one axis, read along the other")
def sorts_the_wrong_axis(real, fake, k):
    return _coverage(real, fake, k, radius=lambda D: np.sort(D, axis=0)[:, k])


@wrong("coverage", "the k-th NEAREST other point")
def forgets_to_sort(real, fake, k):
    return _coverage(real, fake, k, radius=lambda D: D[:, k])


@wrong("coverage", "nearest to a fake one")
def counts_the_nearest_real_points(real, fake, k):
    return _coverage(real, fake, k, share=lambda D, r: len(set(D.argmin(axis=0))) / len(D))


@wrong("coverage", "not the number")
def counts_instead_of_sharing(real, fake, k):
    return _coverage(real, fake, k, share=lambda D, r: (D <= r[:, None]).any(axis=1).sum())


@wrong("coverage", "a share lies between 0 and 1")
def compares_the_mean_features(real, fake, k):
    return _coverage(real, fake, k, share=lambda D, r: np.linalg.norm(real.mean(axis=0) - fake.mean(axis=0)))


@wrong("coverage", "the SQUARES of the differences")
def adds_absolute_differences(real, fake, k):
    return _coverage(real, fake, k, lambda a, b: np.abs(a[:, None] - b).sum(axis=2))


@wrong("coverage", "on the boundary is in the ball")
def leaves_the_boundary_out(real, fake, k):
    return _coverage(real, fake, k, share=lambda D, r: (D < r[:, None]).any(axis=1).mean())


@wrong("coverage", "not every distance 0")
def drops_every_distance_of_zero(real, fake, k):
    return _coverage(real, fake, k, radius=lambda D: np.sort(np.where(D > 0, D, np.inf), axis=1)[:, k - 1])


@wrong("coverage", "np.sort gives a copy")
def sorts_the_features_in_place(real, fake, k):
    fake.sort(axis=0)
    return _coverage(real, fake, k)


@wrong("coverage", "must raise ValueError, but nothing was raised")
def takes_any_k(real, fake, k):
    radius = np.sort(_distances(real, real), axis=1)[:, min(k, len(real) - 1)]
    return float((_distances(real, fake).min(axis=1) <= radius).mean())


@wrong("gan_losses", "that is a median")
def takes_the_median(s_real, s_fake):
    return _losses(s_real, s_fake, mean=np.median)


@wrong("gan_losses", "gives other losses")
def takes_the_logit_itself_from_5_on(s_real, s_fake):
    def plus(s):
        return np.where(s > 5, s, np.log1p(np.exp(np.minimum(s, 5)))).mean()
    return float(plus(-s_real) + plus(s_fake)), float(plus(-s_fake))


@wrong("kl_to_prior", "every variance is allowed, clip nothing")
def clips_large_variances(mu, log_var):
    return _kl(mu, np.minimum(log_var, 20))


@wrong("kl_to_prior", "log_var was clipped")
def clips_small_variances(mu, log_var):
    return _kl(mu, np.maximum(log_var, -20))


@wrong("kl_to_prior", "the gradients at mu = 30")
def clips_the_gradients(mu, log_var):
    return _kl(mu, log_var, gradients=lambda mu, lv, n: tuple(np.clip(g, -10, 10) for g in (mu / n, 0.5 * (np.exp(lv) - 1) / n)))


@wrong("coverage", "Equal distances count one by one")
def counts_equal_distances_once(real, fake, k):
    def radius(D):
        rows = [np.unique(row) for row in D]
        return np.array([row[min(k, len(row) - 1)] for row in rows])
    return _coverage(real, fake, k, radius=radius)


@wrong("coverage", "All d coordinates count")
def looks_at_two_coordinates_only(real, fake, k):
    return _coverage(real, fake, k, lambda a, b: _distances(a[:, :2], b[:, :2]))


@wrong("coverage", "All d coordinates count")
def takes_the_first_n_fake_points(real, fake, k):
    return _coverage(real, fake[:len(real)], k)


@wrong("coverage", "no ball holds one: the share is 0, not ValueError")
def needs_a_fake_point(real, fake, k):
    return _coverage(real, fake, k, share=lambda D, r: (D.min(axis=1) <= r).mean())


@wrong("coverage", "are allowed (k < n), and your code stopped")
def refuses_the_largest_k(real, fake, k):
    if k >= len(real) - 1:
        raise ValueError(k)
    return _coverage(real, fake, k)


@wrong("coverage", "Is the distance over all coordinates?")
def takes_the_largest_difference(real, fake, k):
    return _coverage(real, fake, k, lambda a, b: np.abs(a[:, None] - b).max(axis=2))


@wrong("gan_losses", "that is a median")
def takes_the_median_for_the_generator(s_real, s_fake):
    return _losses(s_real, s_fake, trick=lambda s: np.median(_plus(-s)))

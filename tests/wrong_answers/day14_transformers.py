"""Wrong answers to the exercises of Day 14."""

import math

import numpy as np

from wrong_answers import wrong


def _unit(v, axis=-1):
    return v / np.linalg.norm(v, axis=axis, keepdims=True)


def _refuse(mask):
    if not np.asarray(mask, bool).any(axis=1).all():
        raise ValueError("a sentence has no token")


def _pool(h, mask, mean=None, scale=_unit):
    """The right answer with one thing changed."""
    _refuse(mask)
    m = np.asarray(mask, float)[..., None]
    return scale((h * m).sum(axis=1) / m.sum(axis=1) if mean is None else mean(h, m))


@wrong("mean_pool", "the mask changes nothing")
def averages_the_padding_in(h, mask):
    return _pool(h, mask, lambda h, m: h.mean(axis=1))


@wrong("mean_pool", "divide each by its length")
def forgets_the_length(h, mask):
    return _pool(h, mask, scale=lambda v: v)


@wrong("mean_pool", "divided by T, and not scaled")
def divides_by_T_alone(h, mask):
    return _pool(h, mask, lambda h, m: (h * m).mean(axis=1), lambda v: v)


@wrong("mean_pool", "divided by all tokens of the batch")
def divides_by_all_tokens_alone(h, mask):
    return _pool(h, mask, lambda h, m: (h * m).sum(axis=1) / m.sum(), lambda v: v)


@wrong("mean_pool", "the tokens are axis 1")
def averages_over_the_sentences(h, mask):
    return _pool(h, mask, lambda h, m: (h * m).sum(axis=0) / m.sum(axis=1))


@wrong("mean_pool", "the first token alone")
def takes_the_first_token(h, mask):
    return _pool(h, mask, lambda h, m: h[:, 0])


@wrong("mean_pool", "this is a maximum")
def takes_the_maximum(h, mask):
    return _pool(h, mask, lambda h, m: np.where(m > 0, h, -np.inf).max(axis=1))


@wrong("mean_pool", "first the mean, then the length")
def scales_each_token_instead(h, mask):
    return _pool(h, mask, lambda h, m: (_unit(h) * m).sum(axis=1) / m.sum(axis=1), lambda v: v)


@wrong("mean_pool", "yours is over the batch")
def takes_the_length_over_the_batch(h, mask):
    return _pool(h, mask, scale=lambda v: _unit(v, axis=0))


@wrong("mean_pool", "one for the whole array")
def takes_the_length_of_the_whole_array(h, mask):
    return _pool(h, mask, scale=lambda v: v / np.linalg.norm(v))


@wrong("mean_pool", "the lengths have lost their axis")
def forgets_keepdims_of_the_length(h, mask):
    return _pool(h, mask, scale=lambda v: v / np.linalg.norm(v, axis=1))


@wrong("mean_pool", "the mean over the padding")
def takes_the_mask_the_other_way_round(h, mask):
    return _pool(h, mask, lambda h, m: (h * (1 - m)).sum(axis=1) / np.maximum((1 - m).sum(axis=1), 1e-9), lambda v: v / np.maximum(np.linalg.norm(v, axis=1, keepdims=True), 1e-9))


@wrong("mean_pool", "you changed the caller's h or mask")
def writes_zeros_into_h(h, mask):
    h[np.asarray(mask) == 0] = 0
    return _pool(h, mask)


@wrong("mean_pool", "do not cut at the number of tokens")
def cuts_at_the_number_of_tokens(h, mask):
    _refuse(mask)
    return _unit(np.stack([one[:keep.sum()].mean(axis=0) for one, keep in zip(h, mask)]))


@wrong("mean_pool", "a boolean mask")
def subtracts_masks(h, mask):
    _refuse(mask)
    padding = np.ones_like(mask) - mask
    return _pool(h, 1 - padding)


@wrong("mean_pool", "your epsilon is too large")
def adds_a_large_epsilon(h, mask):
    return _pool(h, mask, scale=lambda v: v / (np.linalg.norm(v, axis=1, keepdims=True) + 1e-5))


@wrong("mean_pool", "leave the padding out, do not subtract it")
def subtracts_the_sum_of_the_padding(h, mask):
    return _pool(h, mask, lambda h, m: (h.sum(axis=1) - (h * (1 - m)).sum(axis=1)) / m.sum(axis=1))


@wrong("mean_pool", "but nothing was raised")
def raises_only_if_all_are_empty(h, mask):
    if not mask.any():
        raise ValueError("no token")
    m = np.asarray(mask, float)[..., None]
    mean = (h * m).sum(axis=1) / np.maximum(m.sum(axis=1), 1)
    return mean / np.maximum(np.linalg.norm(mean, axis=1, keepdims=True), 1e-12)


@wrong("mean_pool", "must raise ValueError, not ZeroDivisionError")
def leaves_the_empty_sentence_to_numpy(h, mask):
    return _unit(np.stack([np.average(one, axis=0, weights=keep) for one, keep in zip(h, mask)]))


def _soft(s, axis=-1):
    e = np.exp(s - s.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def _attend(Q, K, V, allowed, root=None, hide=None, soft=_soft, keys=lambda K: np.swapaxes(K, -1, -2)):
    """The right answer with one thing changed."""
    scores = Q @ keys(K) / (math.sqrt(Q.shape[-1]) if root is None else root)
    weights = soft(np.where(allowed, scores, -1e9) if hide is None else hide(scores, allowed))
    return weights @ V, weights


@wrong("attention", "the scores are not scaled")
def forgets_the_root_of_d_head(Q, K, V, allowed):
    return _attend(Q, K, V, allowed, root=1)


@wrong("attention", "you divided by d_head: take its root")
def divides_by_d_head(Q, K, V, allowed):
    return _attend(Q, K, V, allowed, root=Q.shape[-1])


@wrong("attention", "root of T_k or d_v")
def divides_by_the_root_of_T(Q, K, V, allowed):
    return _attend(Q, K, V, allowed, root=math.sqrt(K.shape[-2]))


@wrong("attention", "root of T_k or d_v")
def divides_by_the_root_of_d_v(Q, K, V, allowed):
    return _attend(Q, K, V, allowed, root=math.sqrt(V.shape[-1]))


@wrong("attention", "heads * d_head")
def divides_by_the_root_of_the_model_s_width(Q, K, V, allowed):
    return _attend(Q, K, V, allowed, root=math.sqrt(Q.shape[1] * Q.shape[-1]))


@wrong("attention", "not over the queries")
def takes_softmax_over_the_queries(Q, K, V, allowed):
    return _attend(Q, K, V, allowed, soft=lambda s: _soft(s, -2))


@wrong("attention", "not over the heads")
def takes_softmax_over_the_heads(Q, K, V, allowed):
    return _attend(Q, K, V, allowed, soft=lambda s: _soft(s, 1))


@wrong("attention", "the mask came after the softmax")
def masks_after_the_softmax(Q, K, V, allowed):
    _, weights = _attend(Q, K, V, True)
    return weights * allowed @ V, weights * allowed


@wrong("attention", "before the softmax, and before the maximum")
def masks_after_the_softmax_and_divides_again(Q, K, V, allowed):
    _, weights = _attend(Q, K, V, True)
    with np.errstate(invalid="ignore"):
        weights = weights * allowed / (weights * allowed).sum(axis=-1, keepdims=True)
    return weights @ V, weights


@wrong("attention", "the mask is inverted")
def takes_True_for_forbidden(Q, K, V, allowed):
    return _attend(Q, K, V, allowed, hide=lambda s, ok: np.where(ok, -1e9, s))


@wrong("attention", "you set the forbidden scores to 0")
def multiplies_the_scores_by_the_mask(Q, K, V, allowed):
    return _attend(Q, K, V, allowed, hide=lambda s, ok: s * ok)


@wrong("attention", "not exactly 0")
def takes_ten_from_forbidden_scores(Q, K, V, allowed):
    return _attend(Q, K, V, allowed, hide=lambda s, ok: np.where(ok, s, s - 10))


@wrong("attention", "a forbidden key has the highest score")
def takes_four_thousand_for_infinity(Q, K, V, allowed):
    return _attend(Q, K, V, allowed, hide=lambda s, ok: s - 4000 * ~np.broadcast_to(ok, s.shape))


@wrong("attention", "is not low enough")
def puts_minus_ten_thousand_in_place(Q, K, V, allowed):
    return _attend(Q, K, V, allowed, hide=lambda s, ok: np.where(ok, s, -1e4))


@wrong("attention", "is not low enough")
def takes_ten_thousand_from_forbidden_scores(Q, K, V, allowed):
    return _attend(Q, K, V, allowed, hide=lambda s, ok: np.where(ok, s, s - 1e4))


@wrong("attention", "is not low enough")
def puts_twice_the_range_below_zero_in_place(Q, K, V, allowed):
    return _attend(Q, K, V, allowed, hide=lambda s, ok: np.where(ok, s, -15_000))


@wrong("attention", "the exponential overflows")
def forgets_the_maximum(Q, K, V, allowed):
    with np.errstate(over="ignore", invalid="ignore"):
        return _attend(Q, K, V, allowed, soft=lambda s: np.exp(s) / np.exp(s).sum(axis=-1, keepdims=True))


@wrong("attention", "each row's own maximum")
def subtracts_one_maximum_from_all_rows(Q, K, V, allowed):
    with np.errstate(invalid="ignore"):
        return _attend(Q, K, V, allowed, soft=lambda s: np.exp(s - s.max()) / np.exp(s - s.max()).sum(axis=-1, keepdims=True))


@wrong("attention", "Is the root that of d_head = 5?")
def knows_the_lesson_s_widths_alone(Q, K, V, allowed):
    return _attend(Q, K, V, allowed, root=2 if Q.shape[-1] == 4 else math.sqrt(8))


@wrong("attention", "Q and K have changed places")
def multiplies_K_by_Q(Q, K, V, allowed):
    return _attend(K, Q, V, allowed)


@wrong("attention", "made with V transposed")
def transposes_V(Q, K, V, allowed):
    _, weights = _attend(Q, K, V, allowed)
    return weights @ np.swapaxes(V, -1, -2), weights


@wrong("attention", "first the output, then the weights")
def returns_the_weights_first(Q, K, V, allowed):
    return _attend(Q, K, V, allowed)[::-1]


@wrong("attention", "np.where broadcasts")
def indexes_with_a_mask_that_only_broadcasts(Q, K, V, allowed):
    def hide(s, ok):
        s[~ok] = -np.inf
        return s
    return _attend(Q, K, V, allowed, hide=hide)


def _moved(before, after):
    """(T,): does any sample or unit differ, beyond rounding?"""
    return np.abs(after - before).max(axis=(0, 2)) > 1e-5 * np.abs(before).max()


def _look(f, T, d, n=64, base=None, change=None, moved=_moved, steps=None, earlier=range, pair=lambda t, s: (t, s), copy=np.array):
    """The right answer with one thing changed."""
    rng = np.random.default_rng(0)
    base = rng.normal(size=(n, T, d)) if base is None else base(n, T, d)
    before, found = copy(f(base.copy())), []
    for t in range(T) if steps is None else steps(T):
        x = base.copy()
        if change is None:
            x[:, t] = rng.normal(0, 10, size=(n, d))
        else:
            change(x, t, rng)
        difference = moved(before, copy(f(x)))
        found += [pair(t, s) for s in earlier(t) if difference[s]]
    return found


@wrong("looks_ahead", "change one step at a time")
def changes_all_later_steps(f, T, d):
    def change(x, t, rng):
        x[:, t:] = rng.normal(0, 10, size=x[:, t:].shape)
    return _look(f, T, d, change=change)


@wrong("looks_ahead", "a step may look at itself")
def reports_the_step_itself(f, T, d):
    return _look(f, T, d, earlier=lambda t: range(t + 1))


@wrong("looks_ahead", "t and s have changed places")
def turns_the_pairs_round(f, T, d):
    return _look(f, T, d, pair=lambda t, s: (s, t))


@wrong("looks_ahead", "count the steps from 0")
def counts_from_one(f, T, d):
    return _look(f, T, d, pair=lambda t, s: (t + 1, s + 1))


@wrong("looks_ahead", "compare outputs at [:, s]")
def compares_samples_instead_of_steps(f, T, d):
    return _look(f, T, d, moved=lambda before, after: np.abs(after - before).max(axis=(1, 2)) > 1e-5)


@wrong("looks_ahead", "no two of your inputs differ at one step alone")
def draws_a_new_input_for_each_call(f, T, d):
    def change(x, t, rng):
        x[:] = rng.normal(0, 10, size=x.shape)
    return _look(f, T, d, change=change)


@wrong("looks_ahead", "at zero input it hides")
def starts_from_zeros(f, T, d):
    return _look(f, T, d, base=lambda *size: np.zeros(size))


@wrong("looks_ahead", "Is the change too small")
def changes_by_a_hundred_millionth(f, T, d):
    def change(x, t, rng):
        x[:, t] += 1e-8
    return _look(f, T, d, change=change, moved=lambda before, after: (before != after).any(axis=(0, 2)))


@wrong("looks_ahead", "make the random change larger")
def changes_by_a_tenth(f, T, d):
    def change(x, t, rng):
        x[:, t] += 0.1 * rng.normal(size=x[:, t].shape)
    return _look(f, T, d, change=change)


@wrong("looks_ahead", "your tolerance must be relative")
def compares_exactly(f, T, d):
    return _look(f, T, d, moved=lambda before, after: (before != after).any(axis=(0, 2)))


@wrong("looks_ahead", "a view of its input")
def changes_the_base_in_place(f, T, d):
    rng, found = np.random.default_rng(0), []
    for t in range(T):
        x = rng.normal(size=(64, T, d))
        before = f(x)
        x[:, t] = rng.normal(0, 10, size=(64, d))
        found += [(t, s) for s in range(t) if _moved(np.asarray(before), np.asarray(f(x)))[s]]
    return found


@wrong("looks_ahead", "f wrote into your array")
def hands_over_its_own_base(f, T, d):
    rng, found = np.random.default_rng(0), []
    base = rng.normal(size=(64, T, d))
    before = np.array(f(base))
    for t in range(T):
        x = base.copy()
        x[:, t] = rng.normal(0, 10, size=(64, d))
        found += [(t, s) for s in range(t) if _moved(before, np.array(f(x)))[s]]
    return found


@wrong("looks_ahead", "change all features")
def changes_the_first_feature_alone(f, T, d):
    def change(x, t, rng):
        x[:, t, 0] = rng.normal(0, 10, size=len(x))
    return _look(f, T, d, change=change)


@wrong("looks_ahead", "change each by an amount of its own")
def adds_the_same_number_to_all_features(f, T, d):
    def change(x, t, rng):
        x[:, t] += 10
    return _look(f, T, d, change=change)


@wrong("looks_ahead", "take many")
def takes_one_sample(f, T, d):
    return _look(f, T, d, n=1)


@wrong("looks_ahead", "not as one batch")
def puts_base_and_changed_into_one_batch(f, T, d):
    rng = np.random.default_rng(0)
    x = np.repeat(rng.normal(size=(1, 64, T, d)), T + 1, axis=0)
    for t in range(T):
        x[t, :, t] = rng.normal(0, 10, size=(64, d))
    out = np.array(f(x.reshape(-1, T, d)))
    out = out.reshape(T + 1, 64, *out.shape[1:])
    return [(t, s) for t in range(T) for s in range(t) if _moved(out[-1], out[t])[s]]


@wrong("looks_ahead", "not True")
def returns_one_bool(f, T, d):
    return bool(_look(f, T, d))


@wrong("looks_ahead", "only the last step was changed")
def changes_the_last_step_alone(f, T, d):
    return _look(f, T, d, steps=lambda T: [T - 1])


def _within(relative, of=lambda before: np.abs(before).max()):
    """Does an output move by more than `relative` of its size?"""
    return lambda before, after: (np.abs(after - before) > relative * of(before)).any(axis=(0, 2))


@wrong("looks_ahead", "your tolerance is too large")
def tolerates_a_hundredth(f, T, d):
    return _look(f, T, d, moved=_within(0.01))


@wrong("looks_ahead", "your tolerance is too large")
def tolerates_three_thousandths(f, T, d):
    return _look(f, T, d, moved=_within(0.003))


@wrong("looks_ahead", "relative to it, and larger")
def tolerates_a_ten_millionth(f, T, d):
    return _look(f, T, d, moved=_within(1e-7))


@wrong("looks_ahead", "relative to it, and larger")
def tolerates_rounding_of_float32_alone(f, T, d):
    return _look(f, T, d, moved=_within(5e-7))


@wrong("looks_ahead", "relative to it, and larger")
def compares_each_output_with_itself(f, T, d):
    return _look(f, T, d, moved=_within(1e-5, of=np.abs))


@wrong("looks_ahead", "relative to it, and larger")
def compares_by_isclose(f, T, d):
    return _look(f, T, d, moved=lambda before, after: (~np.isclose(before, after)).any(axis=(0, 2)))


@wrong("looks_ahead", "take more samples")
def takes_four_samples(f, T, d):
    return _look(f, T, d, n=4)


@wrong("looks_ahead", "your tolerance is too large")
def tolerates_three_halves_of_a_thousandth(f, T, d):
    return _look(f, T, d, moved=_within(0.0015))

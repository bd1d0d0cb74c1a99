"""Wrong answers to the exercises of Day 2."""

import numpy as np

from wrong_answers import wrong


@wrong("sequence_backward", "sum over n and T")
def sums_over_samples_only(G, X, W):
    return G @ W.T, np.einsum("ntd,ntk->dk", X, G), G.sum(axis=0)


@wrong("sequence_backward", "W must be transposed")
def forgets_the_transpose(G, X, W):
    return G @ W, np.einsum("ntd,ntk->dk", X, G), G.sum(axis=(0, 1))


@wrong("sequence_backward", "flatten n and T first")
def transposes_three_axes(G, X, W):
    return G @ W.T, X.T @ G, G.sum(axis=(0, 1))


@wrong("sequence_backward", "dW is transposed")
def returns_dW_transposed(G, X, W):
    return G @ W.T, np.einsum("ntd,ntk->kd", X, G), G.sum(axis=(0, 1))


@wrong("sequence_backward", "is divided by n·T")
def takes_means(G, X, W):
    positions = G.shape[0] * G.shape[1]
    return G @ W.T, np.einsum("ntd,ntk->dk", X, G) / positions, G.sum(axis=(0, 1)) / positions


@wrong("sequence_backward", "db is divided by n")
def takes_the_mean_over_the_batch(G, X, W):
    return G @ W.T, np.einsum("ntd,ntk->dk", X, G), G.mean(axis=0).sum(axis=0)


@wrong("sequence_backward", "sign turned")
def turns_the_sign(G, X, W):
    return -(G @ W.T), np.einsum("ntd,ntk->dk", X, G), G.sum(axis=(0, 1))


@wrong("sequence_backward", "wrong positions")
def regroups_in_the_wrong_order(G, X, W):
    n, T, k = G.shape
    return (G.reshape(-1, k) @ W.T).reshape(T, n, -1).transpose(1, 0, 2), np.einsum("ntd,ntk->dk", X, G), G.sum(axis=(0, 1))


@wrong("sequence_backward", "its own sample and time step")
def multiplies_sums(G, X, W):
    return G @ W.T, X.sum(axis=1).T @ G.sum(axis=1), G.sum(axis=(0, 1))


@wrong("sequence_backward", "nothing of it is summed")
def leaves_dX_flat(G, X, W):
    k, d = G.shape[-1], X.shape[-1]
    flat = G.reshape(-1, k)
    return flat @ W.T, X.reshape(-1, d).T @ flat, flat.sum(axis=0)


@wrong("sequence_backward", "the order is dX, dW, db")
def returns_another_order(G, X, W):
    return np.einsum("ntd,ntk->dk", X, G), G @ W.T, G.sum(axis=(0, 1))


@wrong("sequence_backward", "dW does not use all samples")
def drops_a_sample(G, X, W):
    return G @ W.T, sum(X[i].T @ G[i] for i in (0, -1)), G.sum(axis=(0, 1))


@wrong("sequence_backward", "dW uses the last time step only")
def uses_the_last_step_only(G, X, W):
    return G @ W.T, X[:, -1].T @ G[:, -1], G[:, -1].sum(axis=0)


@wrong("sequence_backward", "db uses the first sample only")
def uses_the_first_sample_for_the_bias(G, X, W):
    return G @ W.T, np.einsum("ntd,ntk->dk", X, G), G[0].sum(axis=0)


@wrong("sequence_backward", "dX uses the last time step only")
def sends_the_last_step_back_only(G, X, W):
    dX = np.zeros(X.shape)
    dX[:, -1] = G[:, -1] @ W.T
    return dX, np.einsum("ntd,ntk->dk", X, G), G.sum(axis=(0, 1))


@wrong("sequence_backward", "bring it back to that of X")
def squeezes_axes_of_length_one(G, X, W):
    return np.squeeze(G @ W.T), np.einsum("ntd,ntk->dk", X, G), G.sum(axis=(0, 1))


@wrong("unbroadcast", "axis 1 of (3, 1) is axis 2")
def does_not_shift_the_axes(G, shape):
    missing = G.ndim - len(shape)
    for axis, length in enumerate(shape):
        if length == 1:
            G = G.sum(axis=axis, keepdims=True)
    return G.sum(axis=tuple(range(missing)))


@wrong("unbroadcast", "axis i of `shape` is axis i + G.ndim - len(shape)")
def does_not_shift_the_axes_and_reshapes(G, shape):
    missing = G.ndim - len(shape)
    axes = {*range(missing), *(axis for axis, length in enumerate(shape) if length == 1)}
    return G.sum(axis=tuple(axes)).reshape(shape)


@wrong("unbroadcast", "you return shape")
def forgets_keepdims(G, shape):
    G = G.sum(axis=tuple(range(G.ndim - len(shape))))
    return G.sum(axis=tuple(axis for axis, length in enumerate(shape) if length == 1))


@wrong("unbroadcast", "leading axes that did not exist")
def forgets_the_leading_axes(G, shape):
    return G.sum(axis=tuple(axis for axis, length in enumerate(shape) if length == 1), keepdims=True) if 1 in shape else G


@wrong("unbroadcast", "this is the mean")
def takes_the_mean(G, shape):
    G = G.mean(axis=tuple(range(G.ndim - len(shape))))
    return G.mean(axis=tuple(axis for axis, length in enumerate(shape) if length == 1), keepdims=True)


@wrong("unbroadcast", "by position from the right, not by their length")
def matches_axes_by_length(G, shape):
    return G.sum(axis=tuple(axis for axis, length in enumerate(G.shape) if length not in shape)).reshape(shape)


@wrong("unbroadcast", "changed its input")
def adds_in_place(G, shape):
    while G.ndim > len(shape):
        G[0] += G[1:].sum(axis=0)
        G = G[0]
    return G.sum(axis=tuple(axis for axis, length in enumerate(shape) if length == 1), keepdims=True)


@wrong("unbroadcast", "sign is turned")
def turns_the_sign_back(G, shape):
    G = -G.sum(axis=tuple(range(G.ndim - len(shape))))
    return G.sum(axis=tuple(axis for axis, length in enumerate(shape) if length == 1), keepdims=True)


@wrong("unbroadcast", "does not sum")
def takes_the_first_block(G, shape):
    return np.array(G.ravel()[:int(np.prod(shape))].reshape(shape))


@wrong("unbroadcast", "nothing is returned")
def forgets_to_return(G, shape):
    G.sum(axis=0)


def _iterate(A, steps, rng, start=None, first=lambda A, v: A @ v, second=lambda A, u: A.T @ u, length=np.linalg.norm):
    """Power iteration with one thing changed."""
    v = rng.normal(size=A.shape[1]) if start is None else start(A, rng)
    v = v / length(v)
    for _ in range(steps):
        v = second(A, first(A, v))
        v = v / length(v)
    return np.linalg.norm(A @ v), v


@wrong("largest_singular_value", "iterate with A.T @ A")
def multiplies_by_A_alone(A, steps, rng):
    return _iterate(A, steps, rng, second=lambda A, u: u)


@wrong("largest_singular_value", "square of the singular value")
def returns_the_square(A, steps, rng):
    sigma, v = _iterate(A, steps, rng)
    return sigma**2, v


@wrong("largest_singular_value", "a start of ones can be orthogonal to v")
def starts_from_ones(A, steps, rng):
    return _iterate(A, steps, rng, start=lambda A, rng: np.ones(A.shape[1]))


@wrong("largest_singular_value", "normalize in each round")
def never_normalizes(A, steps, rng):
    v = rng.normal(size=A.shape[1])
    for _ in range(10 * steps):
        v = A.T @ (A @ v)
    return np.linalg.norm(A @ v) / np.linalg.norm(v), v / np.linalg.norm(v)


@wrong("largest_singular_value", "divide by the Euclidean length")
def normalizes_by_the_largest_entry(A, steps, rng):
    return _iterate(A, steps, rng, length=lambda v: np.abs(v).sum())


@wrong("largest_singular_value", "this is the left vector")
def returns_the_left_vector(A, steps, rng):
    sigma, v = _iterate(A, steps, rng)
    left = A @ v / sigma
    return sigma, left if A.shape[0] == A.shape[1] else v


@wrong("largest_singular_value", "must not be orthogonal to v")
def starts_from_the_first_axis(A, steps, rng):
    return _iterate(A, steps, rng, start=lambda A, rng: np.eye(A.shape[1])[0])


@wrong("largest_singular_value", "are there `steps` rounds?")
def runs_one_round_less(A, steps, rng):
    return _iterate(A, steps - 1, rng)


@wrong("largest_singular_value", "take the length of A v")
def takes_the_quadratic_form(A, steps, rng):
    _, v = _iterate(A, steps, rng)
    return v @ A @ v if A.shape[0] == A.shape[1] else np.linalg.norm(A @ v), v


@wrong("largest_singular_value", "Euclidean length of A v")
def takes_the_largest_entry(A, steps, rng):
    _, v = _iterate(A, steps, rng)
    return np.abs(A @ v).max(), v


@wrong("largest_singular_value", "is `steps` the number of rounds?")
def ignores_the_steps(A, steps, rng):
    return _iterate(A, 100, rng)


@wrong("largest_singular_value", "draw it from rng, the argument")
def ignores_the_rng(A, steps, rng):
    return _iterate(A, steps, np.random.default_rng(3))


@wrong("largest_singular_value", "draw the start from rng, the argument")
def makes_its_own_rng(A, steps, rng):
    return _iterate(A, steps, np.random.default_rng())


@wrong("largest_singular_value", "one entry per column of A")
def returns_a_row_vector(A, steps, rng):
    sigma, v = _iterate(A, steps, rng)
    return sigma, v[None]


@wrong("largest_singular_value", "do not stop early")
def stops_when_sigma_rests(A, steps, rng):
    v, sigma = rng.normal(size=A.shape[1]), 0.0
    for _ in range(steps):
        v = A.T @ (A @ v)
        v = v / np.linalg.norm(v)
        before, sigma = sigma, np.linalg.norm(A @ v)
        if abs(sigma - before) < 1e-12:
            break
    return sigma, v


@wrong("largest_singular_value", "do not stop early")
def stops_when_v_rests(A, steps, rng):
    v = rng.normal(size=A.shape[1])
    for _ in range(steps):
        before, v = v, A.T @ (A @ v)
        v = v / np.linalg.norm(v)
        if np.allclose(v, before):
            break
    return np.linalg.norm(A @ v), v


@wrong("largest_singular_value", "are all `steps` rounds made")
def stops_at_a_rough_tolerance(A, steps, rng):
    v, sigma = rng.normal(size=A.shape[1]), 0.0
    for _ in range(steps):
        v = A.T @ (A @ v)
        v = v / np.linalg.norm(v)
        before, sigma = sigma, np.linalg.norm(A @ v)
        if abs(sigma - before) < 1e-3:
            break
    return sigma, v


@wrong("largest_singular_value", "set no bound to the rounds")
def never_makes_more_than_a_hundred_rounds(A, steps, rng):
    return _iterate(A, min(steps, 100), rng)


@wrong("largest_singular_value", "it does not come from the iteration")
def asks_numpy_for_the_norm(A, steps, rng):
    return np.linalg.norm(A, 2), _iterate(A, steps, rng)[1]


@wrong("largest_singular_value", "it does not come from the iteration")
def asks_numpy_for_the_singular_values(A, steps, rng):
    return np.linalg.svd(A, compute_uv=False).max(), _iterate(A, steps, rng)[1]


@wrong("largest_singular_value", "for the v after the last round")
def measures_before_the_last_round(A, steps, rng):
    v = rng.normal(size=A.shape[1])
    v = v / np.linalg.norm(v)
    for _ in range(steps):
        u = A @ v
        sigma = np.linalg.norm(u)
        v = A.T @ u / np.linalg.norm(A.T @ u)
    return sigma, v


@wrong("largest_singular_value", "sigma is right, but v is")
def sorts_the_entries_of_v(A, steps, rng):
    sigma, v = _iterate(A, steps, rng)
    return sigma, v[np.argsort(np.abs(v))]

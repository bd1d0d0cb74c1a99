"""Wrong answers to the exercises of Day 5."""

import numpy as np

from wrong_answers import wrong


def _sgd(X, y, w, gradient, lr, epochs, batch, rng, order=lambda rng, n: rng.permutation(n), starts=lambda n, batch: range(0, n, batch),
         step=lambda w, lr, g, batch: w - lr * g):
    """The right loop with one thing changed."""
    w = w.copy()
    for _ in range(epochs):
        rows = order(rng, len(X))
        for start in starts(len(X), batch):
            part = rows[start:start + batch]
            w = step(w, lr, gradient(X[part], y[part], w), batch)
    return w


@wrong("sgd", "shorter batch of each epoch is dropped")
def drops_the_last_batch(*args):
    return _sgd(*args, starts=lambda n, batch: range(0, n - batch + 1, batch))


@wrong("sgd", "the samples are not shuffled")
def does_not_shuffle(*args):
    return _sgd(*args, order=lambda rng, n: np.arange(n))


@wrong("sgd", "inside the loop over epochs")
def shuffles_once(X, y, w, gradient, lr, epochs, batch, rng):
    once = rng.permutation(len(X))
    return _sgd(X, y, w, gradient, lr, epochs, batch, rng, order=lambda rng, n: once)


@wrong("sgd", "not random rows with repetition")
def draws_with_repetition(*args):
    return _sgd(*args, order=lambda rng, n: rng.integers(n, size=n))


@wrong("sgd", "against the gradient")
def goes_uphill(*args):
    return _sgd(*args, step=lambda w, lr, g, batch: w + lr * g)


@wrong("sgd", "divided by the batch size once more")
def divides_by_the_batch(*args):
    return _sgd(*args, step=lambda w, lr, g, batch: w - lr * g / batch)


@wrong("sgd", "no longer belong together")
def shuffles_x_alone(X, y, w, gradient, lr, epochs, batch, rng):
    w = w.copy()
    for _ in range(epochs):
        shuffled = X[rng.permutation(len(X))]
        for start in range(0, len(X), batch):
            w = w - lr * gradient(shuffled[start:start + batch], y[start:start + batch], w)
    return w


@wrong("sgd", "one epoch only")
def forgets_the_epochs(X, y, w, gradient, lr, epochs, batch, rng):
    return _sgd(X, y, w, gradient, lr, 1, batch, rng)


@wrong("sgd", "the whole set at once")
def forgets_the_batches(X, y, w, gradient, lr, epochs, batch, rng):
    return _sgd(X, y, w, gradient, lr, epochs, len(X), rng)


@wrong("sgd", "one sample at a time")
def takes_single_samples(X, y, w, gradient, lr, epochs, batch, rng):
    return _sgd(X, y, w, gradient, lr, epochs, 1, rng)


@wrong("sgd", "changed in place")
def changes_the_first_weights(X, y, w, gradient, lr, epochs, batch, rng):
    for _ in range(epochs):
        order = rng.permutation(len(X))
        for start in range(0, len(X), batch):
            part = order[start:start + batch]
            w -= lr * gradient(X[part], y[part], w)
    return w


@wrong("sgd", "with the newest w")
def updates_once_an_epoch(X, y, w, gradient, lr, epochs, batch, rng):
    w = w.copy()
    for _ in range(epochs):
        order, fixed = rng.permutation(len(X)), w.copy()
        for start in range(0, len(X), batch):
            part = order[start:start + batch]
            w = w - lr * gradient(X[part], y[part], fixed)
    return w


@wrong("sgd", "must come from rng")
def ignores_the_rng(X, y, w, gradient, lr, epochs, batch, rng):
    return _sgd(X, y, w, gradient, lr, epochs, batch, np.random.default_rng(0))


@wrong("sgd", "not those after the last step")
def returns_the_weights_before_the_last_step(X, y, w, gradient, lr, epochs, batch, rng):
    places = [w]
    def remember(w, lr, g, batch):
        places.append(w - lr * g)
        return places[-1]
    _sgd(X, y, w, gradient, lr, epochs, batch, rng, step=remember)
    return places[-2]


@wrong("sgd", "an empty batch")
def adds_an_empty_batch(*args):
    return _sgd(*args, starts=lambda n, batch: range(0, (n // batch + 1) * batch, batch))


@wrong("sgd", "X and y were reordered")
def reorders_the_data(X, y, w, gradient, lr, epochs, batch, rng):
    w = w.copy()
    for _ in range(epochs):
        order = rng.permutation(len(X))
        X[:], y[:] = X[order], y[order]
        for start in range(0, len(X), batch):
            w = w - lr * gradient(X[start:start + batch], y[start:start + batch], w)
    return w


@wrong("sgd", "not the rows of a batch")
def shuffles_inside_the_batches(*args):
    return _sgd(*args, order=lambda rng, n: np.concatenate([start + rng.permutation(min(4, n - start)) for start in range(0, n, 4)]))


@wrong("sgd", "draw a new permutation")
def turns_one_permutation(X, y, w, gradient, lr, epochs, batch, rng):
    first, count = rng.permutation(len(X)), iter(range(epochs))
    return _sgd(X, y, w, gradient, lr, epochs, batch, rng, order=lambda rng, n: np.roll(first, next(count)))


@wrong("sgd", "multiplied by the batch size")
def multiplies_by_the_batch(*args):
    return _sgd(*args, step=lambda w, lr, g, batch: w - lr * g * batch)


@wrong("sgd", "lr is not used")
def forgets_the_rate(*args):
    return _sgd(*args, step=lambda w, lr, g, batch: w - g)


@wrong("sgd", "in the short batch 300 times")
def keeps_the_short_batch(*args):
    """Some samples always form the last, shorter batch."""
    def order(rng, n):
        whole = n - n % 4
        return np.concatenate([rng.permutation(whole), np.arange(whole, n)])
    return _sgd(*args, order=order)


@wrong("sgd", "permute all rows in every epoch")
def shuffles_blocks(X, y, w, gradient, lr, epochs, batch, rng):
    """Cuts the data once, and permutes the pieces and the samples in them; the batches are cut from that."""
    def order(rng, n):
        blocks = np.split(np.arange(n), range(batch, n, batch))
        return np.concatenate([rng.permutation(blocks[k]) for k in rng.permutation(len(blocks))])
    return _sgd(X, y, w, gradient, lr, epochs, batch, rng, order=order)


@wrong("sgd", "not blocks")
def starts_at_a_random_place(*args):
    """The order of the data, turned by chance, forward or backward."""
    return _sgd(*args, order=lambda rng, n: np.roll(np.arange(n), rng.integers(n))[::rng.choice([-1, 1])])


@wrong("sgd", "permute all rows in every epoch")
def shuffles_in_the_first_two_epochs(X, y, w, gradient, lr, epochs, batch, rng):
    """And takes these two orders by turns from then on."""
    orders = [rng.permutation(len(X)) for _ in range(2)]
    count = iter(range(epochs))
    return _sgd(X, y, w, gradient, lr, epochs, batch, rng, order=lambda rng, n: orders[next(count) % 2])


@wrong("sgd", "far more often in the first batch")
def sorts_the_batches(*args):
    """The batch with the smallest row number comes first: fair to each pair, not to each sample."""
    def order(rng, n):
        rows = rng.permutation(n)
        whole = rows[:n - n % 4].reshape(-1, 4)
        return np.concatenate([*sorted(whole, key=min), rows[n - n % 4:]]) if n > 4 else rows
    return _sgd(*args, order=order)


@wrong("sgd", "moves w by -0.25 times its gradient")
def divides_lr_by_the_root_of_the_batch(*args):
    return _sgd(*args, step=lambda w, lr, g, batch: w - lr * g / batch**0.5)


@wrong("sgd", "step 4 moves w by -0.25 times its gradient")
def lowers_lr_from_epoch_to_epoch(X, y, w, gradient, lr, epochs, batch, rng):
    for epoch in range(epochs):
        w = _sgd(X, y, w, gradient, lr / (epoch + 1), 1, batch, rng)
    return w


@wrong("sgd", "step 3 moves w by -0.25 times its gradient")
def weighs_the_short_batch_less(X, y, w, gradient, lr, epochs, batch, rng):
    return _sgd(X, y, w, lambda X, y, w: gradient(X, y, w) * len(X) / batch, lr, epochs, batch, rng)


@wrong("sgd", "the gradient of its own batch, and nothing else")
def adds_up_the_gradients(X, y, w, gradient, lr, epochs, batch, rng):
    """Gradients are not set to zero between the batches."""
    total = np.zeros_like(w)
    def summed(X, y, w):
        total[...] += gradient(X, y, w)
        return total
    return _sgd(X, y, w, summed, lr, epochs, batch, rng)


@wrong("sgd", "taken at the weights w that were given")
def begins_at_zero(X, y, w, gradient, lr, epochs, batch, rng):
    return _sgd(X, y, np.zeros_like(w), gradient, lr, epochs, batch, rng)


@wrong("sgd", "give it the weights, here of shape")
def takes_the_number_of_weights_from_X(X, y, w, gradient, lr, epochs, batch, rng):
    return _sgd(X, y, np.zeros(X.shape[1]), gradient, lr, epochs, batch, rng)


@wrong("sgd", "batches of 3 should give batches of")
def has_batches_of_four_or_five(X, y, w, gradient, lr, epochs, batch, rng):
    """One batch too few where the last has a single sample."""
    return _sgd(X, y, w, gradient, lr, epochs, batch, rng, starts=lambda n, batch: range(0, n - (n % batch == 1), batch))



def _adam(w, gradients, lr, beta1=0.9, beta2=0.999, epsilon=1e-12, first=1, clock=lambda t: t, correct_m=True, correct_v=True,
          square=lambda g: g**2, root=np.sqrt, sign=-1.0, share_m=None, share_v=None, forget=False):
    """The right answer with one thing changed."""
    w, m, v, path = w.copy(), np.zeros_like(w), np.zeros_like(w), []
    for t, g in enumerate(gradients, start=first):
        if forget:
            m, v = np.zeros_like(w), np.zeros_like(w)
        t = clock(t)
        m = beta1 * m + (1 - beta1 if share_m is None else share_m) * g
        v = beta2 * v + (1 - beta2 if share_v is None else share_v) * square(g)
        m_hat = m / (1 - beta1**t) if correct_m else m
        v_hat = v / (1 - beta2**t) if correct_v else v
        w = w + sign * lr * m_hat / (root(v_hat) + epsilon)
        path.append(w)
    return np.array(path)


@wrong("adam", "no bias correction")
def forgets_the_correction(*args, **settings):
    return _adam(*args, **settings, correct_m=False, correct_v=False)


@wrong("adam", "large gradients are not clipped")
def clips_the_gradients(w, gradients, lr, **settings):
    return _adam(w, [np.clip(g, -1000, 1000) for g in gradients], lr, **settings)


@wrong("adam", "v is not corrected")
def corrects_m_only(*args, **settings):
    return _adam(*args, **settings, correct_v=False)


@wrong("adam", "m is not corrected")
def corrects_v_only(*args, **settings):
    return _adam(*args, **settings, correct_m=False)


@wrong("adam", "begins at t = 1")
def counts_from_zero(*args, **settings):
    return _adam(*args, **settings, first=0)


@wrong("adam", "t = 1, not 2")
def counts_from_two(*args, **settings):
    return _adam(*args, **settings, first=2)


@wrong("adam", "stays at 1")
def does_not_count(*args, **settings):
    return _adam(*args, **settings, clock=lambda t: 1)


@wrong("adam", "against the gradient")
def climbs(*args, **settings):
    return _adam(*args, **settings, sign=1.0)


@wrong("adam", "the root of v is missing")
def forgets_the_root(*args, **settings):
    return _adam(*args, **settings, root=lambda v: v)


@wrong("adam", "running mean of g**2, not of g")
def forgets_the_square(*args, **settings):
    return _adam(*args, **settings, square=lambda g: np.abs(g))


@wrong("adam", "(1 - beta1) * g")
def adds_the_whole_gradient(*args, **settings):
    return _adam(*args, **settings, share_m=1.0)


@wrong("adam", "have changed places")
def swaps_the_betas(w, gradients, lr, beta1=0.9, beta2=0.999, epsilon=1e-12):
    return _adam(w, gradients, lr, beta2, beta1, epsilon)


@wrong("adam", "used in place of beta1 and beta2")
def ignores_the_betas(w, gradients, lr, beta1=0.9, beta2=0.999, epsilon=1e-12):
    return _adam(w, gradients, lr)


@wrong("adam", "begin at zero only once")
def forgets_the_state(*args, **settings):
    return _adam(*args, **settings, forget=True)


@wrong("adam", "without a mean or norm over the weights")
def shares_one_v(*args, **settings):
    return _adam(*args, **settings, square=lambda g: np.full(g.shape, (g**2).mean()))


@wrong("adam", "store a copy after each step")
def stores_the_same_array(w, gradients, lr, beta1=0.9, beta2=0.999, epsilon=1e-12):
    place, path = w.copy(), []
    for after in _adam(w, gradients, lr, beta1, beta2, epsilon):
        place[...] = after
        path.append(place)
    return path


@wrong("adam", "epsilon keeps 0/0 away")
def forgets_epsilon(w, gradients, lr, beta1=0.9, beta2=0.999, epsilon=1e-12):
    return _adam(w, gradients, lr, beta1, beta2, 0.0)


@wrong("adam", "not of all gradients")
def takes_the_last_t(w, gradients, lr, beta1=0.9, beta2=0.999, epsilon=1e-12):
    return _adam(w, gradients, lr, beta1, beta2, epsilon, clock=lambda t: len(gradients))


@wrong("adam", "correct copies")
def stores_the_corrected_state(w, gradients, lr, beta1=0.9, beta2=0.999, epsilon=1e-12):
    w, m, v, path = w.copy(), np.zeros_like(w), np.zeros_like(w), []
    for t, g in enumerate(gradients, start=1):
        m = (beta1 * m + (1 - beta1) * g) / (1 - beta1**t)
        v = (beta2 * v + (1 - beta2) * g**2) / (1 - beta2**t)
        w = w - lr * m / (np.sqrt(v) + epsilon)
        path.append(w)
    return np.array(path)


@wrong("adam", "the root of 1 - beta2**t is missing")
def forgets_the_root_of_the_correction(w, gradients, lr, beta1=0.9, beta2=0.999, epsilon=1e-12):
    w, m, v, path = w.copy(), np.zeros_like(w), np.zeros_like(w), []
    for t, g in enumerate(gradients, start=1):
        m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g**2
        w = w - lr * (1 - beta2**t) / (1 - beta1**t) * m / (np.sqrt(v) + epsilon)
        path.append(w)
    return np.array(path)


@wrong("adam", "after each step, shape")
def returns_the_last_place(*args, **settings):
    return _adam(*args, **settings)[-1]


@wrong("adam", "work on a copy")
def changes_w_in_place(w, gradients, lr, beta1=0.9, beta2=0.999, epsilon=1e-12):
    path = _adam(w, gradients, lr, beta1, beta2, epsilon)
    w[...] = path[-1]
    return path


@wrong("adam", "m remembers the gradients before")
def stands_still_where_g_is_zero(w, gradients, *args, **settings):
    """Takes the last sentence of a hint too literally."""
    path = _adam(w, gradients, *args, **settings)
    moves = np.diff(np.concatenate([w[None], path]), axis=0)
    moves[np.array(gradients) == 0] = 0
    return w + np.cumsum(moves, axis=0)


@wrong("adam", "t counts all steps")
def counts_only_steps_with_a_gradient(w, gradients, lr, beta1=0.9, beta2=0.999, epsilon=1e-12):
    """Lazy Adam: each weight has a clock of its own."""
    w, m, v, t, path = w.copy(), np.zeros_like(w), np.zeros_like(w), np.zeros_like(w), []
    for g in gradients:
        t += g != 0
        m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g**2
        after = np.maximum(t, 1)
        w = w - lr * m / (1 - beta1**after) / (np.sqrt(v / (1 - beta2**after)) + epsilon)
        path.append(w)
    return np.array(path)


@wrong("adam", "epsilon is not used")
def ignores_epsilon(w, gradients, lr, beta1=0.9, beta2=0.999, epsilon=1e-12):
    return _adam(w, gradients, lr, beta1, beta2, 1e-12)


@wrong("adam", "epsilon stands under the root")
def puts_epsilon_under_the_root(w, gradients, lr, beta1=0.9, beta2=0.999, epsilon=1e-12):
    return _adam(w, gradients, lr, beta1, beta2, 0.0, root=lambda v: np.sqrt(v + epsilon))


@wrong("adam", "the second step is 0.7338 lr, not")
def never_forgets_the_largest_v(w, gradients, lr, beta1=0.9, beta2=0.999, epsilon=1e-12):
    """AMSGrad."""
    w, m, v, largest, path = w.copy(), np.zeros_like(w), np.zeros_like(w), np.zeros_like(w), []
    for t, g in enumerate(gradients, start=1):
        m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g**2
        largest = np.maximum(largest, v / (1 - beta2**t))
        w = w - lr * m / (1 - beta1**t) / (np.sqrt(largest) + epsilon)
        path.append(w)
    return np.array(path)



def _decay(w, gradients, lr, decay, adaptive, decoupled, pull=lambda w, decay: decay * w, scale=lambda lr, decay: lr * decay, through=None,
           after=False, from_start=False):
    """The right answer with one thing changed."""
    start, w, m, v = w.copy(), w.copy(), np.zeros_like(w), np.zeros_like(w)
    outside = decoupled if through is None else not through
    for t, g in enumerate(gradients, start=1):
        source = start if from_start else w
        shrink = scale(lr, decay) * pull(source, 1.0) if outside else 0.0
        if not outside:
            g = g + pull(source, decay)
        if adaptive:
            m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
            g = (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-12)
        w = (w - lr * g) * (1 - scale(lr, decay)) if after and outside else w - lr * g - shrink
    return w


@wrong("with_decay", "before m and v, not directly")
def always_decouples(*args):
    return _decay(*args, through=False)


@wrong("with_decay", "decoupled must differ from L2")
def never_decouples(*args):
    return _decay(*args, through=True)


@wrong("with_decay", "the decay enters twice")
def decays_in_both_ways(w, gradients, lr, decay, adaptive, decoupled):
    if not decoupled:
        return _decay(w, gradients, lr, decay, adaptive, decoupled)
    w, m, v = w.copy(), np.zeros_like(w), np.zeros_like(w)
    for g in gradients:
        w = w - lr * (g + decay * w) - lr * decay * w
    return w


@wrong("with_decay", "adaptive=True is not used")
def ignores_adaptive(w, gradients, lr, decay, adaptive, decoupled):
    return _decay(w, gradients, lr, decay, False, decoupled)


@wrong("with_decay", "adaptive=False is plain SGD")
def always_adapts(w, gradients, lr, decay, adaptive, decoupled):
    return _decay(w, gradients, lr, decay, True, decoupled)


@wrong("with_decay", "must be multiplied by lr")
def forgets_lr(*args):
    return _decay(*args, scale=lambda lr, decay: decay)


@wrong("with_decay", "not make it grow")
def grows_the_weights(*args):
    return _decay(*args, pull=lambda w, decay: -decay * w)


@wrong("with_decay", "not 2 * decay * w")
def takes_keras_l2(*args):
    return _decay(*args, pull=lambda w, decay: 2 * decay * w)


@wrong("with_decay", "is L1")
def takes_l1(*args):
    return _decay(*args, pull=lambda w, decay: decay * np.sign(w))


@wrong("with_decay", "same old weight")
def shrinks_after_the_step(*args):
    return _decay(*args, after=True)


@wrong("with_decay", "take the current one")
def decays_by_the_first_weight(*args):
    return _decay(*args, from_start=True)


@wrong("with_decay", "the decay is not used")
def forgets_the_decay(w, gradients, lr, decay, adaptive, decoupled):
    return _decay(w, gradients, lr, 0.0, adaptive, decoupled)


@wrong("with_decay", "the data gradient is not used")
def forgets_the_gradient(w, gradients, lr, decay, adaptive, decoupled):
    return _decay(w, [np.zeros_like(g) for g in gradients], lr, decay, adaptive, decoupled)


@wrong("with_decay", "changed in place")
def changes_the_gradients(w, gradients, lr, decay, adaptive, decoupled):
    result = _decay(w, gradients, lr, decay, adaptive, decoupled)
    for g in gradients:
        g += decay * w
    return result


@wrong("with_decay", "not decay / 2 * w")
def halves_the_decay(*args):
    return _decay(*args, pull=lambda w, decay: decay / 2 * w)


@wrong("with_decay", "not by half of that")
def halves_the_decoupled_decay(w, gradients, lr, decay, adaptive, decoupled):
    return _decay(w, gradients, lr, decay / 2 if decoupled else decay, adaptive, decoupled)


@wrong("with_decay", "each to the first power")
def squares_the_decay_in_sgd(w, gradients, lr, decay, adaptive, decoupled):
    """The derivative is taken by the wrong letter; at decay = 2 it makes no difference."""
    return _decay(w, gradients, lr, decay if adaptive else decay**2 / 2, adaptive, decoupled)


@wrong("with_decay", "is every gradient used")
def makes_two_steps_of_sgd(w, gradients, lr, decay, adaptive, decoupled):
    return _decay(w, gradients if adaptive else gradients[:2], lr, decay, adaptive, decoupled)


@wrong("with_decay", "a negative weight must shrink as well")
def takes_the_absolute_value(*args):
    return _decay(*args, pull=lambda w, decay: decay * np.abs(w))


@wrong("with_decay", "decay 2 the weight becomes 3.15, not")
def takes_the_norm(*args):
    """The gradient of the norm, not of half its square."""
    return _decay(*args, pull=lambda w, decay: decay * w / max(np.linalg.norm(w), 1e-9))


@wrong("with_decay", "a weight goes on moving")
def stands_still_where_g_is_zero_with_decay(w, gradients, lr, decay, adaptive, decoupled):
    if not (adaptive and decoupled):
        return _decay(w, gradients, lr, decay, adaptive, decoupled)
    w, m, v = w.copy(), np.zeros_like(w), np.zeros_like(w)
    for t, g in enumerate(gradients, start=1):
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        step = (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-12)
        w = w - lr * np.where(g == 0, 0, step) - lr * decay * w
    return w


def _l2(w, gradients, lr, decay, into_m, into_v):
    """Adam with L2, in which the decay enters m or v alone."""
    w, m, v = w.copy(), np.zeros_like(w), np.zeros_like(w)
    for t, g in enumerate(gradients, start=1):
        m, v = 0.9 * m + 0.1 * (g + into_m * decay * w), 0.999 * v + 0.001 * (g + into_v * decay * w)**2
        w = w - lr * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-12)
    return w


@wrong("with_decay", "must enter v as it enters m")
def decays_in_m_only(w, gradients, lr, decay, adaptive, decoupled):
    return _l2(w, gradients, lr, decay, 1, 0) if adaptive and not decoupled else _decay(w, gradients, lr, decay, adaptive, decoupled)


@wrong("with_decay", "must enter m as it enters v")
def decays_in_v_only(w, gradients, lr, decay, adaptive, decoupled):
    return _l2(w, gradients, lr, decay, 0, 1) if adaptive and not decoupled else _decay(w, gradients, lr, decay, adaptive, decoupled)


@wrong("with_decay", "Adam, decoupled: the weight is shrunk after the step")
def shrinks_after_adams_step(w, gradients, lr, decay, adaptive, decoupled):
    return _decay(w, gradients, lr, decay, adaptive, decoupled, after=adaptive)

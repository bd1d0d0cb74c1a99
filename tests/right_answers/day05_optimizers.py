"""Right answers of other styles to the exercises of Day 5."""

import numpy as np

from right_answers import right


@right("sgd")
def with_keywords_and_split(X, y, w, gradient, lr, epochs, batch, rng):
    w = np.array(w)
    for _ in range(epochs):
        for rows in np.split(rng.permutation(len(y)), range(batch, len(y), batch)):
            w -= lr * gradient(X=X[rows], y=y[rows], w=w)
    return w


@right("sgd")
def shuffles_in_place(X, y, w, gradient, lr, epochs, batch, rng):
    """One array of row numbers, shuffled again and again; it also computes a gradient that it does not use."""
    w, rows = 1.0 * w, np.arange(X.shape[0])
    assert gradient(X, y, w).shape == w.shape
    for _ in range(epochs):
        rng.shuffle(rows)
        start = 0
        while start < len(rows):
            part = rows[start:start + batch]
            g = gradient(X[part], y[part], w)
            w = w - np.multiply(lr, g)
            start += batch
    return w


@right("sgd")
def looks_at_the_gradient_twice(X, y, w, gradient, lr, epochs, batch, rng):
    w = w.copy()
    for _ in range(epochs):
        order = rng.choice(len(X), len(X), replace=False)
        for start in range(0, len(X), batch):
            chosen = np.isin(np.arange(len(X)), order[start:start + batch])       # the rows of a batch, in the order of the data
            if np.isfinite(gradient(X[chosen], y[chosen], w)).all():
                w = w - lr * gradient(X[chosen], y[chosen], w)
    gradient(X, y, w)
    return w


@right("sgd")
def shuffles_copies_of_the_data(X, y, w, gradient, lr, epochs, batch, rng):
    w = list(w)
    for _ in range(epochs):
        order = np.argsort(rng.random(len(X)))
        mixed_X, mixed_y = X[order], y[order]
        for k in range(-(-len(X) // batch)):
            g = gradient(mixed_X[k * batch:(k + 1) * batch], mixed_y[k * batch:(k + 1) * batch], np.array(w))
            w = [value - lr * slope for value, slope in zip(w, g)]
    return np.array(w)


@right("adam")
def in_the_form_of_keras(w, gradients, lr, beta1=0.9, beta2=0.999, epsilon=1e-12):
    m, v, path = 0, 0, [w]
    for t, g in enumerate(gradients, 1):
        m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * np.square(g)
        path.append(path[-1] - lr * np.sqrt(1 - beta2**t) / (1 - beta1**t) * m / (np.sqrt(v) + epsilon))
    return np.stack(path[1:])


@right("adam")
def entry_by_entry(w, gradients, lr, beta1=0.9, beta2=0.999, epsilon=1e-12):
    path = np.empty((len(gradients), *w.shape))
    for index in np.ndindex(*w.shape):
        place, m, v = float(w[index]), 0.0, 0.0
        for t in range(1, len(gradients) + 1):
            g = float(gradients[t - 1][index])
            m = m + (1 - beta1) * (g - m)
            v = v + (1 - beta2) * (g * g - v)
            place -= lr * (m / (1 - beta1**t)) / ((v / (1 - beta2**t))**0.5 + epsilon)
            path[(t - 1, *index)] = place
    return path


@right("adam")
def as_weighted_sums(w, gradients, lr, beta1=0.9, beta2=0.999, epsilon=1e-12):
    """m and v of each step from all gradients so far, without a state."""
    g, n = np.array(gradients), len(gradients)
    step, path = np.arange(1, n + 1), []
    place = w.copy()
    for t in step:
        first, second = (beta**(t - step[:t]) for beta in (beta1, beta2))
        m = np.einsum("s,s...->...", first / first.sum(), g[:t])
        v = np.einsum("s,s...->...", second / second.sum(), g[:t]**2)
        place -= lr * m / (v**0.5 + epsilon)
        path.append(place.copy())
    return path


@right("adam")
def in_place_on_its_own_arrays(w, gradients, lr, beta1=0.9, beta2=0.999, epsilon=1e-12):
    place, m, v = w.copy(), np.zeros(w.shape), np.zeros(w.shape)
    power1 = power2 = 1.0
    path = []
    for g in gradients:
        power1, power2 = power1 * beta1, power2 * beta2
        m *= beta1
        m += (1 - beta1) * g
        v *= beta2
        v += (1 - beta2) * g * g
        place -= lr * (m / (1 - power1)) / (np.sqrt(v / (1 - power2)) + epsilon)
        path += [place.copy()]
    return np.asarray(path)


@right("with_decay")
def by_cases(w, gradients, lr, decay, adaptive, decoupled):
    m = v = np.zeros(w.shape)
    for t, g in enumerate(gradients, 1):
        seen = g if decoupled else g + decay * w
        m, v = 0.9 * m + (1 - 0.9) * seen, 0.999 * v + (1 - 0.999) * seen**2
        step = np.sqrt(1 - 0.999**t) / (1 - 0.9**t) * m / (np.sqrt(v) + 1e-12) if adaptive else seen
        w = (1 - lr * decay) * w - lr * step if decoupled else w - lr * step
    return w


@right("with_decay")
def shrinks_before_the_step(w, gradients, lr, decay, adaptive, decoupled):
    """The step for g does not look at w, so that the weights may be shrunk before it."""
    w, m, v, t = w.copy(), np.zeros_like(w), np.zeros_like(w), 0
    for g in gradients:
        t += 1
        g = g.copy()
        if decoupled:
            w *= 1 - lr * decay
        else:
            g += decay * w
        if adaptive:
            m += 0.1 * (g - m)
            v += 0.001 * (g**2 - v)
            g = m / (1 - 0.9**t) / (np.sqrt(v / (1 - 0.999**t)) + 1e-12)
        w -= lr * g
    return w


@right("with_decay")
def entry_by_entry_with_decay(w, gradients, lr, decay, adaptive, decoupled):
    last = np.zeros(w.shape)
    for index, place in np.ndenumerate(w):
        m = v = 0.0
        for t, g in enumerate((float(gradient[index]) for gradient in gradients), start=1):
            pull = decay * place
            g += 0.0 if decoupled else pull
            m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
            step = m / (1 - 0.9**t) / ((v / (1 - 0.999**t))**0.5 + 1e-12) if adaptive else g
            place = place - lr * (step + pull if decoupled else step)
        last[index] = place
    return last

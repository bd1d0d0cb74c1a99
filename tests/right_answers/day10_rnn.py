"""Right answers to the exercises of Day 10, in other styles than the solution's."""

import itertools
import math

import keras
import numpy as np
from keras import layers

from right_answers import right


@right("bits_and_perplexity")
def with_loops_and_math(logits, targets):
    T, n, k = logits.shape
    bits = 0.0
    for t in range(T):
        for i in range(n):
            row = [float(z) for z in logits[t, i]]
            top = max(row)
            log_sum = top + math.log(math.fsum(math.exp(z - top) for z in row))
            bits += (log_sum - row[int(targets[t, i])]) / math.log(2)
    bits = bits / (T * n)
    try:
        return bits, 2.0 ** bits
    except OverflowError:
        return bits, math.inf


@right("bits_and_perplexity")
def with_logaddexp_and_index_grids(logits, targets):
    t, i = np.indices(targets.shape)
    nats = np.logaddexp.reduce(logits, axis=-1) - logits[t, i, targets]
    bits = np.mean(nats) / np.log(2)
    return [bits, np.exp2(bits)]


@right("bits_and_perplexity")
def with_a_one_hot_einsum_in_rows(logits, targets):
    rows = np.array(logits, dtype=np.float64).reshape(-1, logits.shape[-1])
    rows -= rows.max(axis=1)[:, None]
    rows -= np.log(np.exp(rows).sum(axis=1))[:, None]
    one_hot = np.eye(rows.shape[1])[targets.ravel()]
    bits = -np.einsum("rk,rk->", one_hot, rows) / len(rows) / math.log(2)
    return float(bits), float(np.exp2(bits))


@right("bits_and_perplexity")
def with_keras_in_float32(logits, targets):
    nats = keras.ops.sparse_categorical_crossentropy(np.int32(targets), keras.ops.cast(logits, "float32"), from_logits=True)
    bits = float(keras.ops.mean(nats)) / math.log(2)
    return np.float32(bits), np.exp2(np.float32(bits))


@right("clip_by_global_norm")
def with_one_long_vector(gradients, limit):
    everything = np.concatenate([np.ravel(g) for g in gradients.values()])
    norm = np.linalg.norm(everything)
    if not np.isfinite(norm) or not limit > 0:
        raise ValueError("a norm or a limit that makes no sense")
    if norm <= limit:
        return {name: np.array(g) for name, g in gradients.items()}, norm
    return {name: limit * (g / norm) for name, g in gradients.items()}, norm


@right("clip_by_global_norm")
def with_hypot_that_does_not_overflow(gradients, limit):
    norm = math.hypot(*itertools.chain.from_iterable(g.flat for g in gradients.values()))
    if math.isnan(norm) or math.isinf(norm) or math.isnan(limit) or limit <= 0:
        raise ValueError
    scale = min(1.0, limit / norm) if norm else 1.0
    return {name: g * scale for name, g in gradients.items()}, norm


@right("clip_by_global_norm")
def with_loops_in_place_on_copies(gradients, limit):
    if math.isnan(limit) or limit <= 0:
        raise ValueError(f"limit {limit}")
    copies, total = {}, 0.0
    for name in gradients:
        copies[name] = gradients[name].copy()
        for number in copies[name].flat:
            total += number * number
    norm = total ** 0.5
    if norm != norm or norm == float("inf"):
        raise ValueError(f"norm {norm}")
    if norm > limit:
        for g in copies.values():
            g *= limit / norm
    return [copies, norm]


@right("clip_by_global_norm")
def with_the_small_number_of_other_libraries(gradients, limit):
    """A factor limit / (norm + 1e-6), as PyTorch has it."""
    norm = np.sqrt(sum(np.vdot(g, g) for g in gradients.values()))
    if not (np.isfinite(norm) and limit > 0):
        raise ValueError("the norm must be finite and the limit positive")
    return {name: g * np.minimum(1, limit / (norm + 1e-6)) for name, g in gradients.items()}, float(norm)


@right("StatefulRNN")
class AppendsToAList:
    def __init__(self, W, U, b):
        self.W, self.U, self.b = W, U, b
        self.reset()

    def reset(self):
        self.state = None

    def read(self, x):
        T, n, d = x.shape
        if self.state is None:
            self.state = np.zeros((n, self.U.shape[0]))
        elif self.state.shape[0] != n:
            raise ValueError("another number of sequences")
        states = []
        for row in x:
            self.state = np.tanh(row @ self.W + self.state @ self.U + self.b)
            states.append(self.state)
        return np.stack(states) if states else np.empty((0, n, self.U.shape[0]))


@right("StatefulRNN")
class WithEinsumAndTheNumberOfSequencesBesideIt:
    def __init__(self, W, U, b):
        self.weights, self.n, self.last = np.concatenate([W, U, b[None]]), None, 0.0

    def reset(self):
        self.n, self.last = None, 0.0

    def read(self, x):
        if self.n not in (None, x.shape[1]):
            raise ValueError(f"{x.shape[1]} sequences after {self.n}")
        self.n, units = x.shape[1], self.weights.shape[1]
        h = np.zeros((len(x) + 1, self.n, units))
        h[0] = self.last
        for t, x_t in enumerate(x, start=1):
            joined = np.concatenate([x_t, h[t - 1], np.ones((self.n, 1))], axis=1)
            h[t] = np.tanh(np.einsum("ni,iu->nu", joined, self.weights))
        self.last = h[-1].copy()
        return h[1:]


@right("StatefulRNN")
class LoopsOverSequencesAndUnits:
    def __init__(self, W, U, b):
        self.W, self.U, self.b, self.h = W.tolist(), U.tolist(), b.tolist(), []

    def reset(self):
        self.h = []

    def read(self, x):
        units = len(self.b)
        if not self.h:
            self.h = [[0.0] * units for _ in range(x.shape[1])]
        if len(self.h) != x.shape[1]:
            raise ValueError("call reset first")
        out = np.zeros((x.shape[0], x.shape[1], units))
        for t in range(x.shape[0]):
            for i in range(x.shape[1]):
                z = [self.b[j] + sum(float(v) * w[j] for v, w in zip(x[t, i], self.W)) + sum(v * u[j] for v, u in zip(self.h[i], self.U)) for j in range(units)]
                self.h[i] = [math.tanh(v) for v in z]
                out[t, i] = self.h[i]
        return out


@right("StatefulRNN")
class LetsKerasRead:
    def __init__(self, W, U, b):
        self.layer = layers.SimpleRNN(len(b), return_sequences=True, return_state=True, dtype="float64")
        self.layer.build((None, None, len(W)))
        self.layer.set_weights([W, U, b])
        self.state = None

    def reset(self):
        self.state = None

    def read(self, x):
        if self.state is None:
            self.state = np.zeros((x.shape[1], self.layer.units))
        if len(self.state) != x.shape[1]:
            raise ValueError("another number of sequences")
        if len(x) == 0:
            return np.zeros((0, x.shape[1], self.layer.units))
        out, state = self.layer(np.swapaxes(x, 0, 1), initial_state=keras.ops.convert_to_tensor(self.state))
        self.state = keras.ops.convert_to_numpy(state)
        return keras.ops.convert_to_numpy(out).swapaxes(0, 1)

"""Right answers to the exercises of Day 11, in other styles than the solution's."""

import math

import keras
import numpy as np
from keras import layers

from right_answers import right


@right("count_parameters")
def with_a_chain_of_ifs(cell, inputs, units):
    if cell == "rnn":
        return inputs * units + units ** 2 + units
    elif cell == "lstm":
        return 4 * units * (inputs + units + 1)
    elif cell == "gru":
        return 3 * units * (inputs + units + 2)
    elif cell == "gru before":
        return 3 * units * (inputs + units + 1)
    raise ValueError("a cell that nobody knows: " + str(cell))


@right("count_parameters")
def with_match_and_array_sizes(cell, inputs, units):
    match cell:
        case "rnn":
            blocks, biases = 1, (1,)
        case "lstm":
            blocks, biases = 4, (1,)
        case "gru":
            blocks, biases = 3, (2,)
        case "gru before":
            blocks, biases = 3, (1,)
        case _:
            raise ValueError(cell)
    return np.int64(sum(np.empty(shape).size for shape in ((inputs, blocks * units), (units, blocks * units), (*biases, blocks * units))))


@right("count_parameters")
def lets_keras_count(cell, inputs, units):
    makers = {"rnn": lambda: layers.SimpleRNN(units), "lstm": lambda: layers.LSTM(units),
              "gru": lambda: layers.GRU(units), "gru before": lambda: layers.GRU(units, reset_after=False)}
    try:
        layer = makers[cell]()
    except KeyError:
        raise ValueError(f"unknown cell {cell!r}") from None
    layer.build((None, None, inputs))
    return layer.count_params()


@right("run_masked")
def with_loops_over_samples(step, x, mask, state):
    is_tuple = isinstance(state, tuple)
    now = [one.copy() for one in (state if is_tuple else (state,))]
    for t in range(len(x)):
        new = step(x[t], tuple(now) if is_tuple else now[0])
        new = new if is_tuple else (new,)
        now = [np.array([fresh[i] if mask[t, i] else old[i] for i in range(len(old))]) for fresh, old in zip(new, now)]
    return tuple(now) if is_tuple else now[0]


@right("run_masked")
def with_assignment_to_copies(step, x, mask, state):
    for x_t, keep in zip(x, mask):
        new = step(x_t, state)
        if isinstance(state, tuple):
            copies = tuple(one.copy() for one in state)
            for copy, one in zip(copies, new):
                copy[keep] = one[keep]
            state = copies
        else:
            copy = state.copy()
            np.copyto(copy, new, where=keep[:, np.newaxis])
            state = copy
    return state


@right("run_masked")
def recursively(step, x, mask, state):
    if len(x) == 0:
        return state
    new = step(x[0], state)
    chosen = keras.tree.map_structure(lambda fresh, old: np.where(np.expand_dims(mask[0], -1), fresh, old), new, state)
    return recursively(step, x[1:], mask[1:], chosen)


@right("run_masked")
def with_numbers_for_the_mask(step, x, mask, state):
    share = mask.astype(float)[..., None]
    for t, x_t in enumerate(x):
        new = step(x_t, state)
        if type(state) is tuple:
            state = tuple(share[t] * fresh + (1 - share[t]) * old for fresh, old in zip(new, state))
        else:
            state = share[t] * new + (1 - share[t]) * state
    return state


@right("gru_step")
def with_loops(x, h, W, U, b, reset_after):
    def sigma(z):
        return 1 / (1 + math.exp(-z))
    n, units = h.shape
    outer, inner = (b[0], b[1]) if reset_after else (b, [0.0] * (3 * units))
    out = np.empty((n, units))
    for i in range(n):
        def drive(j):
            return sum(float(x[i, k]) * float(W[k, j]) for k in range(x.shape[1])) + float(outer[j])
        def back(j, state):
            return sum(float(state[k]) * float(U[k, j]) for k in range(units)) + float(inner[j])
        r = [sigma(drive(units + j) + back(units + j, h[i])) for j in range(units)]
        for j in range(units):
            u = sigma(drive(j) + back(j, h[i]))
            if reset_after:
                g = math.tanh(drive(2 * units + j) + r[j] * back(2 * units + j, h[i]))
            else:
                g = math.tanh(drive(2 * units + j) + back(2 * units + j, [r[k] * h[i, k] for k in range(units)]))
            out[i, j] = u * h[i, j] + (1 - u) * g
    return out


@right("gru_step")
def with_einsum_and_blocks(x, h, W, U, b, reset_after):
    units = U.shape[0]
    blocks = [slice(k * units, (k + 1) * units) for k in range(3)]
    b_in, b_rec = b.reshape(-1, 3 * units)[0], (b[1] if reset_after else np.zeros(3 * units))
    z = [np.einsum("nd,du->nu", x, W[:, part]) + b_in[part] for part in blocks]
    s = [np.einsum("nv,vu->nu", h, U[:, part]) + b_rec[part] for part in blocks]
    u, r = [0.5 * (1 + np.tanh((z[k] + s[k]) / 2)) for k in (0, 1)]
    new = np.tanh(z[2] + r * s[2]) if reset_after else np.tanh(z[2] + np.einsum("nv,vu->nu", r * h, U[:, blocks[2]]))
    return new + u * (h - new)


@right("gru_step")
def lets_keras_step(x, h, W, U, b, reset_after):
    layer = layers.GRU(h.shape[1], reset_after=bool(reset_after), dtype="float64")
    layer.build((None, 1, x.shape[1]))
    layer.set_weights([W, U, b])
    return keras.ops.convert_to_numpy(layer(x[:, None, :], initial_state=keras.ops.convert_to_tensor(h)))


@right("gru_step")
def in_float32(x, h, W, U, b, reset_after):
    x, h, W, U, b = [value.astype(np.float32) for value in (x, h, W, U, b)]
    if not reset_after:
        b = np.stack([b, np.zeros_like(b)])
    (Wu, Wr, Wg), (Uu, Ur, Ug) = np.hsplit(W, 3), np.hsplit(U, 3)
    (bu, br, bg), (cu, cr, cg) = np.split(b[0], 3), np.split(b[1], 3)
    u = 1 / (1 + np.exp(-(x @ Wu + h @ Uu + bu + cu)))
    r = 1 / (1 + np.exp(-(x @ Wr + h @ Ur + br + cr)))
    inner = r * (h @ Ug + cg) if reset_after else (r * h) @ Ug
    return (1 - u) * np.tanh(x @ Wg + bg + inner) + u * h

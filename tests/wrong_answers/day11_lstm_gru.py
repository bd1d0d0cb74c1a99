"""Wrong answers to the exercises of Day 11."""

import numpy as np

from wrong_answers import wrong


def _count(cell, inputs, units, block=None, biases=None, **blocks):
    """The right answer with one thing changed."""
    blocks = {"rnn": 1, "lstm": 4, "gru": 3, "gru_before": 3, **blocks}
    if cell not in ("rnn", "lstm", "gru", "gru before"):
        raise ValueError(f"unknown cell {cell!r}")
    number = blocks[cell.replace(" ", "_")]
    second = 2 if cell == "gru" else 1
    return number * (block or (lambda d, u: d * u + u * u))(inputs, units) + (biases or (lambda n, k, u: n * k * u))(number, second, units)


@wrong("count_parameters", "the biases are missing")
def forgets_the_biases(cell, inputs, units):
    return _count(cell, inputs, units, biases=lambda n, k, u: 0)


@wrong("count_parameters", "not inputs x units")
def takes_u_for_as_large_as_w(cell, inputs, units):
    return _count(cell, inputs, units, block=lambda d, u: 2 * d * u)


@wrong("count_parameters", "one bias for each unit, not one for each block")
def counts_one_bias_for_a_block(cell, inputs, units):
    return _count(cell, inputs, units, biases=lambda n, k, u: n * k)


@wrong("count_parameters", "PyTorch")
def counts_as_pytorch_does(cell, inputs, units):
    return _count(cell, inputs, units, biases=lambda n, k, u: 2 * n * u)


@wrong("count_parameters", "three gates and the new content")
def counts_the_gates_alone(cell, inputs, units):
    return _count(cell, inputs, units, lstm=3, gru=2, gru_before=2)


@wrong("count_parameters", "biases of its own")
def gives_all_blocks_one_bias(cell, inputs, units):
    return _count(cell, inputs, units, biases=lambda n, k, u: k * u)


@wrong("count_parameters", "three blocks, not four")
def gives_the_gru_four_blocks(cell, inputs, units):
    return _count(cell, inputs, units, gru=4, gru_before=4, biases=lambda n, k, u: n * u)


@wrong("count_parameters", "two biases for each block")
def gives_the_gru_one_bias(cell, inputs, units):
    return _count(cell, inputs, units, biases=lambda n, k, u: n * u)


@wrong("count_parameters", "one bias for each block")
def gives_both_grus_two_biases(cell, inputs, units):
    return _count("gru" if cell == "gru before" else cell, inputs, units)


@wrong("count_parameters", "must raise ValueError, not KeyError")
def leaves_the_unknown_cell_to_the_dict(cell, inputs, units):
    {"rnn": 1, "lstm": 4, "gru": 3, "gru before": 3}[cell]
    return _count(cell, inputs, units)


@wrong("count_parameters", "must raise ValueError, but nothing was raised")
def returns_none_for_an_unknown_cell(cell, inputs, units):
    return _count(cell, inputs, units) if cell in ("rnn", "lstm", "gru", "gru before") else None


@wrong("count_parameters", "must raise ValueError, but nothing was raised")
def takes_any_name_that_begins_with_gru(cell, inputs, units):
    return _count("gru before" if cell.startswith("gru") and cell != "gru" else cell, inputs, units)


def _run(step, x, mask, state, choose=None, order=None, pack=tuple):
    """The right answer with one thing changed."""
    choose = choose or (lambda keep, new, old, start: np.where(keep[:, None], new, old))
    start = state
    for t in order or range(len(x)):
        new = step(x[t], state)
        if isinstance(state, (tuple, list)):
            state = pack(choose(mask[t], *three) for three in zip(new, state, start))
        else:
            state = choose(mask[t], new, state, start)
    return state


@wrong("run_masked", "Does the mask have its second axis")
def forgets_the_second_axis_of_the_mask(step, x, mask, state):
    return _run(step, x, mask, state, lambda keep, new, old, start: np.where(keep, new, old))


@wrong("run_masked", "True where the text IS")
def turns_the_mask_round(step, x, mask, state):
    return _run(step, x, ~mask, state)


@wrong("run_masked", "the input was set to zero")
def multiplies_the_input_by_the_mask(step, x, mask, state):
    return _run(step, x * mask[:, :, None], np.ones_like(mask), state)


@wrong("run_masked", "Do not cut at the length")
def cuts_at_the_length(step, x, mask, state):
    return _run(step, x, np.arange(len(x))[:, None] < mask.sum(axis=0), state)


@wrong("run_masked", "Do not stop at the first False")
def stops_at_the_first_false(step, x, mask, state):
    return _run(step, x, np.logical_and.accumulate(mask, axis=0), state)


@wrong("run_masked", "a gap in the middle")
def reads_from_the_first_true_to_the_last(step, x, mask, state):
    return _run(step, x, np.logical_or.accumulate(mask, axis=0) & np.logical_or.accumulate(mask[::-1], axis=0)[::-1], state)


@wrong("run_masked", "you changed the caller's state")
def writes_into_the_state(step, x, mask, state):
    def choose(keep, new, old, start):
        old[keep] = new[keep]
        return old
    return _run(step, x, mask, state, choose)


@wrong("run_masked", "you changed the caller's state")
def copies_the_tuple_but_not_its_arrays(step, x, mask, state):
    def choose(keep, new, old, start):
        old[keep] = new[keep]
        return old
    return _run(step, x, mask, tuple(state) if isinstance(state, tuple) else state.copy(), choose)


@wrong("run_masked", "you changed the caller's x")
def fills_the_padding_of_the_caller_with_zeros(step, x, mask, state):
    x[~mask] = 0
    return _run(step, x, mask, state)


@wrong("run_masked", "part of the batch")
def steps_with_the_unmasked_samples(step, x, mask, state):
    def pick(value, keep):
        return tuple(one[keep] for one in value) if isinstance(value, tuple) else value[keep]
    state = tuple(map(np.copy, state)) if isinstance(state, tuple) else state.copy()
    for x_t, keep in zip(x, mask):
        new = step(x_t[keep], pick(state, keep))
        for old, one in zip(state, new) if isinstance(state, tuple) else [(state, new)]:
            old[keep] = one
    return state


@wrong("run_masked", "array 2 of the tuple was not masked")
def masks_h_alone(step, x, mask, state):
    if not isinstance(state, tuple):
        return _run(step, x, mask, state)
    for x_t, keep in zip(x, mask):
        new = step(x_t, state)
        state = np.where(keep[:, None], new[0], state[0]), new[1]
    return state


@wrong("run_masked", "with no steps the state comes back as it was")
def takes_the_last_of_no_states(step, x, mask, state):
    return [_run(step, x[:t + 1], mask, state) for t in range(len(x))][-1]


def _sigmoid(z):
    return 1 / (1 + np.exp(-z))


def _gru(x, h, W, U, b, reset_after, order=(0, 1, 2), biases=None, gate=_sigmoid, new=np.tanh, after=None, before=None, mix=None):
    """The right answer with one thing changed."""
    b_x, b_h = (biases or (lambda b: b))(b) if reset_after else (b, np.zeros_like(b))
    drive, inner, blocks = [[np.split(a, 3, axis=1)[k] for k in order] for a in (x @ W + b_x, h @ U + b_h, U)]
    u, r = gate(drive[0] + inner[0]), gate(drive[1] + inner[1])
    if reset_after:
        g = new((after or (lambda d, i, r, h, U_g, b_g: d + r * i))(drive[2], inner[2], r, h, blocks[2], b_h[-len(U):]))
    else:
        g = new((before or (lambda d, i, r, h, U_g: d + (r * h) @ U_g))(drive[2], inner[2], r, h, blocks[2]))
    return (mix or (lambda u, h, g: u * h + (1 - u) * g))(u, h, g)


@wrong("gru_step", "r is missing")
def forgets_the_reset(x, h, W, U, b, reset_after):
    return _gru(x, h, W, U, b, reset_after, after=lambda d, i, *_: d + i, before=lambda d, i, *_: d + i)


@wrong("gru_step", "not the part of x")
def resets_the_input_too(x, h, W, U, b, reset_after):
    return _gru(x, h, W, U, b, reset_after, after=lambda d, i, r, *_: r * (d + i), before=lambda d, i, r, *_: r * (d + i))


@wrong("gru_step", "pass through a sigmoid")
def forgets_the_sigmoid(x, h, W, U, b, reset_after):
    return _gru(x, h, W, U, b, reset_after, gate=lambda z: z)


@wrong("gru_step", "g passes through tanh")
def takes_a_sigmoid_for_the_new_content(x, h, W, U, b, reset_after):
    return _gru(x, h, W, U, b, reset_after, new=_sigmoid)


@wrong("gru_step", "u and 1 - u have changed places")
def keeps_the_new_with_u(x, h, W, U, b, reset_after):
    return _gru(x, h, W, U, b, reset_after, mix=lambda u, h, g: (1 - u) * h + u * g)


@wrong("gru_step", "the order of the blocks in Keras is u, r, g")
def reads_the_blocks_as_r_u_g(x, h, W, U, b, reset_after):
    return _gru(x, h, W, U, b, reset_after, order=(1, 0, 2))


@wrong("gru_step", "the second bias of g stands inside")
def adds_both_biases_outside(x, h, W, U, b, reset_after):
    return _gru(x, h, W, U, b, reset_after, after=lambda d, i, r, h, U_g, b_g: d + r * (i - b_g) + b_g)


@wrong("gru_step", "the two biases have changed places")
def swaps_the_biases(x, h, W, U, b, reset_after):
    return _gru(x, h, W, U, b, reset_after, biases=lambda b: b[::-1])


@wrong("gru_step", "u and r hold both biases")
def leaves_the_second_bias_to_the_new_content(x, h, W, U, b, reset_after):
    return _gru(x, h, W, U, b, reset_after, biases=lambda b: (b[0], np.where(np.arange(b.shape[1]) < 2 * len(U), 0, b[1])))


@wrong("gru_step", "not by its transpose")
def transposes_u(x, h, W, U, b, reset_after):
    return _gru(x, h, W, np.concatenate([block.T for block in np.split(U, 3, axis=1)], axis=1), b, reset_after)


@wrong("gru_step", "r multiplies h BEFORE the product")
def always_resets_after(x, h, W, U, b, reset_after):
    return _gru(x, h, W, U, b, reset_after, before=lambda d, i, r, *_: d + r * i)


@wrong("gru_step", "you changed the caller's h")
def resets_h_in_place(x, h, W, U, b, reset_after):
    return _gru(x, h, W, U, b, reset_after, before=lambda d, i, r, h, U_g: d + np.multiply(r, h, out=h) @ U_g)


@wrong("count_parameters", "the unknown cell 'LSTM' must raise ValueError")
def takes_capitals(cell, inputs, units):
    return _count(cell.lower(), inputs, units)


@wrong("count_parameters", "the names are exact")
def takes_spaces_around_the_name(cell, inputs, units):
    return _count(cell.strip(), inputs, units)


@wrong("count_parameters", "the unknown cell '' must raise ValueError")
def looks_for_a_part_of_the_name(cell, inputs, units):
    for name in ("rnn", "lstm", "gru", "gru before"):
        if cell in name:
            return _count(name, inputs, units)
    raise ValueError(cell)


@wrong("count_parameters", "the unknown cell 'gru after' must raise ValueError")
def looks_at_the_first_letter(cell, inputs, units):
    for name in ("rnn", "lstm", "gru before" if "before" in cell else "gru"):
        if cell[:1] == name[:1]:
            return _count(name, inputs, units)
    raise ValueError(cell)


@wrong("count_parameters", "return an int for 'lstm' too")
def returns_a_float_for_the_cells_with_gates(cell, inputs, units):
    count = _count(cell, inputs, units)
    return count if cell == "rnn" else float(count)


@wrong("run_masked", "return the last state")
def returns_nothing(step, x, mask, state):
    _run(step, x, mask, state)


@wrong("run_masked", "not the states of all steps")
def returns_all_states(step, x, mask, state):
    if isinstance(state, tuple):
        return _run(step, x, mask, state)
    return np.array([_run(step, x[:t + 1], mask, state) for t in range(len(x))])


@wrong("run_masked", "return an array, not a tuple")
def returns_every_state_as_a_tuple(step, x, mask, state):
    last = _run(step, x, mask, state)
    return last if isinstance(last, tuple) else (last,)


@wrong("run_masked", "for a tuple of 1 return a tuple of 1")
def knows_tuples_of_two_alone(step, x, mask, state):
    last = _run(step, x, mask, state)
    return (last[0], last[-1]) if isinstance(state, tuple) else last


@wrong("run_masked", "for a tuple of 3 return a tuple of 3")
def loses_the_third_array(step, x, mask, state):
    if isinstance(state, tuple) and len(state) == 3:
        return _run(step, x, mask, state)[:2]
    return _run(step, x, mask, state)


@wrong("run_masked", "return a tuple of 2, not list of 2")
def returns_a_list_for_a_tuple(step, x, mask, state):
    return _run(step, x, mask, state, pack=list)


@wrong("run_masked", "the state lost digits")
def rounds_the_state(step, x, mask, state):
    return _run(step, x, mask, state, lambda keep, new, old, start: np.where(keep[:, None], new.round(3), old))


@wrong("run_masked", "the state came in float64 and comes back in float32")
def keeps_the_state_in_float32(step, x, mask, state):
    return _run(step, x, mask, state, lambda keep, new, old, start: np.where(keep[:, None], new, old).astype(np.float32))


@wrong("run_masked", "the state lost digits")
def computes_in_float32(step, x, mask, state):
    last = _run(step, x, mask, state, lambda keep, new, old, start: np.where(keep[:, None], new.astype(np.float32), old))
    return last if isinstance(last, tuple) else last.astype(state.dtype)


@wrong("run_masked", "must keep the state that was given")
def reads_at_least_one_word(step, x, mask, state):
    mask = mask.copy()
    if len(mask):
        mask[0, ~mask.any(axis=0)] = True
    return _run(step, x, mask, state)


@wrong("run_masked", "the state never changed")
def forgets_to_keep_the_new_state(step, x, mask, state):
    for x_t in x:
        step(x_t, state)
    return state


@wrong("gru_step", "you changed the caller's b")
def adds_the_biases_in_place(x, h, W, U, b, reset_after):
    answer = _gru(x, h, W, U, b, reset_after)
    if b.shape[-1] == 9:                                            # the test on paper would notice it too
        b += 1
    return answer


@wrong("gru_step", "the bias is missing with reset_after=False")
def forgets_the_bias_of_the_papers_version(x, h, W, U, b, reset_after):
    return _gru(x, h, W, U, b if reset_after else 0 * b, reset_after)


@wrong("gru_step", "both biases are missing")
def forgets_all_biases(x, h, W, U, b, reset_after):
    return _gru(x, h, W, U, 0 * b, reset_after)


@wrong("gru_step", "the first sample is right, the others are not")
def takes_the_first_state_for_all_samples(x, h, W, U, b, reset_after):
    return _gru(x, np.broadcast_to(h[:1], h.shape), W, U, b, reset_after)


@wrong("gru_step", "the first sample is right, the others are not")
def takes_the_first_input_for_all_samples(x, h, W, U, b, reset_after):
    return _gru(np.broadcast_to(x[:1], x.shape), h, W, U, b, reset_after)


@wrong("gru_step", "the next state has the shape of h, (4, 3)")
def computes_the_first_sample_alone(x, h, W, U, b, reset_after):
    return _gru(x[:1], h[:1], W, U, b, reset_after)


@wrong("gru_step", "the next state has the shape of h, (4, 3)")
def averages_the_samples(x, h, W, U, b, reset_after):
    return _gru(x, h, W, U, b, reset_after).mean(axis=0, keepdims=True)

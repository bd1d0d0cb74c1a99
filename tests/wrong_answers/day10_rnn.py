"""Wrong answers to the exercises of Day 10."""

import math

import numpy as np

from wrong_answers import wrong


def _log_softmax(logits):
    z = logits - logits.max(axis=-1, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=-1, keepdims=True))


def _bits(logits, targets, log_softmax=_log_softmax):
    """Bits for each character, (T, n)."""
    return -np.take_along_axis(log_softmax(logits), targets[..., None], axis=-1)[..., 0] / math.log(2)


@wrong("bits_and_perplexity", "return two numbers")
def returns_the_bits_alone(logits, targets):
    return float(_bits(logits, targets).mean())


@wrong("bits_and_perplexity", "the mean over all steps and all texts")
def returns_one_number_for_each_text(logits, targets):
    bits = _bits(logits, targets).mean(axis=0)
    return bits, 2 ** bits


@wrong("bits_and_perplexity", "in nats: divide by ln 2")
def returns_nats(logits, targets):
    nats = _bits(logits, targets).mean() * math.log(2)
    return nats, math.exp(nats)


@wrong("bits_and_perplexity", "you added the bits up")
def adds_the_bits_up(logits, targets):
    bits = _bits(logits, targets).sum()
    return bits, 2 ** bits


@wrong("bits_and_perplexity", "the sign")
def forgets_the_minus(logits, targets):
    bits = -_bits(logits, targets).mean()
    return bits, 2 ** bits


@wrong("bits_and_perplexity", "the base")
def raises_e_to_the_bits(logits, targets):
    bits = _bits(logits, targets).mean()
    return bits, np.exp(bits)


@wrong("bits_and_perplexity", "not the log of the mean probability")
def averages_the_probabilities(logits, targets):
    bits = -np.log2((2 ** -_bits(logits, targets)).mean())
    return bits, 2 ** bits


@wrong("bits_and_perplexity", "the first text's target for all texts")
def looks_up_the_first_text_for_all(logits, targets):
    bits = _bits(logits, np.broadcast_to(targets[:, :1], targets.shape)).mean()
    return bits, 2 ** bits


@wrong("bits_and_perplexity", "not the mean of each one's perplexity")
def averages_the_perplexities(logits, targets):
    bits = _bits(logits, targets)
    return bits.mean(), (2 ** bits).mean()


@wrong("bits_and_perplexity", "perplexity is two to the power of the bits")
def takes_the_number_of_characters_for_perplexity(logits, targets):
    return _bits(logits, targets).mean(), logits.shape[-1]


@wrong("bits_and_perplexity", "take the maximum of each row out first")
def overflows(logits, targets):
    bits = _bits(logits, targets, lambda z: z - np.log(np.exp(z).sum(axis=-1, keepdims=True))).mean()
    return bits, 2 ** bits


@wrong("bits_and_perplexity", "take the maximum of each row out first")
def takes_out_one_maximum_for_all_rows(logits, targets):
    z = logits - logits.max()
    bits = _bits(z, targets, lambda z: z - np.log(np.exp(z).sum(axis=-1, keepdims=True))).mean()
    return bits, 2 ** bits


@wrong("bits_and_perplexity", "clip nothing")
def clips_the_probabilities(logits, targets):
    bits = _bits(logits, targets, lambda z: np.log(np.exp(_log_softmax(z)).clip(1e-12))).mean()
    return bits, 2 ** bits


@wrong("bits_and_perplexity", "you changed the logits of the caller")
def takes_the_maximum_out_in_place(logits, targets):
    logits -= logits.max(axis=-1, keepdims=True)
    bits = _bits(logits, targets).mean()
    return bits, 2 ** bits


def _clip(gradients, limit, norm=None, factor=None, cut=None, refuse=None):
    """The right answer with one thing changed."""
    norm = (norm or (lambda gs: math.sqrt(sum((g ** 2).sum() for g in gs))))(gradients.values())
    if (refuse or (lambda norm, limit: not (math.isfinite(norm) and limit > 0)))(norm, limit):
        raise ValueError("the norm must be finite and the limit positive")
    factor = (factor or (lambda norm, limit: limit / norm if norm > limit else 1.0))(norm, limit)
    return {name: (cut or np.multiply)(g, factor) for name, g in gradients.items()}, norm


@wrong("clip_by_global_norm", "return the clipped dict and the norm")
def returns_the_dict_alone(gradients, limit):
    return _clip(gradients, limit)[0]


@wrong("clip_by_global_norm", "you changed the caller's arrays in place")
def multiplies_in_place(gradients, limit):
    return _clip(gradients, limit, cut=lambda g, factor: np.multiply(g, factor, out=g))


@wrong("clip_by_global_norm", "the names must stay")
def numbers_the_arrays(gradients, limit):
    clipped, norm = _clip(gradients, limit)
    return dict(enumerate(clipped.values())), norm


@wrong("clip_by_global_norm", "BEFORE clipping")
def returns_the_norm_after_clipping(gradients, limit):
    clipped, norm = _clip(gradients, limit)
    return clipped, min(norm, limit)


@wrong("clip_by_global_norm", "take the root")
def forgets_the_root(gradients, limit):
    return _clip(gradients, limit, norm=lambda gs: sum((g ** 2).sum() for g in gs))


@wrong("clip_by_global_norm", "do not add the norms")
def adds_the_norms(gradients, limit):
    return _clip(gradients, limit, norm=lambda gs: sum(np.linalg.norm(g) for g in gs))


@wrong("clip_by_global_norm", "one norm for all arrays, not one for each")
def clips_each_array_by_its_own_norm(gradients, limit):
    clipped = {name: _clip({name: g}, limit)[0][name] for name, g in gradients.items()}
    return clipped, _clip(gradients, limit)[1]


@wrong("clip_by_global_norm", "the factor is limit / norm")
def divides_by_the_norm_alone(gradients, limit):
    return _clip(gradients, limit, factor=lambda norm, limit: 1 / norm if norm > limit else 1.0)


@wrong("clip_by_global_norm", "a short gradient was stretched")
def stretches_short_gradients(gradients, limit):
    return _clip(gradients, limit, factor=lambda norm, limit: limit / norm if norm > 0 else 1.0)


@wrong("clip_by_global_norm", "0 / 0 is NaN")
def divides_by_a_norm_of_zero(gradients, limit):
    _, norm = _clip(gradients, limit)
    with np.errstate(invalid="ignore"):
        return {name: g / np.float64(norm) * min(norm, limit) for name, g in gradients.items()}, norm


@wrong("clip_by_global_norm", "the sign of a gradient was lost")
def loses_the_sign(gradients, limit):
    return _clip(gradients, limit, cut=lambda g, factor: np.abs(g) * factor)


@wrong("clip_by_global_norm", "a gradient with nan must raise ValueError")
def lets_nan_pass(gradients, limit):
    return _clip(gradients, limit, refuse=lambda norm, limit: limit <= 0)


@wrong("clip_by_global_norm", "a gradient with inf must raise ValueError")
def looks_for_nan_alone(gradients, limit):
    with np.errstate(invalid="ignore"):
        return _clip(gradients, limit, refuse=lambda norm, limit: math.isnan(norm) or limit <= 0)


@wrong("clip_by_global_norm", "a limit of 0.0 must raise ValueError")
def allows_a_limit_of_zero(gradients, limit):
    return _clip(gradients, limit, refuse=lambda norm, limit: not math.isfinite(norm) or limit < 0)


class _RNN:
    """The right answer, for the wrong ones to change one thing."""

    def __init__(self, W, U, b):
        self.W, self.U, self.b, self.h = W, U, b, None

    def reset(self):
        self.h = None

    def start(self, x):
        if self.h is None:
            self.h = np.zeros((x.shape[1], len(self.b)))
        if x.shape[1] != len(self.h):
            raise ValueError("another number of sequences: call reset first")

    def step(self, x, h):
        return np.tanh(x @ self.W + h @ self.U + self.b)

    def read(self, x):
        self.start(x)
        out = np.empty((*x.shape[:2], len(self.b)))
        for t in range(len(x)):
            out[t] = self.h = self.step(x[t], self.h)
        return out


@wrong("StatefulRNN", "read returns (T, n, units)")
class PutsTheSequencesFirst(_RNN):
    def read(self, x):
        return super().read(x).swapaxes(0, 1)


@wrong("StatefulRNN", "read returns (T, n, units)")
class ReturnsTheLastStateAlone(_RNN):
    def read(self, x):
        return super().read(x)[-1]


@wrong("StatefulRNN", "the first state is tanh(x W + b)")
class ForgetsTheBias(_RNN):
    def step(self, x, h):
        return np.tanh(x @ self.W + h @ self.U)


@wrong("StatefulRNN", "from zeros there is nothing to remember")
class StartsFromOnes(_RNN):
    def start(self, x):
        if self.h is None:
            self.h = np.ones((x.shape[1], len(self.b)))
        super().start(x)


@wrong("StatefulRNN", "each step must use the state of the step before")
class StartsEachStepFromTheStateOfThePiece(_RNN):
    def read(self, x):
        self.start(x)
        out = np.array([self.step(x[t], self.h) for t in range(len(x))])
        self.h = out[-1].copy()
        return out


@wrong("StatefulRNN", "not by its transpose")
class TransposesU(_RNN):
    def step(self, x, h):
        return np.tanh(x @ self.W + h @ self.U.T + self.b)


@wrong("StatefulRNN", "the second piece starts from zeros")
class StartsEachPieceFromZeros(_RNN):
    def read(self, x):
        self.reset()
        return super().read(x)


@wrong("StatefulRNN", "an empty piece, T = 0, returns an array of shape (0, n, units)")
class LosesTheShapeOfAnEmptyPiece(_RNN):
    collect = staticmethod(np.array)

    def read(self, x):
        self.start(x)
        states = []
        for row in x:
            self.h = self.step(row, self.h)
            states.append(self.h)
        return self.collect(states)


@wrong("StatefulRNN", "keep the LAST state of a piece")
class KeepsTheFirstState(_RNN):
    def read(self, x):
        out = super().read(x)
        if len(out):
            self.h = out[0].copy()
        return out


@wrong("StatefulRNN", "keep the LAST state of a piece")
class KeepsTheMeanState(_RNN):
    def read(self, x):
        out = super().read(x)
        if len(out):
            self.h = out.mean(axis=0)
        return out


@wrong("StatefulRNN", "after reset the network must read as if it were new")
class ResetDoesNothing(_RNN):
    def reset(self):
        h = None                                                    # self. is missing


@wrong("StatefulRNN", "changing what was returned changed the state")
class KeepsAViewOfWhatItReturns(_RNN):
    def read(self, x):
        out = super().read(x)
        if len(out):
            self.h = out[-1]
        return out


@wrong("StatefulRNN", "Raise ValueError")
class StartsAnewForAnotherNumberOfSequences(_RNN):
    def start(self, x):
        if self.h is None or len(self.h) != x.shape[1]:
            self.h = np.zeros((x.shape[1], len(self.b)))


@wrong("StatefulRNN", "one sequence after four")
class MixesInTheStatesOfOthers(_RNN):
    def start(self, x):
        self.h = np.zeros((x.shape[1], len(self.b))) if self.h is None else self.h[:x.shape[1]]


def _both(bits):
    return bits.mean(), 2 ** bits.mean()


@wrong("bits_and_perplexity", "did you forget the softmax")
def forgets_the_softmax(logits, targets):
    return _both(_bits(logits, targets, lambda z: z))


@wrong("bits_and_perplexity", "softmax runs over the last axis")
def softmax_over_steps(logits, targets):
    return _both(_bits(logits, targets, lambda z: np.moveaxis(_log_softmax(np.moveaxis(z, 0, -1)), -1, 0)))


@wrong("bits_and_perplexity", "softmax runs over the last axis")
def softmax_over_texts(logits, targets):
    return _both(_bits(logits, targets, lambda z: _log_softmax(z.swapaxes(1, 2)).swapaxes(1, 2)))


@wrong("bits_and_perplexity", "softmax runs over the last axis")
def softmax_over_everything(logits, targets):
    return _both(_bits(logits, targets, lambda z: z - z.max() - np.log(np.exp(z - z.max()).sum())))


@wrong("bits_and_perplexity", "you added the bits up")
def adds_over_the_steps(logits, targets):
    return _both(_bits(logits, targets).sum(axis=0))


@wrong("bits_and_perplexity", "you added the bits up")
def adds_over_the_texts(logits, targets):
    return _both(_bits(logits, targets).sum(axis=1))


@wrong("bits_and_perplexity", "divide by ln 2")
def multiplies_by_ln_2(logits, targets):
    return _both(_bits(logits, targets) * math.log(2) ** 2)


@wrong("bits_and_perplexity", "the base")
def raises_two_to_the_nats(logits, targets):
    bits = _bits(logits, targets).mean()
    return bits, 2 ** (bits * math.log(2))


@wrong("bits_and_perplexity", "not the logarithm of a probability")
def takes_the_log_of_the_softmax(logits, targets):
    return _both(_bits(logits, targets, lambda z: np.log(np.exp(_log_softmax(z)))))


@wrong("bits_and_perplexity", "steps and texts have changed places")
def reads_the_targets_in_another_order(logits, targets):
    rows = _log_softmax(logits).reshape(-1, logits.shape[-1])
    return _both(-rows[np.arange(len(rows)), targets.T.ravel()] / math.log(2))


@wrong("bits_and_perplexity", "the last step alone")
def takes_the_last_step_alone(logits, targets):
    return _both(_bits(logits, targets)[-1])


@wrong("clip_by_global_norm", "each number was cut by itself")
def clips_by_value(gradients, limit):
    return {name: np.clip(g, -limit, limit) for name, g in gradients.items()}, _clip(gradients, limit)[1]


@wrong("clip_by_global_norm", "nothing was cut")
def compares_the_wrong_way_round(gradients, limit):
    return _clip(gradients, limit, factor=lambda norm, limit: limit / norm if 0 < norm < limit else 1.0)


@wrong("clip_by_global_norm", "nothing was cut")
def takes_max_for_min(gradients, limit):
    return _clip(gradients, limit, factor=lambda norm, limit: max(1.0, limit / norm))


@wrong("clip_by_global_norm", "all zeros stay zeros")
def stops_at_a_norm_of_zero(gradients, limit):
    return _clip(gradients, limit, factor=lambda norm, limit: min(1.0, limit / norm))


@wrong("clip_by_global_norm", "all zeros stay zeros")
def refuses_a_norm_of_zero(gradients, limit):
    return _clip(gradients, limit, refuse=lambda norm, limit: not (math.isfinite(norm) and norm > 0 and limit > 0))


@wrong("clip_by_global_norm", "one number for all arrays")
def returns_a_norm_for_each_array(gradients, limit):
    return _clip(gradients, limit)[0], {name: np.linalg.norm(g) for name, g in gradients.items()}


@wrong("clip_by_global_norm", "return a new dict")
def returns_the_callers_dict_if_short(gradients, limit):
    clipped, norm = _clip(gradients, limit)
    return (clipped if norm > limit else gradients), norm


@wrong("clip_by_global_norm", "the absolute values")
def adds_absolute_values(gradients, limit):
    return _clip(gradients, limit, norm=lambda gs: sum(np.abs(g).sum() for g in gs))


@wrong("clip_by_global_norm", "not the mean")
def takes_the_root_of_the_mean(gradients, limit):
    return _clip(gradients, limit, norm=lambda gs: math.sqrt(np.concatenate([g.ravel() ** 2 for g in gs]).mean()))


@wrong("clip_by_global_norm", "must raise ValueError, not AssertionError")
def asserts_that_the_norm_is_finite(gradients, limit):
    assert math.isfinite(_clip(gradients, limit, refuse=lambda norm, limit: limit <= 0)[1])
    return _clip(gradients, limit)


@wrong("StatefulRNN", "T = 0")
class LooksForTheLastStateOfAnEmptyPiece(_RNN):
    def read(self, x):
        out = super().read(x)
        self.h = out[-1].copy()
        return out


@wrong("StatefulRNN", "T = 0")
class StacksNoStates(LosesTheShapeOfAnEmptyPiece):
    collect = staticmethod(np.stack)


@wrong("StatefulRNN", "an empty piece must leave the state as it is")
class AnEmptyPieceForgets(_RNN):
    def read(self, x):
        out = super().read(x)
        self.h = out[-1].copy() if len(out) else None
        return out


@wrong("StatefulRNN", "two networks share one state")
class KeepsTheStateInTheClass(_RNN):
    """The class itself holds the state, and __init__ resets it: only two networks in turns show the mistake."""
    kept = {}

    def __init__(self, W, U, b):
        super().__init__(W, U, b)
        self.kept.clear()

    def reset(self):
        self.kept.clear()

    def read(self, x):
        self.h = self.kept.get("h")
        out = super().read(x)
        self.kept["h"] = self.h
        return out


@wrong("StatefulRNN", "two networks share one state")
class KeepsTheStateInTheClassForEver(KeepsTheStateInTheClass):
    kept = {}

    def __init__(self, W, U, b):
        _RNN.__init__(self, W, U, b)


@wrong("StatefulRNN", "four sequences after one")
class LeavesTheNumberOfSequencesToNumPy(_RNN):
    """1 after 4 stops in NumPy, by luck with ValueError; 4 after 1 is broadcast in silence."""
    def start(self, x):
        if self.h is None:
            self.h = np.zeros((x.shape[1], len(self.b)))


@wrong("StatefulRNN", "after reset another number of sequences must be fine")
class ResetKeepsTheNumberOfSequences(_RNN):
    def reset(self):
        self.h = None if self.h is None else np.zeros_like(self.h)


@wrong("StatefulRNN", "all states are the last one")
class AppendsTheSameArray(_RNN):
    def read(self, x):
        self.start(x)
        states = []
        for row in x:
            self.h[:] = self.step(row, self.h)
            states.append(self.h)
        return np.array(states).reshape(*x.shape[:2], -1)


@wrong("StatefulRNN", "Raise ValueError, not AssertionError")
class AssertsTheNumberOfSequences(_RNN):
    def start(self, x):
        assert self.h is None or len(self.h) == x.shape[1]
        super().start(x)


@wrong("bits_and_perplexity", "the two have changed places")
def swaps_bits_and_perplexity(logits, targets):
    return _both(_bits(logits, targets))[::-1]


@wrong("bits_and_perplexity", "the first text alone")
def takes_the_first_text_alone(logits, targets):
    return _both(_bits(logits, targets)[:, 0])


@wrong("bits_and_perplexity", "take the maximum of each row out first")
def takes_the_mean_out_instead_of_the_maximum(logits, targets):
    def log_softmax(z):
        z = z - z.mean(axis=-1, keepdims=True)
        return z - np.log(np.exp(z).sum(axis=-1, keepdims=True))
    return _both(_bits(logits, targets, log_softmax))


@wrong("bits_and_perplexity", "the perplexity is infinity")
def cuts_the_perplexity(logits, targets):
    bits = _bits(logits, targets).mean()
    return bits, 2 ** min(bits, 1000)


@wrong("bits_and_perplexity", "you changed the targets of the caller")
def makes_the_targets_flat_positions_in_place(logits, targets):
    log_p = _log_softmax(logits)
    targets += np.arange(targets.size).reshape(targets.shape) * logits.shape[-1]
    return _both(-log_p.ravel()[targets] / math.log(2))


@wrong("clip_by_global_norm", "W, shorter than the limit, was left as it is")
def cuts_only_the_arrays_that_are_longer_than_the_limit(gradients, limit):
    clipped, norm = _clip(gradients, limit)
    return {name: cut if np.linalg.norm(gradients[name]) > limit else gradients[name].copy() for name, cut in clipped.items()}, norm


@wrong("clip_by_global_norm", "not that of the longest one")
def takes_the_longest_array_for_all(gradients, limit):
    return _clip(gradients, limit, norm=lambda gs: max(np.linalg.norm(g) for g in gs))


@wrong("clip_by_global_norm", "a limit of infinity is a limit that cuts nothing")
def refuses_an_infinite_limit(gradients, limit):
    return _clip(gradients, limit, refuse=lambda norm, limit: not (math.isfinite(norm) and 0 < limit < math.inf))


@wrong("clip_by_global_norm", "a limit of infinity is a limit that cuts nothing")
def divides_infinity_by_infinity(gradients, limit):
    with np.errstate(all="ignore"):
        return _clip(gradients, limit, factor=lambda norm, limit: np.float64(limit) / max(norm, limit))


@wrong("clip_by_global_norm", "every number is halved")
def takes_a_limit_below_1_for_1(gradients, limit):
    return _clip(gradients, limit, factor=lambda norm, limit: min(1.0, max(limit, 1.0) / norm) if norm else 1.0)


@wrong("clip_by_global_norm", "a limit may be below 1, but your code stopped")
def refuses_a_limit_below_1(gradients, limit):
    return _clip(gradients, limit, refuse=lambda norm, limit: not (math.isfinite(norm) and limit >= 1))


@wrong("clip_by_global_norm", "a limit of nan must raise ValueError")
def lets_a_limit_of_nan_pass(gradients, limit):
    return _clip(gradients, limit, refuse=lambda norm, limit: not math.isfinite(norm) or limit <= 0)


@wrong("clip_by_global_norm", "the squares of 3e200 overflow")
def looks_for_nan_and_inf_in_the_numbers_alone(gradients, limit):
    with np.errstate(all="ignore"):
        return _clip(gradients, limit, refuse=lambda norm, limit: not (all(np.isfinite(g).all() for g in gradients.values()) and limit > 0))


@wrong("clip_by_global_norm", "(here it is in b)")
def looks_at_the_first_array_alone(gradients, limit):
    with np.errstate(all="ignore"):
        return _clip(gradients, limit, refuse=lambda norm, limit: not (np.isfinite(next(iter(gradients.values()))).all() and limit > 0))


@wrong("clip_by_global_norm", "a gradient with -inf must raise ValueError")
def looks_for_nan_and_plus_infinity(gradients, limit):
    with np.errstate(all="ignore"):
        bad = any(np.isnan(g).any() or (g == np.inf).any() for g in gradients.values())
        return _clip(gradients, limit, refuse=lambda norm, limit: bad or not limit > 0)


@wrong("clip_by_global_norm", "or the dict")
def writes_the_norm_into_the_callers_dict(gradients, limit):
    answer = _clip(gradients, limit)
    gradients["norm"] = np.array(answer[1])
    return answer


@wrong("clip_by_global_norm", "must keep it")
def flattens_the_arrays(gradients, limit):
    clipped, norm = _clip(gradients, limit)
    return {name: g.ravel() for name, g in clipped.items()}, norm


@wrong("StatefulRNN", "reset before the first read must do nothing")
class ResetFillsTheStateWithZeros(_RNN):
    def reset(self):
        self.h[:] = 0


@wrong("StatefulRNN", "a piece that was refused must leave the state as it is")
class ARefusedPieceForgets(_RNN):
    def start(self, x):
        if self.h is not None and len(self.h) != x.shape[1]:
            self.h = None
            raise ValueError("another number of sequences")
        super().start(x)


@wrong("StatefulRNN", "in a piece of 0 steps: raise ValueError")
class LooksAtTheNumberOfSequencesInTheLoop(_RNN):
    def start(self, x):
        if len(x):
            super().start(x)
        elif self.h is None:
            self.h = np.zeros((x.shape[1], len(self.b)))


@wrong("StatefulRNN", "an empty piece can be the first")
class TheFirstPieceMayNotBeEmpty(_RNN):
    def read(self, x):
        out = super().read(x)
        if self.fresh and not len(x):
            raise IndexError("no step")
        self.fresh = False
        return out

    def reset(self):
        super().reset()
        self.fresh = True

    def __init__(self, W, U, b):
        super().__init__(W, U, b)
        self.fresh = True


@wrong("StatefulRNN", "read returns a NumPy array, not list")
class ReturnsAListOfStates(_RNN):
    def read(self, x):
        return list(super().read(x))


@wrong("StatefulRNN", "read returns a NumPy array, not NoneType")
class ReturnsNothing(_RNN):
    def read(self, x):
        super().read(x)


@wrong("StatefulRNN", "you changed the caller's x, W, U or b")
class AddsTheDriveInPlace(_RNN):
    def __init__(self, W, U, b):
        super().__init__(W, U, b)
        self.b += 0.0
        self.W[:] = W

    def read(self, x):
        out = super().read(x)
        x[:] = 0
        return out


@wrong("StatefulRNN", "here (1, 4, 3), not (1, 3)")
class ReadsTheFirstSequenceAlone(_RNN):
    def read(self, x):
        return super().read(x)[:, 0]

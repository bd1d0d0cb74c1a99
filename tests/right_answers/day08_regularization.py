"""Right answers in other styles to the exercises of Day 8."""

import keras
import numpy as np
import tensorflow as tf

from right_answers import right


@right("dropout_layer")
def loops_over_the_entries(a, rate, rng, training):
    if not training:
        return a
    out = np.zeros(a.shape)
    for index in np.ndindex(a.shape):
        if rng.random() >= rate:
            out[index] = a[index] / (1 - rate)
    return out


@right("dropout_layer")
def draws_from_a_binomial(a, rate, rng, training):
    return a * rng.binomial(1, 1 - rate, size=a.shape) / (1 - rate) if training else a.copy()


@right("dropout_layer")
def chooses_keep_or_drop(a, rate, rng, training):
    factors = rng.choice([0, 1 / (1 - rate)], p=[rate, 1 - rate], size=np.shape(a)) if training else 1.0
    return np.multiply(a, factors)


@right("dropout_layer")
def writes_zeros_into_a_copy(a, rate, rng, training):
    out = np.array(a, dtype=np.float32)
    if training:
        out /= 1 - rate
        out[rng.uniform(size=out.shape) < rate] = 0
    return out


@right("dropout_layer")
def takes_a_mask_of_tensorflow(a, rate, rng, training):
    if not training:
        return a
    keep = tf.constant(rng.random(a.shape)) >= rate
    return tf.where(keep, tf.cast(a, tf.float64) / (1 - rate), 0).numpy()


@right("batchnorm_call")
def loops_over_the_features(x, state, momentum, training, epsilon=1e-3):
    new = {key: value.copy() for key, value in state.items()}
    out = np.empty_like(x)
    for j in range(x.shape[1]):
        m, v = state["mean"][j], state["var"][j]
        if training:
            m = sum(x[:, j]) / len(x)
            v = sum((x[:, j] - m)**2) / len(x)
            new["mean"][j] += (1 - momentum) * (m - new["mean"][j])
            new["var"][j] += (1 - momentum) * (v - new["var"][j])
        out[:, j] = (x[:, j] - m) * (v + epsilon)**-0.5
    return out, new


@right("batchnorm_call")
def changes_copies_in_place(x, state, momentum, training, epsilon=1e-3):
    m, v = (x.mean(0), np.mean((x - x.mean(0))**2, 0)) if training else (state["mean"], state["var"])
    x = x.copy()
    x -= m
    x /= np.sqrt(v + epsilon)
    if not training:
        return x, state
    return x, dict(mean=np.average([state["mean"], m], axis=0, weights=[momentum, 1 - momentum]),
                   var=np.average([state["var"], v], axis=0, weights=[momentum, 1 - momentum]))


@right("batchnorm_call")
def asks_keras(x, state, momentum, training, epsilon=1e-3):
    layer = keras.layers.BatchNormalization(momentum=momentum, epsilon=epsilon, center=False, scale=False, dtype="float64")
    layer.build(x.shape)
    layer.set_weights([state["mean"], state["var"]])
    out = layer(x, training=training).numpy()
    return [out, dict(zip(("mean", "var"), layer.get_weights()))]


@right("batchnorm_call")
def takes_the_moments_of_tensorflow(x, state, momentum, training, epsilon=1e-3):
    mean, var = tf.nn.moments(tf.constant(x), axes=[0]) if training else (state["mean"], state["var"])
    out, share = tf.nn.batch_normalization(x, mean, var, None, None, epsilon), momentum if training else 1.0
    return out.numpy(), {"mean": share * state["mean"] + (1 - share) * np.array(mean), "var": share * state["var"] + (1 - share) * np.array(var)}


@right("batchnorm_call")
def uses_einsum(x, state, momentum, training, epsilon=1e-3):
    mean, var, new = state["mean"], state["var"], dict(state)
    if training:
        mean = np.einsum("ij->j", x) / len(x)
        var = np.einsum("ij,ij->j", x - mean, x - mean) / len(x)
        new = {"var": momentum * state["var"] + (1 - momentum) * var, "mean": momentum * state["mean"] + (1 - momentum) * mean}
    return np.divide(x - mean, np.sqrt(var + epsilon)), new


@right("fold_before")
def asks_what_the_two_layers_do(W, b, gamma, beta, mean, var, epsilon=1e-3):
    def two_layers(x):
        return (gamma * (x - mean) / np.sqrt(var + epsilon) + beta) @ W + b
    bias = two_layers(np.zeros_like(mean))
    return two_layers(np.eye(len(mean))) - bias, bias


@right("fold_before")
def loops_over_inputs_and_outputs(W, b, gamma, beta, mean, var, epsilon=1e-3):
    kernel, bias = np.array(W), np.array(b)
    for i in range(W.shape[0]):
        s = gamma[i] / (var[i] + epsilon)**0.5
        for j in range(W.shape[1]):
            kernel[i, j] = s * W[i, j]
            bias[j] += (beta[i] - mean[i] * s) * W[i, j]
    return kernel, bias


@right("fold_before")
def multiplies_by_a_diagonal(W, b, gamma, beta, mean, var, epsilon=1e-3):
    S = np.diag(gamma / np.sqrt(var + epsilon))
    return [S @ W, W.T @ (beta - S @ mean) + b]


@right("fold_before")
def folds_in_einsum_and_tensors(W, b, gamma, beta, mean, var, epsilon=1e-3):
    s = tf.constant(gamma) * tf.math.rsqrt(tf.constant(var) + epsilon)
    kernel = tf.einsum("d,dk->dk", s, W)
    return kernel.numpy(), (b + tf.einsum("d,dk->k", beta, W) - tf.einsum("d,dk->k", mean, kernel)).numpy()

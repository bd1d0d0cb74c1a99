"""Right answers to the exercises of Day 12, in other styles than the solution's."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from right_answers import right


@right("linear_probe")
def calls_the_base_in_a_functional_model(base, classes):
    base.trainable = False
    image = keras.Input(base.input_shape[1:])
    model = keras.Model(image, layers.Dense(classes)(base(image, training=False)))
    model.compile(optimizer=keras.optimizers.SGD(0.1, momentum=0.9), loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    return model


@right("linear_probe")
def goes_on_from_the_output_of_the_base(base, classes):
    model = keras.Model(base.inputs, layers.Dense(classes, kernel_initializer="zeros", activation="linear")(base.outputs[0]))
    for layer in model.layers[:-1]:
        layer.trainable = False
    model.compile("rmsprop", lambda y, z: tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(tf.cast(tf.reshape(y, [-1]), tf.int32), z)))
    return model


class _Probe(keras.Model):
    def __init__(self, base, classes):
        super().__init__()
        self.base, self.head = base, layers.Dense(classes)

    def call(self, x):
        return self.head(self.base(x))


@right("linear_probe")
def writes_a_class_of_its_own(base, classes):
    model = _Probe(base, classes)
    model.base.trainable = False
    model.compile(keras.optimizers.Adam(), keras.losses.SparseCategoricalCrossentropy(from_logits=True), run_eagerly=True)
    return model


@right("linear_probe")
def freezes_layer_by_layer_and_drops_the_bias(base, classes):
    def freeze(model):
        for layer in model.layers:
            freeze(layer) if isinstance(layer, keras.Model) else setattr(layer, "trainable", False)

    freeze(base)
    model = keras.Sequential()
    model.add(base)
    model.add(layers.Dense(units=classes, use_bias=False))
    model.compile(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True), optimizer="sgd", jit_compile=False)
    return model


@right("linear_probe")
def compiles_twice_and_freezes_in_between(base, classes):
    model = keras.Sequential([base, layers.Dense(classes)])
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    base.trainable = False
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model


@right("freeze_statistics")
def walks_with_a_stack(model):
    count, stack = 0, [model]
    while stack:
        layer = stack.pop()
        if hasattr(layer, "layers"):
            stack.extend(layer.layers)
        elif isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = False
            count += 1
    return count


@right("freeze_statistics")
def takes_the_flat_list_of_keras(model):
    found = [layer for layer in model._flatten_layers() if isinstance(layer, layers.BatchNormalization)]
    for layer in found:
        layer.trainable = False
    return len(found)


def _norms(layer):
    if isinstance(layer, layers.BatchNormalization):
        yield layer
    for part in getattr(layer, "layers", ()):
        yield from _norms(part)


@right("freeze_statistics")
def counts_what_a_generator_gives(model):
    return np.int64(sum(setattr(layer, "trainable", False) is None for layer in _norms(model)))


@right("freeze_statistics")
def adds_up_in_one_expression(model):
    def one(layer):
        if isinstance(layer, layers.BatchNormalization):
            layer.trainable = False
            return 1
        return sum(map(one, layer.layers)) if isinstance(layer, keras.Model) else 0

    return one(model)


@right("two_rate_step")
def takes_two_gradients_from_one_persistent_tape(base, head, x, y, lr_base, lr_head):
    with tf.GradientTape(persistent=True) as tape:
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)(y, head(base(x, training=False), training=False))
    new = [(w, w - rate * tape.gradient(loss, w)) for part, rate in ((base, lr_base), (head, lr_head)) for w in part.trainable_variables]
    for w, value in new:
        w.assign(value)
    return loss.numpy()


@right("two_rate_step")
def writes_the_loss_by_hand_on_one_flat_list(base, head, x, y, lr_base, lr_head):
    weights = list(base.trainable_weights) + list(head.trainable_weights)
    rates = [lr_base] * len(base.trainable_weights) + [lr_head] * len(head.trainable_weights)
    with tf.GradientTape() as tape:
        z = head(base(tf.constant(x), training=False), training=False)
        z = z - tf.reduce_max(z, axis=1, keepdims=True)
        log_p = z - tf.math.log(tf.reduce_sum(tf.exp(z), axis=1, keepdims=True))
        loss = -tf.reduce_sum(log_p * tf.one_hot(y, z.shape[1])) / len(x)
    for w, gradient, rate in zip(weights, tape.gradient(loss, weights), rates):
        w.assign(w.numpy() - rate * gradient.numpy())
    return float(loss)


@right("two_rate_step")
def gives_each_part_that_can_learn_an_optimizer(base, head, x, y, lr_base, lr_head):
    parts = [(part.trainable_variables, keras.optimizers.SGD(rate)) for part, rate in ((base, lr_base), (head, lr_head)) if part.trainable_variables]
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=head(base(x, training=False), training=False)))
    for (variables, optimizer), gradients in zip(parts, tape.gradient(loss, [variables for variables, _ in parts])):
        optimizer.apply(gradients, variables)
    return loss.numpy().item()


@right("two_rate_step")
def goes_sample_by_sample(base, head, x, y, lr_base, lr_head):
    weights = [*base.trainable_variables, *head.trainable_variables]
    with tf.GradientTape() as tape:
        losses = [tf.reduce_logsumexp(z := head(base(x[i:i + 1], training=False), training=False)[0]) - z[int(y[i])] for i in range(len(x))]
        loss = sum(losses) / len(losses)
    gradients = tape.gradient(loss, weights)
    for i, (w, gradient) in enumerate(zip(weights, gradients)):
        w.assign_add(-(lr_base if i < len(base.trainable_variables) else lr_head) * gradient)
    return float(loss)

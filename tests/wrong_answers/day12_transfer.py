"""Wrong answers to the exercises of Day 12."""

import keras
import tensorflow as tf
from keras import layers

from wrong_answers import wrong


def _compiled(model, from_logits=True):
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=from_logits))
    return model


def _probe(base, classes, **options):
    return keras.Sequential([base, layers.Dense(classes, **options)])


@wrong("linear_probe", "it is not frozen")
def forgets_to_freeze(base, classes):
    return _compiled(_probe(base, classes))


@wrong("linear_probe", "AFTER compile")
def freezes_after_compile(base, classes):
    model = _compiled(_probe(base, classes))
    base.trainable = False
    return model


@wrong("linear_probe", "trainable again after compile")
def gives_the_base_back_as_it_was(base, classes):
    base.trainable = False
    model = _compiled(_probe(base, classes))
    base.trainable = True
    return model


@wrong("linear_probe", "nothing is left to train")
def freezes_the_whole_model(base, classes):
    model = _probe(base, classes)
    model.trainable = False
    return _compiled(model)


def _freeze(model, chosen):
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            _freeze(layer, chosen)
        else:
            layer.trainable = layer.trainable and not chosen(layer)


@wrong("linear_probe", "only batch normalization stood still")
def freezes_batch_normalization_alone(base, classes):
    _freeze(base, lambda layer: isinstance(layer, layers.BatchNormalization))
    return _compiled(_probe(base, classes))


@wrong("linear_probe", "freeze it, too")
def freezes_everything_but_batch_normalization(base, classes):
    _freeze(base, lambda layer: not isinstance(layer, layers.BatchNormalization))
    return _compiled(_probe(base, classes))


@wrong("linear_probe", "the statistics of batch normalization moved")
def freezes_the_variables_but_not_the_layers(base, classes):
    for variable in base.trainable_variables:
        variable.trainable = False
    return _compiled(_probe(base, classes))


@wrong("linear_probe", "a model inside the base moved")
def forgets_the_model_inside(base, classes):
    for layer in base.layers:
        if isinstance(layer, (layers.Conv2D, layers.BatchNormalization)):
            layer.trainable = False
    return _compiled(_probe(base, classes))


@wrong("linear_probe", "these are probabilities")
def puts_a_softmax_before_from_logits(base, classes):
    base.trainable = False
    return _compiled(_probe(base, classes, activation="softmax"))


@wrong("linear_probe", "tell it from_logits=True")
def takes_the_loss_by_its_name(base, classes):
    base.trainable = False
    model = _probe(base, classes)
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


@wrong("linear_probe", "the model is not compiled")
def forgets_to_compile(base, classes):
    base.trainable = False
    return _probe(base, classes)


@wrong("linear_probe", "logits of shape (16, 5), not (16, 10)")
def gives_ten_logits_always(base, classes):
    base.trainable = False
    return _compiled(_probe(base, 10))


@wrong("linear_probe", "return a new keras.Model")
def compiles_the_base_alone(base, classes):
    base.trainable = False
    return _compiled(base)


@wrong("linear_probe", "not a fresh copy")
def works_on_a_clone_without_its_weights(base, classes):
    copy = keras.models.clone_model(base)
    copy.trainable = False
    return _compiled(_probe(copy, classes))


def _norms(model):
    for layer in model.layers:
        if isinstance(layer, layers.BatchNormalization):
            yield layer
        elif hasattr(layer, "layers"):
            yield from _norms(layer)


@wrong("freeze_statistics", "lists the top level alone")
def stays_at_the_top(model):
    found = [layer for layer in model.layers if isinstance(layer, layers.BatchNormalization)]
    for layer in found:
        layer.trainable = False
    return len(found)


@wrong("freeze_statistics", "two levels down is still trainable")
def goes_one_level_down(model):
    count = 0
    for layer in model.layers:
        for part in layer.layers if isinstance(layer, keras.Model) else [layer]:
            if isinstance(part, layers.BatchNormalization):
                part.trainable, count = False, count + 1
    return count


@wrong("freeze_statistics", "you froze a whole model")
def freezes_the_model(model):
    model.trainable = False
    return len(list(_norms(model)))


@wrong("freeze_statistics", "a whole model that the caller had frozen is trainable now")
def sets_the_model_trainable_first(model):
    model.trainable = True
    for layer in (found := list(_norms(model))):
        layer.trainable = False
    return len(found)


@wrong("freeze_statistics", "the caller had frozen is trainable now")
def sets_the_flag_of_every_layer(model):
    count = 0
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            count += sets_the_flag_of_every_layer(layer)
            continue
        layer.trainable = not isinstance(layer, layers.BatchNormalization)
        count += not layer.trainable
    return count


@wrong("freeze_statistics", "for its name")
def asks_for_the_usual_name(model):
    count = 0
    for layer in model.layers:
        if "batch_normalization" in layer.name:
            layer.trainable, count = False, count + 1
        elif hasattr(layer, "layers"):
            count += asks_for_the_usual_name(layer)
    return count


@wrong("freeze_statistics", "named 'scaler'")
def asks_for_names_that_end_in_norm(model):
    count = 0
    for layer in model.layers:
        if layer.name.endswith("norm"):
            layer.trainable, count = False, count + 1
        elif hasattr(layer, "layers"):
            count += asks_for_names_that_end_in_norm(layer)
    return count


@wrong("freeze_statistics", "layer normalization has no statistics")
def asks_for_normalization_in_the_type_s_name(model):
    count = 0
    for layer in model.layers:
        if "Normalization" in type(layer).__name__:
            layer.trainable, count = False, count + 1
        elif hasattr(layer, "layers"):
            count += asks_for_normalization_in_the_type_s_name(layer)
    return count


@wrong("freeze_statistics", "you froze a Dense layer")
def freezes_all_but_batch_normalization(model):
    count = 0
    for layer in model.layers:
        if isinstance(layer, layers.BatchNormalization):
            count += 1
        elif isinstance(layer, keras.Model):
            count += freezes_all_but_batch_normalization(layer)
        elif not isinstance(layer, layers.LayerNormalization):
            layer.trainable = False
    return count


@wrong("freeze_statistics", "frozen already: count it, too")
def counts_those_that_it_changed(model):
    count = 0
    for layer in _norms(model):
        if layer.trainable:
            layer.trainable, count = False, count + 1
    return count


@wrong("freeze_statistics", "add what the call on a model inside returns")
def forgets_to_add_up(model):
    count = 0
    for layer in model.layers:
        if isinstance(layer, layers.BatchNormalization):
            layer.trainable, count = False, count + 1
        elif hasattr(layer, "layers"):
            forgets_to_add_up(layer)
    return count


@wrong("freeze_statistics", "on the layer and not on its variables")
def freezes_scale_and_shift(model):
    for layer in (found := list(_norms(model))):
        layer.gamma.trainable = layer.beta.trainable = False
    return len(found)


@wrong("freeze_statistics", "not the momentum")
def sets_the_momentum_to_one(model):
    for layer in (found := list(_norms(model))):
        layer.momentum = 1.0
    return len(found)


@wrong("freeze_statistics", "an int, not NoneType")
def returns_nothing(model):
    for layer in _norms(model):
        layer.trainable = False


def _loss(base, head, x, y, training=False):
    return tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(y, head(base(x, training=training), training=training), from_logits=True))


def _step(base, head, x, y, lr_base, lr_head, loss=_loss, groups=None):
    """The right answer with one thing changed."""
    groups = groups or (base.trainable_variables, head.trainable_variables)
    with tf.GradientTape() as tape:
        value = loss(base, head, x, y)
    for variables, gradients, rate in zip(groups, tape.gradient(value, groups), (lr_base, lr_head)):
        for variable, gradient in zip(variables, gradients):
            variable.assign_sub(rate * gradient)
    return float(value)


@wrong("two_rate_step", "the two rates have changed places")
def swaps_the_rates(base, head, x, y, lr_base, lr_head):
    return _step(base, head, x, y, lr_head, lr_base)


@wrong("two_rate_step", "moved with lr_head: one rate for both")
def uses_one_rate(base, head, x, y, lr_base, lr_head):
    return _step(base, head, x, y, lr_head, lr_head)


@wrong("two_rate_step", "uphill")
def climbs(base, head, x, y, lr_base, lr_head):
    return _step(base, head, x, y, -lr_base, -lr_head)


@wrong("two_rate_step", "at the NEW head")
def moves_the_head_first(base, head, x, y, lr_base, lr_head):
    with tf.GradientTape() as tape:
        loss = _loss(base, head, x, y)
    for variable, gradient in zip(head.trainable_variables, tape.gradient(loss, head.trainable_variables)):
        variable.assign_sub(lr_head * gradient)
    with tf.GradientTape() as tape:
        again = _loss(base, head, x, y)
    for variable, gradient in zip(base.trainable_variables, tape.gradient(again, base.trainable_variables)):
        variable.assign_sub(lr_base * gradient)
    return float(loss)


@wrong("two_rate_step", "not the sum")
def adds_up_the_losses(base, head, x, y, lr_base, lr_head):
    return _step(base, head, x, y, lr_base, lr_head, lambda *given: len(x) * _loss(*given))


@wrong("two_rate_step", "the statistics of the base moved")
def lets_the_statistics_move(base, head, x, y, lr_base, lr_head):
    return _step(base, head, x, y, lr_base, lr_head, lambda *given: _loss(*given, training=True))


@wrong("two_rate_step", "a frozen weight of the base moved")
def moves_every_weight_that_has_a_gradient(base, head, x, y, lr_base, lr_head):
    groups = [[w for w in model.weights if "moving" not in w.path] for model in (base, head)]
    with tf.GradientTape() as tape:
        tape.watch([w.value for w in groups[0] + groups[1]])
        loss = _loss(base, head, x, y)
    for variables, gradients, rate in zip(groups, tape.gradient(loss, [[w.value for w in group] for group in groups]), (lr_base, lr_head)):
        for variable, gradient in zip(variables, gradients):
            variable.assign_sub(rate * gradient)
    return float(loss)


@wrong("two_rate_step", "softmax twice")
def applies_softmax_before_from_logits(base, head, x, y, lr_base, lr_head):
    return _step(base, head, x, y, lr_base, lr_head, lambda base, head, x, y: tf.reduce_mean(
        keras.losses.sparse_categorical_crossentropy(y, tf.nn.softmax(head(base(x, training=False), training=False)), from_logits=True)))


@wrong("two_rate_step", "the loss takes the logits for probabilities")
def forgets_from_logits(base, head, x, y, lr_base, lr_head):
    return _step(base, head, x, y, lr_base, lr_head, lambda base, head, x, y: tf.reduce_mean(
        keras.losses.sparse_categorical_crossentropy(y, head(base(x, training=False), training=False))))


@wrong("two_rate_step", "the loss after the step")
def returns_the_loss_after_the_step(base, head, x, y, lr_base, lr_head):
    _step(base, head, x, y, lr_base, lr_head)
    return float(_loss(base, head, x, y))


@wrong("two_rate_step", "as a float, not EagerTensor")
def returns_a_tensor(base, head, x, y, lr_base, lr_head):
    loss = _loss(base, head, x, y)
    _step(base, head, x, y, lr_base, lr_head)
    return loss


@wrong("two_rate_step", "0 is a rate, too")
def takes_a_rate_of_zero_for_none(base, head, x, y, lr_base, lr_head):
    return _step(base, head, x, y, lr_base or lr_head / 10, lr_head)


@wrong("two_rate_step", "that is Adam's step")
def uses_adam(base, head, x, y, lr_base, lr_head):
    groups = base.trainable_variables, head.trainable_variables
    with tf.GradientTape() as tape:
        loss = _loss(base, head, x, y)
    for variables, gradients, rate in zip(groups, tape.gradient(loss, groups), (lr_base, lr_head)):
        keras.optimizers.Adam(rate).apply_gradients(zip(gradients, variables))
    return float(loss)


@wrong("two_rate_step", "keep no memory")
def keeps_momentum(base, head, x, y, lr_base, lr_head, velocity={}):
    groups = base.trainable_variables, head.trainable_variables
    with tf.GradientTape() as tape:
        loss = _loss(base, head, x, y)
    for variables, gradients, rate in zip(groups, tape.gradient(loss, groups), (lr_base, lr_head)):
        for variable, gradient in zip(variables, gradients):
            velocity[variable.path] = 0.9 * velocity.get(variable.path, 0.0) - rate * gradient
            variable.assign_add(velocity[variable.path])
    return float(loss)


@wrong("linear_probe", "put no activation on the Dense layer")
def squashes_the_logits(base, classes):
    base.trainable = False
    return _compiled(_probe(base, classes, activation="tanh"))


@wrong("linear_probe", "and nothing else with weights")
def normalizes_the_features_once_more(base, classes):
    base.trainable = False
    return _compiled(keras.Sequential([base, layers.BatchNormalization(), layers.Dense(classes)]))


@wrong("freeze_statistics", "you stop at the first model inside")
def returns_from_within_the_loop(model):
    count = 0
    for layer in model.layers:
        if isinstance(layer, layers.BatchNormalization):
            layer.trainable = False
            count += 1
        elif isinstance(layer, keras.Model):
            return count + returns_from_within_the_loop(layer)
    return count


@wrong("freeze_statistics", "count also those in a model that is frozen")
def skips_a_frozen_model(model):
    count = 0
    for layer in model.layers:
        if isinstance(layer, layers.BatchNormalization):
            layer.trainable = False
            count += 1
        elif isinstance(layer, keras.Model) and layer.trainable:
            count += skips_a_frozen_model(layer)
    return count


@wrong("freeze_statistics", "four levels down")
def three_loops_one_in_the_other(model):
    count = 0
    for layer in model.layers:
        for inner in getattr(layer, "layers", [layer]):
            for innermost in getattr(inner, "layers", [inner]):
                if isinstance(innermost, layers.BatchNormalization):
                    innermost.trainable = False
                    count += 1
    return count

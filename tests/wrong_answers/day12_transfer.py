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
        if isinstance(layer, (layers.Conv2D, layers.BatchNormalization, layers.Dense)):
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


@wrong("linear_probe", "the last layer of the base moved in fit")
def freezes_all_but_the_last_layer_of_the_base(base, classes):
    for layer in base.layers[:-1]:
        layer.trainable = False
    return _compiled(_probe(base, classes))


@wrong("linear_probe", "put no dropout and no noise")
def puts_dropout_before_the_head(base, classes):
    base.trainable = False
    return _compiled(keras.Sequential([base, layers.Dropout(0.5), layers.Dense(classes)]))


@wrong("linear_probe", "an activation between base and Dense layer")
def puts_a_relu_before_the_head(base, classes):
    base.trainable = False
    return _compiled(keras.Sequential([base, layers.ReLU(), layers.Dense(classes)]))


@wrong("linear_probe", "nothing between base and Dense layer")
def scales_the_features_to_length_one(base, classes):
    base.trainable = False
    return _compiled(keras.Sequential([base, layers.UnitNormalization(), layers.Dense(classes)]))


@wrong("linear_probe", "of shape (4, 3), not (4, 5)")
def gives_five_logits_always(base, classes):
    base.trainable = False
    return _compiled(_probe(base, 5))


@wrong("linear_probe", "the mean cross-entropy of these logits is")
def adds_weight_decay_to_the_loss(base, classes):
    base.trainable = False
    return _compiled(_probe(base, classes, kernel_regularizer="l2"))


@wrong("freeze_statistics", "in a model inside the model was frozen by the caller")
def wakes_the_other_layers_of_models_inside(model, inside=False):
    count = 0
    for layer in model.layers:
        if isinstance(layer, layers.BatchNormalization):
            layer.trainable, count = False, count + 1
        elif isinstance(layer, keras.Model):
            count += wakes_the_other_layers_of_models_inside(layer, True)
        elif inside:
            layer.trainable = True
    return count


@wrong("freeze_statistics", "a model inside the model was frozen by the caller and is trainable now")
def wakes_models_inside_first(model):
    count = 0
    for layer in model.layers:
        if isinstance(layer, layers.BatchNormalization):
            layer.trainable, count = False, count + 1
        elif isinstance(layer, keras.Model):
            flags = [(part, part.trainable) for part in layer.layers if not isinstance(part, (keras.Model, layers.BatchNormalization))]
            layer.trainable = True
            for part, flag in flags:
                part.trainable = flag
            count += wakes_models_inside_first(layer)
    return count


@wrong("freeze_statistics", "ask with isinstance, not for the exact type")
def asks_for_the_exact_type(model):
    count = 0
    for layer in model.layers:
        if type(layer) is layers.BatchNormalization:
            layer.trainable, count = False, count + 1
        elif hasattr(layer, "layers"):
            count += asks_for_the_exact_type(layer)
    return count


@wrong("freeze_statistics", "you compiled the model")
def compiles_as_well(model):
    for layer in (found := list(_norms(model))):
        layer.trainable = False
    model.compile("adam", "mse")
    return len(found)


@wrong("freeze_statistics", "you changed weights or statistics")
def begins_the_statistics_anew(model):
    for layer in (found := list(_norms(model))):
        layer.trainable = False
        layer.moving_mean.assign(0 * layer.moving_mean)
        layer.moving_variance.assign(0 * layer.moving_variance + 1)
    return len(found)


@wrong("freeze_statistics", "in a model of a learner's own class")
def knows_two_kinds_of_models(model):
    count = 0
    for layer in model.layers:
        if isinstance(layer, layers.BatchNormalization):
            layer.trainable, count = False, count + 1
        elif type(layer).__name__ in ("Sequential", "Functional"):
            count += knows_two_kinds_of_models(layer)
    return count


@wrong("two_rate_step", "do not round it")
def rounds_the_loss(base, head, x, y, lr_base, lr_head):
    return round(_step(base, head, x, y, lr_base, lr_head), 3)


@wrong("two_rate_step", "do not round it")
def rounds_the_loss_to_four_places(base, head, x, y, lr_base, lr_head):
    return round(_step(base, head, x, y, lr_base, lr_head), 4)


@wrong("two_rate_step", "you return the sum over the 3 samples")
def returns_the_sum_of_the_losses(base, head, x, y, lr_base, lr_head):
    return len(x) * _step(base, head, x, y, lr_base, lr_head)


@wrong("two_rate_step", "each sample its own")
def takes_the_first_label_for_all(base, head, x, y, lr_base, lr_head):
    return _step(base, head, x, 0 * y + y[0], lr_base, lr_head)


@wrong("two_rate_step", "become 1.5, 1.5, -1.25, not 1.490, 1.490, -1.255")
def cuts_the_gradient_to_length_two_and_a_half(base, head, x, y, lr_base, lr_head):
    groups = base.trainable_variables, head.trainable_variables
    with tf.GradientTape() as tape:
        loss = _loss(base, head, x, y)
    cut, _ = tf.clip_by_global_norm(tape.gradient(loss, [*groups[0], *groups[1]]), 2.5)
    for variable, gradient, rate in zip([*groups[0], *groups[1]], cut, [lr_base] * len(groups[0]) + [lr_head] * len(groups[1])):
        variable.assign_sub(rate * gradient)
    return float(loss)


@wrong("two_rate_step", "with one sample")
def squeezes_the_logits(base, head, x, y, lr_base, lr_head):
    return _step(base, head, x, y, lr_base, lr_head, lambda base, head, x, y: _loss(base, head, x, y) if len(x) > 1 else 0 * _loss(base, head, x, y))


@wrong("two_rate_step", "your code stopped with ValueError")
def hands_an_optimizer_no_weights(base, head, x, y, lr_base, lr_head):
    groups = base.trainable_variables, head.trainable_variables
    with tf.GradientTape() as tape:
        loss = _loss(base, head, x, y)
    for variables, gradients, rate in zip(groups, tape.gradient(loss, groups), (lr_base, lr_head)):
        keras.optimizers.SGD(rate).apply_gradients(zip(gradients, variables))
    return float(loss)


@wrong("two_rate_step", "a `trainable` flag of the caller")
def wakes_the_base(base, head, x, y, lr_base, lr_head):
    base.trainable = True
    return _step(base, head, x, y, lr_base, lr_head)


@wrong("two_rate_step", "take the mean over the samples alone")
def takes_the_mean_over_the_classes_too(base, head, x, y, lr_base, lr_head):
    def loss(base, head, x, y):
        z = head(base(x, training=False), training=False)
        return -tf.reduce_mean(tf.one_hot(y, z.shape[1]) * tf.nn.log_softmax(z))

    return _step(base, head, x, y, lr_base, lr_head, loss)


@wrong("two_rate_step", "each gradient is counted twice")
def counts_each_gradient_twice(base, head, x, y, lr_base, lr_head):
    return _step(base, head, x, y, lr_base, lr_head, lambda *given: _loss(*given) + _loss(*given)) / 2

"""One version of a model: a SavedModel, loaded and tried out before anybody is answered with it."""

import logging
import re
from pathlib import Path

import numpy as np

from .checks import SIGNATURE

log = logging.getLogger("serve")


class ModelError(Exception):
    """A version folder that cannot be served. The message is one sentence without paths."""


class Model:
    """`model(array)` is float32 (n, *shape) to float32 (n, …).

    Raises ModelError if it cannot be served: it must have the signature serving_default with one
    float32 input and one float32 output, both with a free first dimension, and give finite rows,
    one for each, on arrays of zeros.
    """

    def __init__(self, folder: Path, batch_size: int):
        import tensorflow as tf  # here, so that --help and a missing model do not wait for it

        self.version = int(folder.name)
        try:
            self.loaded = tf.saved_model.load(str(folder))
            function = self.loaded.signatures[SIGNATURE]
            inputs, outputs = function.structured_input_signature[1], function.structured_outputs
        except Exception:  # whatever a damaged file raises
            log.debug("loading failed", exc_info=True)
            raise ModelError(
                f"The files are damaged, or no SavedModel with the signature {SIGNATURE}."
            ) from None
        for what, specs in (("input", inputs), ("output", outputs)):
            shapes = [
                tuple(spec.shape)
                for spec in specs.values()
                if spec.dtype == tf.float32 and spec.shape.rank
            ]
            if (
                len(specs) != 1
                or not shapes
                or shapes[0][0] is not None
                or (None in shapes[0][1:] and what == "input")
            ):
                raise ModelError(
                    f"The model must have one {what}, float32, with a free first dimension and "
                    f"no other."
                )
        (self.input_name, spec), self.output_name = next(iter(inputs.items())), next(iter(outputs))
        self.shape = tuple(spec.shape)[1:]
        self.signature = {
            name: [signature_entry(key, tensor) for key, tensor in specs.items()]
            for name, specs in (("inputs", inputs), ("outputs", outputs))
        }
        self.function = lambda array: function(**{self.input_name: tf.constant(array)})[
            self.output_name
        ].numpy()
        self.refusals = (tf.errors.InvalidArgumentError,)
        self.try_out(batch_size)

    def __call__(self, array: np.ndarray) -> np.ndarray:
        return self.function(array)

    def try_out(self, batch_size: int) -> None:
        """Call it with zeros, in several sizes. ModelError if that fails in whatever way.

        Also, the first call of each is slow, and shall not be a client's. (Images with known
        answers belong here.)
        """
        for n in sorted({1, 2, batch_size}):
            try:
                out = self(np.zeros((n, *self.shape), np.float32))
                good = len(out) == n and bool(np.isfinite(out).all())
            except Exception as error:  # an assertion in the graph, a missing kernel, no memory
                log.debug("trying out failed", exc_info=True)
                raise ModelError(f"On zeros the model stops with {reason(error)}.") from None
            if not good:
                raise ModelError("On zeros the model gives no finite numbers, one row for each.")

    def metadata(self, name: str) -> dict:
        """What TensorFlow Serving says about a model's signature."""
        definition = {
            **{side: dict(entries) for side, entries in self.signature.items()},
            "method_name": "tensorflow/serving/predict",
            "defaults": {},
        }
        return {
            "model_spec": {"name": name, "signature_name": "", "version": str(self.version)},
            "metadata": {"signature_def": {"signature_def": {SIGNATURE: definition}}},
        }


def signature_entry(key: str, spec) -> tuple[str, dict]:
    """(name, what the metadata say about this tensor)."""
    dims = [{"size": str(-1 if size is None else size), "name": ""} for size in spec.shape]
    return key, {
        "dtype": "DT_" + spec.dtype.name.replace("float32", "float").upper(),
        "name": f"{SIGNATURE}_{key}:0",
        "tensor_shape": {"dim": dims, "unknown_rank": False},
    }


def reason(error: BaseException) -> str:
    """What went wrong, in a few words for people outside: the kind of error and its first line,
    without paths or addresses."""
    text = next((line.strip() for line in str(error).splitlines() if line.strip()), "")
    text = re.sub(r"\S*[/\\]\S*|0x[0-9a-f]+|\{\{.*?\}\}", "…", text)[:80].rstrip(" .:")
    return type(error).__name__ + (f" ({text})" if text else "")

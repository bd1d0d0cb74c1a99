"""Bad input is refused: a request becomes an array of the right shape, or a sentence that says what
to change."""

import json
import math
from itertools import chain

import numpy as np

SIGNATURE = "serving_default"
BYTES_FOR_A_NUMBER = 32  # "-1.2345678901234567e-100, " and then some


class Refused(Exception):
    """A request that gets an error: a status code, a sentence for the caller, perhaps headers."""

    def __init__(self, status: int, message: str, **headers: str):
        super().__init__(message)
        self.status, self.message = status, message
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


def usual_limit(shape: tuple, batch_size: int) -> int:
    """Bytes that a right request needs at most: `batch_size` arrays of this shape, each number
    written long."""
    return 10_000 + BYTES_FOR_A_NUMBER * batch_size * max(1, math.prod(shape))


def read_request(body: bytes, shape: tuple, input_name: str, limit: int) -> tuple[np.ndarray, str]:
    """The images of a predict request, float32 (n, *shape), and the key of its format: "instances"
    or "inputs".

    Row format is {"instances": [image, …]} or {"instances": [{"NAME": image}, …]}, column format
    {"inputs": [image, …]} or {"inputs": {"NAME": [image, …]}}, where NAME is input_name. Everything
    else is refused with 400.
    """
    check_parts(body, shape, limit)
    data = read_json(body)
    if unknown := data.keys() - {"instances", "inputs", "signature_name"}:
        raise Refused(
            400, f'The key "{min(unknown)[:40]}" is unknown. Send "instances" or "inputs".'
        )
    if ("instances" in data) == ("inputs" in data):
        raise Refused(400, 'Send one of "instances" (row format) and "inputs" (column format).')
    if (name := data.get("signature_name", SIGNATURE)) not in (SIGNATURE, ""):
        raise Refused(
            400,
            f'"signature_name" must be "{SIGNATURE}", or left out, not {json.dumps(name)[:40]}.',
        )
    key = "instances" if "instances" in data else "inputs"
    value, place = without_name(data[key], key, input_name)
    if isinstance(value, list) and not value:
        raise Refused(400, f"{place} is empty. Send at least one.")
    if isinstance(value, list) and len(value) > limit:
        check_tensor(value[0], shape, f"{place}[0]")  # one image sent as a batch looks like many
        raise Refused(
            400,
            (
                f"{place} has {len(value)} entries, and {limit} are allowed in one request. Send "
                f"several requests."
            ),
        )
    numbers = flattened(value, shape)
    if numbers is None:
        check_tensor(value, (None, *shape), place)  # says which part is wrong
        raise AssertionError(f"{place}: nothing is wrong with it")
    return as_float32(numbers, (len(value), *shape), place), key


def check_parts(body: bytes, shape: tuple, limit: int) -> None:
    """Refuse (400) a body with many more arrays, objects and numbers than a right one could have,
    before it is parsed.

    Counting bytes is a thousand times faster than making a Python object of each part, in which
    time nothing else runs. Up to twice of what is allowed is parsed, so that the sentence can name
    the place.
    """
    arrays = sum(math.prod(shape[:k]) for k in range(len(shape)))
    numbers = math.prod(shape)
    most = 2 * limit + 100
    if (
        body.count(b"[") > most * (arrays + 1)
        or body.count(b",") > most * (arrays + numbers + 1)
        or body.count(b"{") > most
        or body.count(b":") > most
    ):
        raise Refused(
            400,
            (
                f"The body is nested too deeply, or has many more entries than {limit} of the "
                f"shape {written(shape)}. Send several requests."
            ),
        )


def read_json(body: bytes) -> dict:
    """The JSON object in a request's body. Refused (400) for everything else."""
    try:
        data = JSON.decode(body.decode("utf-8"))
    except UnicodeDecodeError:
        raise Refused(400, "The body is not UTF-8 text. Encode the JSON in UTF-8.") from None
    except RecursionError:
        raise Refused(
            400, "The body is nested too deeply. An array of images has three levels."
        ) from None
    except json.JSONDecodeError as error:
        raise Refused(
            400,
            f"The body is not JSON, from line {error.lineno}, column {error.colno}: {error.msg}.",
        ) from None
    except ValueError:
        raise Refused(400, "The body contains a number with too many digits.") from None
    if not isinstance(data, dict):
        raise Refused(
            400, f'The body must be a JSON object such as {{"instances": [...]}}, not {kind(data)}.'
        )
    return data


def refuse_constant(token: str):
    """Python's json accepts NaN, Infinity and -Infinity, which are not JSON and would poison a
    batch."""
    raise Refused(400, f"The body contains {token}, which is not JSON. Send finite numbers only.")


def once(pairs: list) -> dict:
    """A JSON object; a key that stands in it twice is refused, since readers disagree which of the
    two counts."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise Refused(400, "The body has the same key twice in one object. Send each key once.")
    return found


JSON = json.JSONDecoder(parse_constant=refuse_constant, object_pairs_hook=once)


def without_name(value, key: str, input_name: str) -> tuple:
    """The batch without the model's input name around it or around each entry, and the name of the
    place for sentences."""

    def named(part, place):
        if part.keys() != {input_name}:
            raise Refused(400, f'{place} must have one key, "{input_name}".')
        return part[input_name]

    if key == "inputs" and isinstance(value, dict):
        return named(value, key), f"inputs.{input_name}"
    if (
        key == "instances"
        and isinstance(value, list)
        and value
        and all(isinstance(part, dict) for part in value)
    ):
        return [named(part, f"{key}[{i}]") for i, part in enumerate(value)], key
    return value, key


def flattened(value, shape: tuple) -> list | None:
    """The numbers in a list of arrays of this shape, one after the other; None if they are anything
    else.

    It looks at whole levels at once, which takes a fifth of check_tensor's time.
    """
    level = [value]
    for length in (None, *shape):
        if not set(map(type, level)) <= {list} or (
            length is not None and not set(map(len, level)) <= {length}
        ):
            return None
        level = list(chain.from_iterable(level))
    return level if set(map(type, level)) <= {int, float} else None


def check_tensor(value, shape: tuple, place: str) -> None:
    """Refuse (400) what is not nested arrays of numbers of this shape; None stands for any length.
    Names the place."""
    if not shape:
        if type(value) not in (int, float):
            raise Refused(400, f"{place} must be a number, not {kind(value)}.")
        return
    if not isinstance(value, list):
        raise Refused(
            400,
            (
                f"{place} must be an array, not {kind(value)}. What is expected here has the shape "
                f"{written(shape)}."
            ),
        )
    if shape[0] is not None and len(value) != shape[0]:
        raise Refused(
            400,
            (
                f"{place} has the length {len(value)}, not {shape[0]}. What is expected here has "
                f"the shape {written(shape)}."
            ),
        )
    for i, part in enumerate(value):
        check_tensor(part, shape[1:], f"{place}[{i}]")


def as_float32(numbers: list, shape: tuple, place: str) -> np.ndarray:
    """Numbers as an array of this shape. Refused (400) if one is too large for float32."""
    try:
        with np.errstate(over="ignore"):
            array = np.fromiter(numbers, np.float64, len(numbers)).astype(np.float32).reshape(shape)
    except OverflowError:  # an integer of hundreds of digits
        array = np.full(1, np.inf, np.float32)
    if not np.isfinite(array).all():
        raise Refused(400, f"{place} contains a number that is too large for float32.")
    return array


def kind(value) -> str:
    """What a JSON value is, in words."""
    if isinstance(value, list):
        return f"an array of {len(value)}"
    names = {
        dict: "an object",
        str: "a string",
        bool: "true or false",
        int: "a number",
        float: "a number",
        type(None): "null",
    }
    return names[type(value)]


def written(shape: tuple) -> str:
    return f"({', '.join('any' if n is None else str(n) for n in shape)})"

"""Right answers to the exercises of Day 15, in other styles than the solutions'."""

import itertools
import json

from flask import Blueprint, Response, jsonify, make_response
from flask.views import MethodView

from right_answers import right


@right("add_health")
def health_with_make_response(app, is_ready):
    def answer(content, status):
        response = make_response(jsonify(content), status)
        response.headers["Cache-Control"] = "no-store"
        return response

    @app.route("/healthz", methods=["GET"])
    def health():
        return answer({"status": "alive"}, 200)

    @app.route("/readyz")
    def readiness():
        try:
            if is_ready():
                return answer({"status": "ready"}, 200)
        except Exception:
            pass
        return answer({"error": "The model is still being loaded."}, 503)


@right("add_health")
def health_in_a_blueprint(app, is_ready):
    health = Blueprint("health", __name__)

    @health.after_request
    def fresh(response):
        response.cache_control.no_store = True
        return response

    @health.get("/healthz")
    def healthz():
        return jsonify(status="alive")

    @health.get("/readyz")
    def readyz():
        try:
            now = bool(is_ready())
        except Exception as error:
            app.logger.warning("is_ready failed: %s", error)
            now = False
        return jsonify(status="ready") if now else (jsonify(error="Not ready. Ask again in a moment."), 503)

    app.register_blueprint(health)


@right("add_health")
def health_in_a_class(app, is_ready):
    class Ready(MethodView):
        def get(self):
            status, content = 503, {"error": "Wait for the model."}
            try:
                if is_ready() is True:
                    status, content = 200, {"status": "ready"}
            finally:
                return Response(json.dumps(content), status, {"Cache-Control": "no-store"}, mimetype="application/json")  # noqa: B012

    app.add_url_rule("/readyz", view_func=Ready.as_view("ready"))
    app.add_url_rule("/healthz", "alive", lambda: Response('{"status": "alive"}', headers=[("Cache-Control", "no-store")], content_type="application/json"))


@right("read_texts")
def texts_with_match(body, limit):
    try:
        data = json.loads(str(body, "utf-8"))
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise ValueError("Send a JSON object, written in UTF-8.") from error
    match data:
        case {"texts": list(texts), **others} if not others:
            pass
        case {"texts": [*_], **others}:
            raise ValueError(f"There are keys that nobody knows: {list(others)[:3]!r}.")
        case {"texts": _}:
            raise ValueError("The value of texts has to be a list of strings.")
        case {}:
            raise ValueError("The key texts has to be there.")
        case _:
            raise ValueError("An object with one key was expected.")
    if not 1 <= len(texts) <= limit:
        raise ValueError(f"From 1 to {limit} texts are allowed at a time." if texts else "There has to be at least one text.")
    for place, text in enumerate(texts):
        match text:
            case str() if not text or text.isspace():
                raise ValueError(f"Text {place} is blank.")
            case str() if len(text) > 1000:
                raise ValueError(f"Text {place} is longer than 1,000 characters.")
            case str() if any("\ud800" <= sign <= "\udfff" for sign in text):
                raise ValueError(f"Text {place} has a character that UTF-8 does not know.")
            case str():
                pass
            case _:
                raise ValueError(f"Text {place} is not a string.")
    return texts


@right("read_texts")
def texts_by_a_table_of_rules(body, limit):
    def encodes(text):
        try:
            return bool(text.encode())
        except UnicodeError:
            return False

    def need(condition, sentence):
        if not condition:
            raise ValueError(sentence)

    try:
        data = json.JSONDecoder().decode(body.decode())
    except (ValueError, RecursionError):
        data = ...
    need(data is not ..., "This is no JSON in UTF-8.")
    need(type(data) is dict, "Send an object, not another kind of value.")
    need("texts" in data, "The key texts is missing.")
    need(len(data) == 1, "texts is the only key that is allowed.")
    texts = data["texts"]
    need(type(texts) is list, "texts must be an array.")
    need(len(texts) > 0, "texts must not be empty.")
    need(len(texts) <= limit, f"At most {limit} texts are allowed.")
    rules = [(lambda text: type(text) is str, "must be a string"), (lambda text: text.split(), "must have more than white space"),
             (lambda text: len(text) < 1001, "must have at most 1,000 characters"), (encodes, "must be valid Unicode")]
    for (i, text), (holds, sentence) in itertools.product(enumerate(texts), rules):
        need(holds(text), f"The text with the index {i} {sentence}.")
    return list(texts)


@right("read_texts")
def texts_by_a_generator(body, limit):
    def checked(texts):
        for number, text in enumerate(texts):
            problem = None
            if not isinstance(text, str):
                problem = "a string was expected"
            elif text.strip() == "":
                problem = "a blank text was found"
            elif len(text) >= 1001:
                problem = f"{len(text)} characters are too many"
            else:
                try:
                    bytes(text, "utf-8")
                except ValueError:
                    problem = "it cannot be written in UTF-8"
            if problem:
                raise ValueError(f"texts[{number}]: {problem}")
            yield text

    try:
        text = bytes(body).decode("utf-8", "strict")
    except UnicodeDecodeError:
        raise ValueError("The bytes are not UTF-8.") from None
    try:
        data = json.loads(text)
    except Exception:
        raise ValueError("The text is not JSON.") from None
    if not isinstance(data, dict) or list(data) != ["texts"]:
        raise ValueError("Exactly one key is expected, texts.")
    data = data["texts"]
    if not isinstance(data, list):
        raise ValueError("The value of texts must be an array.")
    if len(data) == 0:
        raise ValueError("The array texts has no entry.")
    if limit < len(data):
        raise ValueError(f"{len(data)} texts are {len(data) - limit} too many.")
    return [*checked(data)]


@right("ask_patiently")
def patient_with_a_while_loop(post, attempts, deadline, clock, sleep, rng):
    start, tried, upper = clock(), 0, 0.1
    while True:
        extra = 0.0
        try:
            answer = post(deadline - (clock() - start))
        except ConnectionError:
            answer = None
        except TimeoutError:
            answer = None
        tried += 1
        if answer is not None:
            status, headers, data = answer
            if status == 200:
                return data
            elif status != 503:
                raise ValueError(data["error"])
            if "Retry-After" in headers:
                extra = float(headers["Retry-After"])
        pause = extra + rng.uniform(0.0, upper)
        upper = min(2 * upper, 2.0)
        if tried >= attempts or clock() - start + pause >= deadline:
            raise TimeoutError(f"gave up after {tried} tries")
        sleep(pause)


@right("ask_patiently")
def patient_by_recursion(post, attempts, deadline, clock, sleep, rng):
    end = clock() + deadline

    def once(i):
        told = "0"
        try:
            status, headers, data = post(timeout=end - clock())
        except (TimeoutError, ConnectionError):
            status, data = 503, {}
        else:
            told = headers.get("Retry-After", told)
        if status == 200:
            return data
        if status != 503:
            raise ValueError(data["error"])
        wait = rng.uniform(0, min(2, 0.1 * 2 ** (i - 1))) + int(told)
        if i < attempts and clock() + wait < end:
            sleep(wait)
            return once(i + 1)
        raise TimeoutError

    return once(1)


@right("ask_patiently")
def patient_over_a_list_of_upper_ends(post, attempts, deadline, clock, sleep, rng):
    end = clock() + deadline
    tops = [min(2.0, 0.1 * 2**i) for i in range(attempts - 1)]
    for top in [*tops, None]:
        headers = {}
        try:
            status, headers, data = post(timeout=end - clock())
            if status == 200:
                return data
            if status != 503:
                break
        except (ConnectionError, TimeoutError):
            pass
        if top is None:
            raise TimeoutError("no try is left")
        wait = top * rng.random() + int(headers.get("Retry-After") or 0)
        if wait >= end - clock():
            raise TimeoutError("no time is left")
        sleep(wait)
    raise ValueError(data["error"])

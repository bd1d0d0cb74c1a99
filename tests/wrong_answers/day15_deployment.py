"""Wrong answers to the exercises of Day 15."""

import json

from flask import jsonify

from wrong_answers import wrong

FRESH = {"Cache-Control": "no-store"}


def _health(app, ready, alive=lambda: ({"status": "alive"}, 200, FRESH), methods=("GET",)):
    """The right answer with one of the two views changed."""
    app.add_url_rule("/healthz", "alive", alive, methods=methods)
    app.add_url_rule("/readyz", "ready", ready, methods=methods)


def _ready(is_ready, no=({"error": "No model is loaded yet."}, 503, FRESH), yes=({"status": "ready"}, 200, FRESH)):
    def view():
        try:
            return yes if is_ready() else no
        except Exception:
            return no
    return view


@wrong("add_health", "not once at the start")
def asks_once_at_the_start(app, is_ready):
    loaded = is_ready()
    _health(app, _ready(lambda: loaded))


@wrong("add_health", "a service that is loading is alive")
def healthz_asks_for_the_model(app, is_ready):
    _health(app, _ready(is_ready), lambda: ({"status": "alive"} if is_ready() else {"status": "loading"}, 200, FRESH))


@wrong("add_health", "must be answered with 503, not 200")
def says_not_ready_with_200(app, is_ready):
    _health(app, _ready(is_ready, no=({"error": "No model is loaded yet."}, 200, FRESH)))


@wrong("add_health", "must be answered with 503, not 500")
def says_500_when_not_ready(app, is_ready):
    _health(app, _ready(is_ready, no=({"error": "No model is loaded yet."}, 500, FRESH)))


@wrong("add_health", "whatever happens there, the answer is 503")
def lets_the_exception_through(app, is_ready):
    _health(app, lambda: ({"status": "ready"}, 200, FRESH) if is_ready() else ({"error": "No model is loaded yet."}, 503, FRESH))


@wrong("add_health", "Cache-Control: no-store is missing")
def forgets_the_header(app, is_ready):
    _health(app, _ready(is_ready, yes=({"status": "ready"}, 200)), lambda: {"status": "alive"})


@wrong("add_health", "Cache-Control: no-store is missing")
def forgets_the_header_when_not_ready(app, is_ready):
    _health(app, _ready(is_ready, no=({"error": "No model is loaded yet."}, 503)))


@wrong("add_health", "in JSON, not in text/html")
def answers_in_plain_text(app, is_ready):
    _health(app, _ready(is_ready), lambda: ("ok", 200, FRESH))


@wrong("add_health", "POST must get 405")
def answers_every_method(app, is_ready):
    _health(app, _ready(is_ready), methods=("GET", "POST"))


@wrong("add_health", "the exception's text went to the caller")
def tells_the_exception(app, is_ready):
    def ready():
        try:
            return ({"status": "ready"}, 200, FRESH) if is_ready() else ({"error": "No model is loaded yet."}, 503, FRESH)
        except Exception as error:
            return {"error": str(error)}, 503, FRESH
    _health(app, ready)


@wrong("add_health", '"error" is a sentence')
def error_without_a_sentence(app, is_ready):
    _health(app, _ready(is_ready, no=({"error": ""}, 503, FRESH)))


@wrong("add_health", "there is no such address")
def other_addresses(app, is_ready):
    app.add_url_rule("/health", "alive", lambda: ({"status": "alive"}, 200, FRESH))
    app.add_url_rule("/ready", "ready", _ready(is_ready))


@wrong("add_health", "the answer is {'status': 'ready'}")
def ready_says_ok(app, is_ready):
    _health(app, _ready(is_ready, yes=({"status": "alive"}, 200, FRESH)))


_shared = {}


@wrong("add_health", "two applications share one is_ready")
def keeps_is_ready_in_a_global_name(app, is_ready):
    _shared["is_ready"] = is_ready
    _health(app, lambda: _ready(_shared["is_ready"])())


def _texts(body, limit, decode=lambda body: body.decode("utf-8"), caught=(ValueError, RecursionError), shape=None, element=None, keys=None, count=None):
    """The right answer with one of its parts changed."""
    try:
        data = json.loads(decode(body))
    except caught:
        raise ValueError("The body must be JSON in UTF-8.") from None
    if not isinstance(data, dict):
        raise ValueError('The body must be an object, {"texts": [...]}.')
    (keys or _keys)(data)
    texts = data["texts"]
    (shape or _shape)(texts)
    (count or _count)(texts, limit)
    for i, text in enumerate(texts):
        (element or _element)(i, text)
    return texts


def _keys(data):
    if data.keys() != {"texts"}:
        raise ValueError('The object must have the key "texts" and no other.')


def _shape(texts):
    if not isinstance(texts, list):
        raise ValueError("texts must be an array of strings.")


def _count(texts, limit):
    if not texts:
        raise ValueError("texts is empty: send at least one.")
    if len(texts) > limit:
        raise ValueError(f"texts has {len(texts)} entries, and {limit} are allowed.")


def _element(i, text, blank=lambda text: not text.strip(), longest=1000, encodes=True, place=True, kind=str):
    where = f"texts[{i}]" if place else "A text"
    if not isinstance(text, kind):
        raise ValueError(f"{where} must be a string.")
    if blank(text):
        raise ValueError(f"{where} has no characters but white space.")
    if len(text) > longest:
        raise ValueError(f"{where} has more than 1000 characters.")
    if encodes:
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:
            raise ValueError(f"{where} contains half of a surrogate pair.") from None


@wrong("read_texts", "with the parser's text")
def lets_the_parsers_error_through(body, limit):
    return _texts(body, limit, caught=RecursionError)


@wrong("read_texts", "RecursionError for deep nesting")
def forgets_deep_nesting(body, limit):
    return _texts(body, limit, caught=ValueError)


@wrong("read_texts", "decode the bytes before json.loads guesses")
def lets_json_guess_the_encoding(body, limit):
    return _texts(body, limit, decode=lambda body: body)


@wrong("read_texts", "The key texts is missing")
def takes_the_key_for_granted(body, limit):
    return _texts(body, limit, keys=lambda data: None)


@wrong("read_texts", "Another key beside texts")
def ignores_other_keys(body, limit):
    def keys(data):
        if "texts" not in data:
            raise ValueError("The key texts is missing.")
    return _texts(body, limit, keys=keys)


@wrong("read_texts", "iterating over it gives characters")
def takes_a_string_for_a_list(body, limit):
    def shape(texts):
        if not hasattr(texts, "__iter__") or isinstance(texts, dict):
            raise ValueError("texts must be an array of strings.")
    return _texts(body, limit, shape=shape)


@wrong("read_texts", "The limit is 10 texts")
def ignores_the_limit(body, limit):
    return _texts(body, limit, count=lambda texts, limit: _count(texts, 10**9))


@wrong("read_texts", "is right, and your code stopped")
def limit_off_by_one(body, limit):
    return _texts(body, limit, count=lambda texts, limit: _count(texts, limit - 1))


@wrong("read_texts", "texts is empty")
def accepts_no_text_at_all(body, limit):
    return _texts(body, limit, count=lambda texts, limit: _count(texts or ["x"], limit))


@wrong("read_texts", "Each text must be a string")
def turns_everything_into_strings(body, limit):
    return [str(text) for text in _texts(body, limit, element=lambda i, text: _element(i, str(text)))]


@wrong("read_texts", "White space alone is no text")
def accepts_blanks(body, limit):
    return _texts(body, limit, element=lambda i, text: _element(i, text, blank=lambda text: not text))


@wrong("read_texts", "must come back as a list, unchanged")
def strips_the_texts(body, limit):
    return [text.strip() for text in _texts(body, limit)]


@wrong("read_texts", "At most 1,000 characters")
def length_off_by_one(body, limit):
    return _texts(body, limit, element=lambda i, text: _element(i, text, longest=1001))


@wrong("read_texts", "is right, and your code stopped")
def counts_bytes_instead_of_characters(body, limit):
    return _texts(body, limit, element=lambda i, text: _element(i, text if not isinstance(text, str) else text + "x" * (len(text.encode("utf-8", "replace")) - len(text))))


@wrong("read_texts", "try text.encode()")
def forgets_half_pairs(body, limit):
    return _texts(body, limit, element=lambda i, text: _element(i, text, encodes=False))


@wrong("read_texts", "which of the texts is meant?")
def does_not_say_which_text(body, limit):
    return _texts(body, limit, element=lambda i, text: _element(i, text, place=False))


@wrong("read_texts", "get the same sentence")
def one_sentence_for_everything(body, limit):
    try:
        return _texts(body, limit)
    except ValueError:
        raise ValueError("Something is wrong with your request, see text 7 of the manual.") from None


@wrong("read_texts", "was accepted")
def gives_none_for_bad_input(body, limit):
    try:
        return _texts(body, limit)
    except ValueError:
        return None


def _patient(post, attempts, deadline, clock, sleep, rng, caught=(ConnectionError, TimeoutError), final=lambda status: status != 503, upper=lambda i: min(2, 0.1 * 2 ** (i - 1)),
             draw=None, after=lambda headers: int(headers.get("Retry-After", 0)), timeout=None, last=True, late=lambda now, wait, end: now + wait >= end,
             combine=lambda wait, told: wait + told, tries=0, done=TimeoutError("no answer"), value=lambda data: data, sentence=lambda data: data["error"],
             accepts=lambda status, data: status == 200):
    """The right answer with one of its parts changed."""
    end = clock() + deadline
    for i in range(1, attempts + 1 + tries):
        wait, told = (draw or rng.uniform)(0, upper(i)), 0
        try:
            status, headers, data = post(timeout=timeout or end - clock())
        except caught:
            pass
        else:
            if accepts(status, data):
                return value(data)
            if final(status):
                raise ValueError(sentence(data))
            told = after(headers)
        wait = combine(wait, told)
        if last and i == attempts + tries or late(clock(), wait, end):
            break
        sleep(wait)
    if isinstance(done, Exception):
        raise done
    return done


@wrong("ask_patiently", "a 400 stays a 400")
def tries_a_bad_request_again(*world):
    return _patient(*world, final=lambda status: False)


@wrong("ask_patiently", "ConnectionError is worth another try")
def gives_up_on_a_connection_error(*world):
    return _patient(*world, caught=TimeoutError)


@wrong("ask_patiently", "TimeoutError is worth another try")
def gives_up_on_a_timeout(*world):
    return _patient(*world, caught=ConnectionError)


@wrong("ask_patiently", "503 is worth another try")
def takes_503_for_a_mistake(*world):
    return _patient(*world, final=lambda status: True)


@wrong("ask_patiently", "a KeyError is a bug")
def catches_everything(*world):
    return _patient(*world, caught=Exception)


@wrong("ask_patiently", "draw the wait at random")
def waits_without_chance(*world):
    return _patient(*world, draw=lambda low, high: high)


@wrong("ask_patiently", "the waits do not grow")
def waits_equally_long(*world):
    return _patient(*world, upper=lambda i: 0.1)


@wrong("ask_patiently", "2 ** (i - 1)")
def starts_at_two_tenths(*world):
    return _patient(*world, upper=lambda i: min(2, 0.1 * 2 ** i))


@wrong("ask_patiently", "no wait is longer than 2 s")
def forgets_the_cap(*world):
    return _patient(*world, upper=lambda i: 0.1 * 2 ** (i - 1))


@wrong("ask_patiently", "not around it")
def draws_the_upper_half(*world):
    return _patient(*world, draw=lambda low, high: world[-1].uniform(high / 2, high))


@wrong("ask_patiently", "longest waits are about")
def adds_instead_of_doubling(*world):
    return _patient(*world, upper=lambda i: min(2, 0.1 * i))


@wrong("ask_patiently", "after Retry-After: 3")
def ignores_retry_after(*world):
    return _patient(*world, after=lambda headers: 0)


@wrong("ask_patiently", "the random time in addition")
def waits_exactly_as_told(*world):
    return _patient(*world, combine=lambda wait, told: told or wait)


@wrong("ask_patiently", "start no wait that ends after it")
def sleeps_past_the_deadline(*world):
    return _patient(*world, late=lambda now, wait, end: now >= end)


@wrong("ask_patiently", "each try gets what is left")
def same_timeout_for_each_try(*world):
    return _patient(*world, timeout=world[2])


@wrong("ask_patiently", "four tries in all, not 5")
def one_try_too_many(*world):
    return _patient(*world, tries=1)


@wrong("ask_patiently", "nothing to wait for")
def waits_after_the_last_try(*world):
    return _patient(*world, last=False)


@wrong("ask_patiently", "raise a TimeoutError of yours")
def returns_none_in_the_end(*world):
    return _patient(*world, done=None)


@wrong("ask_patiently", "return its data at once")
def returns_the_whole_answer(*world):
    return _patient(*world, value=lambda data: (200, {}, data))


@wrong("ask_patiently", "post gets a timeout")
def asks_without_a_timeout(post, *world):
    return _patient(lambda timeout: post(), *world)


@wrong("add_health", "the header belongs to the two addresses alone")
def stamps_the_whole_application(app, is_ready):
    _health(app, _ready(is_ready))

    @app.after_request
    def stamp(response):
        response.headers["Cache-Control"] = "no-store"
        return response


@wrong("add_health", "a fault on another page is 500")
def catches_every_fault_of_the_application(app, is_ready):
    _health(app, lambda: ({"status": "ready"}, 200, FRESH) if is_ready() else ({"error": "No model is loaded yet."}, 503, FRESH))
    app.register_error_handler(KeyError, lambda error: ({"error": "No model is loaded yet."}, 503, FRESH))
    app.register_error_handler(Exception, lambda error: ({"error": "No model is loaded yet."}, getattr(error, "code", 503), FRESH))


@wrong("add_health", "is_ready raised a KeyError")
def catches_runtime_errors_alone(app, is_ready):
    def ready():
        try:
            return ({"status": "ready"}, 200, FRESH) if is_ready() else ({"error": "No model is loaded yet."}, 503, FRESH)
        except RuntimeError:
            return {"error": "No model is loaded yet."}, 503, FRESH
    _health(app, ready)


@wrong("add_health", "another page of the application")
def answers_every_page_while_loading(app, is_ready):
    _health(app, _ready(is_ready))

    @app.before_request
    def wait():
        from flask import request
        try:
            return None if request.path in ("/healthz", "/readyz") or is_ready() else ({"error": "No model is loaded yet."}, 503)
        except Exception:
            return {"error": "No model is loaded yet."}, 503


@wrong("read_texts", "Python's own text")
def catches_json_decode_errors_alone(body, limit):
    try:
        return _texts(body, limit, caught=(json.JSONDecodeError, UnicodeDecodeError, RecursionError))
    except OverflowError:
        raise ValueError("The body must be JSON in UTF-8.") from None


@wrong("read_texts", "Python's own text")
def passes_the_parsers_text_on(body, limit):
    try:
        json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"The body is not right: {error}") from None
    return _texts(body, limit)


@wrong("read_texts", "decode strictly")
def leaves_wrong_bytes_out(body, limit):
    return _texts(body, limit, decode=lambda body: body.decode("utf-8", errors="ignore"))


@wrong("read_texts", "decode can fail")
def replaces_wrong_bytes(body, limit):
    return _texts(body, limit, decode=lambda body: body.decode("utf-8", errors="replace"))


@wrong("read_texts", "A byte order mark is refused")
def takes_a_byte_order_mark(body, limit):
    return _texts(body, limit, decode=lambda body: body.decode("utf-8-sig"))


@wrong("read_texts", "look at each text")
def checks_the_last_text_alone(body, limit):
    texts = _texts(body, limit, element=lambda i, text: None)
    _element(len(texts) - 1, texts[-1])
    return texts


@wrong("read_texts", "try text.encode()")
def knows_the_first_halves_alone(body, limit):
    def element(i, text):
        _element(i, text, encodes=False)
        if any("\ud800" <= sign <= "\udbff" for sign in text):
            raise ValueError(f"texts[{i}] contains half of a surrogate pair.")
    return _texts(body, limit, element=element)


@wrong("read_texts", "white space counts")
def counts_without_white_space(body, limit):
    def element(i, text):
        _element(i, text, longest=10**9)
        if len(text.strip()) > 1000:
            raise ValueError(f"texts[{i}] has more than 1000 characters.")
    return _texts(body, limit, element=element)


@wrong("read_texts", "the last counts")
def refuses_a_key_that_comes_twice(body, limit):
    texts = _texts(body, limit)
    if body.count(b'"texts"') > 1:
        raise ValueError("The key texts comes twice.")
    return texts


@wrong("ask_patiently", "a 429 stays a 429")
def tries_other_answers_again(*world):
    return _patient(*world, final=lambda status: status in (400, 404))


@wrong("ask_patiently", "a 500 stays a 500")
def tries_every_5xx_again(*world):
    return _patient(*world, final=lambda status: status < 500)


@wrong("ask_patiently", "a 404 stays a 404")
def takes_400_alone_for_a_mistake(*world):
    return _patient(*world, final=lambda status: status == 400)


@wrong("ask_patiently", 'the sentence is data["error"]')
def raises_the_whole_data(*world):
    return _patient(*world, sentence=lambda data: data)


@wrong("ask_patiently", "is an answer: return it at once")
def asks_again_when_the_data_are_empty(*world):
    return _patient(*world, accepts=lambda status, data: status == 200 and data, final=lambda status: status not in (200, 503))


@wrong("ask_patiently", "a PermissionError is a bug")
def catches_every_oserror(*world):
    return _patient(*world, caught=OSError)


@wrong("ask_patiently", "belong to the first wait alone")
def remembers_retry_after(*world):
    told = [0]

    def after(headers):
        told[0] = int(headers.get("Retry-After", told[0]))
        return 0
    return _patient(*world, after=after, combine=lambda wait, _: wait + told[0])


@wrong("ask_patiently", "with the rng that you are given")
def draws_with_its_own_chance(*world):
    import random
    return _patient(*world, draw=random.uniform)


@wrong("ask_patiently", "The time in post counts, too")
def counts_the_waits_alone(post, attempts, deadline, clock, sleep, rng):
    waited, start = 0.0, clock()
    for i in range(1, attempts + 1):
        wait = rng.uniform(0, min(2, 0.1 * 2 ** (i - 1)))
        try:
            status, headers, data = post(timeout=deadline - (clock() - start))
        except (ConnectionError, TimeoutError):
            pass
        else:
            if status == 200:
                return data
            if status != 503:
                raise ValueError(data["error"])
            wait += int(headers.get("Retry-After", 0))
        if i == attempts or waited + wait >= deadline:
            break
        sleep(wait)
        waited += wait
    raise TimeoutError("no answer")


@wrong("ask_patiently", "at the deadline or later")
def waits_until_the_deadline_itself(*world):
    return _patient(*world, late=lambda now, wait, end: now + wait > end)


@wrong("ask_patiently", "whatever failed before")
def doubles_after_503_alone(post, attempts, deadline, clock, sleep, rng):
    end, upper = clock() + deadline, 0.1
    for i in range(1, attempts + 1):
        wait = rng.uniform(0, min(2, upper))
        try:
            status, headers, data = post(timeout=end - clock())
            if status == 200:
                return data
            if status != 503:
                raise ValueError(data["error"])
            upper *= 2
            wait += int(headers.get("Retry-After", 0))
        except (ConnectionError, TimeoutError):
            upper *= 4
        if i == attempts or clock() + wait >= end:
            break
        sleep(wait)
    raise TimeoutError("no answer")


@wrong("read_texts", "raise ValueError itself, not Refused")
def raises_a_class_of_its_own(body, limit):
    class Refused(ValueError):
        pass
    try:
        return _texts(body, limit)
    except ValueError as error:
        raise Refused(str(error)) from None


@wrong("read_texts", "use `limit`")
def knows_one_limit_alone(body, limit):
    return _texts(body, 10)


@wrong("read_texts", "four texts are too many")
def takes_ten_whatever_the_limit(body, limit):
    return _texts(body, max(limit, 10))


@wrong("ask_patiently", "has no header Retry-After")
def takes_retry_after_for_granted(*world):
    return _patient(*world, after=lambda headers: int(headers["Retry-After"]))


@wrong("ask_patiently", "i = 1 at first, not 0")
def counts_the_tries_from_zero(*world):
    return _patient(*world, upper=lambda i: min(2, 0.1 * 2 ** (i - 2)))


@wrong("ask_patiently", "drawn evenly between 0 and the upper end")
def waits_all_or_nothing(*world):
    return _patient(*world, draw=lambda low, high: high * float(world[-1].integers(2)))

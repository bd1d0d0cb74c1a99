"""Day 12: the script that made the weights, the weights themselves, and a folder of the learner's
own images."""

import contextlib
import io
import os
import re
import shutil
import struct
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from lessons import ROOT, beginning, cell_after, cell_defining, definition

FOLDER = ROOT / "day12_transfer"
READING = ("what_is_wrong", "read_picture", "picture_files", "load_folder")


@pytest.fixture(scope="module")
def script():
    import pretrain

    return pretrain


def source_of(name):
    """Of the cell of the notebook that defines, or imports, this name."""
    return cell_defining(FOLDER, name).source


def test_notebook_and_script_build_the_same_network():
    source = (FOLDER / "pretrain.py").read_text(encoding="utf-8")
    for name in ("residual_block", "resnet"):
        assert definition(FOLDER, name) in source, (
            f"{name} differs between notebook and pretrain.py"
        )


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
    monkeypatch.setattr(
        sys, "argv", ["pretrain.py", "--steps", "3", "--seed", "5", "--out", str(out)]
    )
    script.main()
    assert "77,392 weights" in capsys.readouterr().out
    keras.Sequential([script.resnet(), keras.layers.Dense(82)]).load_weights(out)


@pytest.mark.parametrize(
    "arguments, said",
    [
        (["--steps", "0"], "at least 1"),
        (["--out", "weights.txt"], ".weights.h5"),
        (["--out", "nowhere/new.weights.h5"], "does not exist"),
    ],
)
def test_script_refuses_bad_arguments_before_it_trains(
    script, monkeypatch, capsys, arguments, said
):
    monkeypatch.setattr(sys, "argv", ["pretrain.py", *arguments])
    with pytest.raises(SystemExit):
        script.main()
    assert said in capsys.readouterr().err


def test_script_names_a_character_that_a_font_does_not_have(script):
    with pytest.raises(ValueError, match="has no"):
        script.glyph(script.fonts()[0][0], "漢")


@pytest.fixture
def lesson(tmp_path, monkeypatch):
    """The notebook's names, run in an empty folder that holds the weights, up to the custom
    dataset."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(FOLDER / "resnet_glyphs.weights.h5", tmp_path)
    names = {}
    for name in (
        "mnist_data",
        "X",
        "residual_block",
        "load_pretrained",
        "choose",
        *READING,
        "probe",
        "with_head",
    ):
        exec(
            beginning(source_of(name), "keras.utils.set_random_seed")
            if name == "probe"
            else source_of(name),
            names,
        )
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
                ink = (
                    ((abs(x - a - (y - b)) < 4) | (abs(x - a + (y - b)) < 4))
                    & (abs(x - a) < size)
                    & (abs(y - b) < size)
                )
            image = np.repeat(np.where(ink, 20, 240)[:, :, None], 3, axis=2).astype(np.uint8)
            keras.utils.save_img(
                tmp_path / "custom_dataset" / name / f"{i}.jpg", image, scale=False
            )
    exec(source_of("FOLDER"), lesson)
    assert "20 images of 2 classes: circle, cross" in capsys.readouterr().out
    lesson["pretrained"] = lesson["load_pretrained"]()
    exec(source_of("hold_out"), lesson)
    assert "right on 100% of 4 held out" in capsys.readouterr().out
    assert lesson["said"].shape == (4, 2)
    for source in (cell_after(FOLDER, "hold_out").source, source_of("imagenet_base")):
        exec(source, lesson)
    assert (
        "not asked, the images are yours" in (said := capsys.readouterr().out)
        and "of 49 batch normalizations: True" in said
    )


def test_own_digits_and_a_single_image_of_each_class_go_through(lesson, tmp_path, capsys):
    import keras

    for digit in range(10):
        (tmp_path / "custom_dataset" / str(digit)).mkdir(parents=True)
        keras.utils.save_img(
            tmp_path / "custom_dataset" / str(digit) / "mine.png",
            np.rint(255 * lesson["X"][lesson["y"] == digit][0]),
            scale=False,
        )
    exec(source_of("FOLDER"), lesson)
    assert "PNG files hold the digits exactly: not asked" in capsys.readouterr().out
    lesson["pretrained"] = lesson["load_pretrained"]()
    exec(source_of("hold_out"), lesson)
    assert lesson["said"].shape == (0, 10)
    exec(cell_after(FOLDER, "hold_out").source, lesson)


def test_all_promised_kinds_of_images_give_the_same_drawing(lesson, tmp_path):
    """Black on white as GIF, BMP, gray and CMYK JPEG, and black on nothing as a transparent PNG:
    white on black, within what JPEG loses."""
    drawing = np.rint(255 * lesson["X"][0, :, :, 0]).astype(np.uint8)
    paper = Image.fromarray(255 - drawing)
    clear = Image.merge("LA", (Image.new("L", paper.size, 0), Image.fromarray(drawing)))
    for name in ("a", "b"):
        (tmp_path / "kinds" / name).mkdir(parents=True)
        for end, image in (
            (".gif", paper),
            (".bmp", paper),
            (".jpg", paper),
            (".jpeg", paper.convert("CMYK")),
            (".png", clear),
        ):
            image.save(
                tmp_path / "kinds" / name / f"drawing{end}",
                **({"quality": 100} if end.startswith(".j") else {}),
            )
    images, classes, names = lesson["load_folder"](tmp_path / "kinds")
    assert (
        images.shape == (10, 28, 28, 1)
        and images.dtype == np.float32
        and classes.tolist() == [0] * 5 + [1] * 5
        and names == ["a", "b"]
    )
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
    with pytest.raises(ValueError, match=r"broken\.png is not an image"):
        lesson["load_folder"](folder)
    (folder / "b" / "broken.png").unlink()
    (folder / "b").rmdir()
    with pytest.raises(ValueError, match="at least two"):
        lesson["load_folder"](folder)
    with pytest.raises(ValueError, match="no folder"):
        lesson["load_folder"](tmp_path / "missing")
    with pytest.raises(FileNotFoundError, match=r"weights .* are missing"):
        lesson["load_pretrained"](tmp_path / "missing.weights.h5")


# What a camera, a scanner, a telephone or an operating system writes into a folder. Each is read
# right, or named.

SIDE = 24
READABLE = (".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".gif", ".bmp", ".tif", ".tiff", ".webp")


@pytest.fixture(scope="module")
def load_folder():
    names = {}
    for name in ("mnist_data", *READING):
        exec(source_of(name), names)
    return names["load_folder"]


@pytest.fixture
def folder(tmp_path):
    """Two classes, a and b, with a black picture in b."""
    for name in ("a", "b"):
        (tmp_path / "own" / name).mkdir(parents=True)
    Image.new("RGB", (SIDE, SIDE)).save(tmp_path / "own" / "b" / "black.png")
    return tmp_path / "own"


def scene():
    """A colored picture, (48, 40, 3), whose eight turns and mirror images all differ."""
    pixels = np.full((48, 40, 3), 230, np.uint8)
    pixels[:24, :20], pixels[:24, 20:], pixels[24:, :20] = (
        (200, 20, 20),
        (20, 160, 20),
        (20, 20, 200),
    )
    return Image.fromarray(pixels)


def encoded(picture, kind, **options):
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def png(width, height, depth, color, rows=(), extra=b""):
    """A PNG file by hand, for what Pillow does not write. `extra` is one more chunk, name and
    data.
    """
    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0)
    chunks = [
        b"IHDR" + header,
        *([extra] if extra else []),
        b"IDAT" + zlib.compress(b"".join(b"\0" + row for row in rows)),
        b"IEND",
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(c) - 4) + c + struct.pack(">I", zlib.crc32(c)) for c in chunks
    )


def read(load_folder, folder, name, content, side=SIDE):
    """The picture as load_folder reads it, (side, side, 3)."""
    (folder / "a" / name).write_bytes(content)
    images, classes, _ = load_folder(folder, side, colors=3)
    assert classes.tolist() == [0, 1] and images.dtype == np.float32
    (folder / "a" / name).unlink()
    return images[0]


def refused(load_folder, folder, name, content, why):
    """The file is named in one sentence that says why, and what to do."""
    (folder / "a" / name).write_bytes(content)
    with pytest.raises(ValueError, match=re.escape(name)) as error:
        load_folder(folder, SIDE, colors=3)
    said = str(error.value)
    assert name in said and why in said and ": " in said and "\n" not in said, said
    (folder / "a" / name).unlink()


def as_keras_reads(file, side, colors):
    """What the function returned before it read any but plain pictures."""
    import keras

    image = keras.utils.load_img(
        file, color_mode="rgba", target_size=(side, side), interpolation="bilinear"
    )
    rgb, opaque = np.split(np.asarray(image, np.float32) / 255, [3], axis=2)
    rgb = opaque * rgb + 1 - opaque
    if colors == 3:
        return rgb
    gray = rgb @ np.float32([[0.299], [0.587], [0.114]])
    border = np.concatenate([gray[0], gray[-1], gray[:, 0], gray[:, -1]])
    return 1 - gray if np.median(border) > 0.5 else gray


def test_plain_pictures_are_read_to_the_bit_as_keras_reads_them(load_folder, folder):
    rng = np.random.default_rng(0)
    for height, width in ((28, 28), (90, 61), (9, 200), (1, 1), (1, 3000), (3000, 1)):
        noise = Image.fromarray(rng.integers(0, 256, (height, width, 4)).astype(np.uint8), "RGBA")
        for kind, mode in (
            ("png", "L"),
            ("png", "RGB"),
            ("jpg", "RGB"),
            ("jpg", "L"),
            ("bmp", "RGB"),
            ("gif", "P"),
            ("png", "LA"),
            ("png", "RGBA"),
        ):
            noise.convert(mode).save(folder / "a" / f"{mode} {height} {width}.{kind}")
    files = sorted((folder / "a").iterdir())
    for side, colors in ((28, 1), (28, 3), (64, 3)):
        images = load_folder(folder, side, colors)[0]
        for file, image in zip(files, images, strict=False):  # the second class comes after it
            assert np.array_equal(image, as_keras_reads(file, side, colors)), (
                file.name,
                side,
                colors,
            )


@pytest.mark.parametrize(
    "ending, options",
    [
        ("jpg", {"quality": 100, "subsampling": 0}),
        ("png", {}),
        ("webp", {"lossless": True}),
        ("tif", {}),
        ("tif", {"compression": "tiff_lzw"}),
        ("mpo.jpg", {"quality": 100, "subsampling": 0}),
    ],
)
def test_all_eight_orientations_of_exif_are_turned_upright(load_folder, folder, ending, options):
    expected = read(load_folder, folder, "upright.png", encoded(scene(), "PNG"))
    kind = {"jpg": "JPEG", "tif": "TIFF", "mpo.jpg": "MPO"}.get(ending, ending.upper())
    if kind == "MPO":
        options = options | {"save_all": True, "append_images": [Image.new("RGB", (8, 8))]}
    undo = {
        2: 0,
        3: 3,
        4: 1,
        5: 5,
        6: 2,
        7: 6,
        8: 4,
    }  # Pillow's transpositions, so that the orientation turns it back
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        stored = scene().transpose(undo[orientation]) if orientation > 1 else scene()
        image = read(
            load_folder,
            folder,
            f"{orientation}.{ending}",
            encoded(stored, kind, exif=exif, **options),
        )
        assert abs(image - expected).max() < 0.05, orientation


def test_an_orientation_in_xmp_counts_once_also_beside_the_same_in_exif(load_folder, folder):
    expected = read(load_folder, folder, "upright.png", encoded(scene(), "PNG"))
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'
    stored, exif = scene().transpose(Image.Transpose.ROTATE_90), Image.Exif()
    exif[0x0112] = 6
    for options in ({}, {"exif": exif}):
        image = read(
            load_folder,
            folder,
            "xmp.jpg",
            encoded(stored, "JPEG", quality=100, subsampling=0, xmp=xmp, **options),
        )
        assert abs(image - expected).max() < 0.05, options
    image = read(
        load_folder, folder, "xmp.tif", encoded(stored, "TIFF", tiffinfo={700: xmp, 0x0112: 6})
    )
    assert abs(image - expected).max() < 0.05


def test_every_kind_of_pixel_that_fits_8_bits_gives_the_same_picture(load_folder, folder):
    gray = Image.fromarray(
        np.where(np.add.outer(np.arange(SIDE), np.arange(SIDE)) < 20, 255, 0).astype(np.uint8)
    )
    expected = np.repeat(np.asarray(gray, np.float32)[..., None] / 255, 3, axis=2)
    white = np.asarray(gray) == 255
    clear = Image.merge(
        "LA", (Image.new("L", gray.size, 0), Image.fromarray(255 - np.asarray(gray)))
    )
    palette = Image.fromarray(np.where(white, 1, 0).astype(np.uint8)).convert("P")
    palette.putpalette([0, 0, 0, 90, 180, 20])
    wide = [np.where(row, 65535, 0).astype(">u2").repeat(3).tobytes() for row in white]
    ycck = encoded(
        Image.merge(
            "CMYK", (gray, *[Image.new("L", gray.size, 127)] * 2, Image.new("L", gray.size, 0))
        ),
        "JPEG",
        quality=100,
    )
    place = ycck.index(b"Adobe") + 11
    files = {
        "1.png": encoded(gray.convert("1"), "PNG"),
        "1.tif": encoded(gray.convert("1"), "TIFF", compression="group4"),
        "1.bmp": encoded(gray.convert("1"), "BMP"),
        "L.jpg": encoded(gray, "JPEG", quality=100),
        "L.tif": encoded(gray, "TIFF"),
        "L.gif": encoded(gray, "GIF"),
        "LA.png": encoded(clear, "PNG"),
        "RGBA.png": encoded(clear.convert("RGBA"), "PNG"),
        "RGBA.tif": encoded(clear.convert("RGBA"), "TIFF"),
        "RGBA.webp": encoded(clear.convert("RGBA"), "WEBP", lossless=True),
        "PA.tif": encoded(clear.convert("RGBA").convert("PA"), "TIFF"),
        "P index.png": encoded(palette, "PNG", transparency=1),
        "P index.gif": encoded(palette, "GIF", transparency=1),
        "P bytes.png": encoded(palette, "PNG", transparency=b"\xff\x00"),
        "key.png": encoded(gray, "PNG", transparency=255),
        "RGB.bmp": encoded(gray.convert("RGB"), "BMP"),
        "RGB16.png": png(SIDE, SIDE, 16, 2, wide),
        "CMYK.jpg": encoded(gray.convert("CMYK"), "JPEG", quality=100),
        "CMYK.tif": encoded(gray.convert("CMYK"), "TIFF"),
        "YCCK.jpg": ycck[:place] + b"\2" + ycck[place + 1 :],
        "YCbCr.tif": encoded(gray.convert("RGB").convert("YCbCr"), "TIFF"),
        "profile.jpg": encoded(
            gray.convert("RGB"),
            "JPEG",
            quality=100,
            icc_profile=ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(),
        ),
    }
    for name, content in files.items():
        assert abs(read(load_folder, folder, name, content) - expected).max() < 0.05, name


def test_pixels_that_do_not_fit_8_bits_are_refused_by_name(load_folder, folder):
    ramp = np.linspace(0, 60000, SIDE * SIDE).reshape(SIDE, SIDE)
    deep = Image.fromarray(ramp.astype(np.uint16))
    rows = [row.astype(">u2").tobytes() for row in ramp]
    for name, content in {
        "I;16.png": encoded(deep, "PNG"),
        "I;16 named.jpg": encoded(deep, "PNG"),
        "clear.png": png(SIDE, SIDE, 16, 0, rows, b"tRNS" + struct.pack(">H", 9)),
        "I;16.tif": encoded(deep, "TIFF"),
        "I;16B.tif": encoded(Image.frombytes("I;16B", (SIDE, SIDE), b"".join(rows)), "TIFF"),
        "I.tif": encoded(Image.fromarray(ramp.astype(np.int32)), "TIFF"),
        "F.tif": encoded(Image.fromarray(ramp.astype(np.float32) / 6e4), "TIFF"),
        "LAB.tif": encoded(Image.new("LAB", (SIDE, SIDE), (200, 20, 20)), "TIFF"),
    }.items():
        refused(load_folder, folder, name, content, "8-bit PNG")
    key = struct.pack(">3H", 32896, 32896, 32896)
    for name, content in {
        "2 bits.png": png(4, 1, 2, 0, [b"\x1b"], b"tRNS\0\1"),
        "4 bits.png": png(2, 1, 4, 0, [b"\x0f"], b"tRNS\0\x0f"),
        "16 bits.png": png(2, 1, 16, 2, [key + b"\xff" * 6], b"tRNS" + key),
    }.items():
        refused(load_folder, folder, name, content, "transparent color")
    cmyk = encoded(scene().convert("CMYK"), "JPEG")
    start = cmyk.index(b"\xff\xee")
    refused(load_folder, folder, "no Adobe mark.jpg", cmyk[:start] + cmyk[start + 16 :], "inks")


def test_several_pictures_in_one_file_are_refused_but_a_cameras_preview_is_not(load_folder, folder):
    for name, kind in (
        ("moves.gif", "GIF"),
        ("moves.png", "PNG"),
        ("moves.webp", "WEBP"),
        ("pages.tif", "TIFF"),
        ("named.jpg", "GIF"),
    ):
        refused(
            load_folder,
            folder,
            name,
            encoded(scene(), kind, save_all=True, append_images=[Image.new("RGB", scene().size)]),
            "several pictures",
        )
    expected = read(load_folder, folder, "one.png", encoded(scene(), "PNG"))
    camera = encoded(
        scene(),
        "MPO",
        save_all=True,
        append_images=[Image.new("RGB", (8, 8))],
        quality=100,
        subsampling=0,
    )
    assert abs(read(load_folder, folder, "camera.jpg", camera) - expected).max() < 0.05


def test_damaged_files_are_named_wherever_they_are_cut(load_folder, folder):
    whole = {
        "a.png": encoded(scene(), "PNG"),
        "a.jpg": encoded(scene(), "JPEG"),
        "b.jpg": encoded(scene(), "JPEG", progressive=True),
        "a.gif": encoded(scene(), "GIF"),
        "a.bmp": encoded(scene(), "BMP"),
        "a.tif": encoded(scene(), "TIFF"),
        "a.webp": encoded(scene(), "WEBP"),
    }
    for name, content in whole.items():
        for share in (0, 0.02, 0.2, 0.5, 0.8):
            refused(load_folder, folder, name, content[: int(share * len(content))], "not an image")
    turned = Image.Exif()
    turned[0x0112] = 6
    for name, content in {
        "text.jpg": b"words",
        "phone.jpg": b"\0\0\0\x18ftypheic" + bytes(99),
        "short exif.jpg": encoded(scene(), "JPEG", exif=turned.tobytes()[:-8]),
    }.items():
        refused(load_folder, folder, name, content, "not an image")
    flipped = bytearray(whole["a.png"])
    flipped[len(flipped) // 2] ^= 255
    refused(load_folder, folder, "flipped.png", bytes(flipped), "not an image")


@pytest.mark.parametrize(
    "name",
    [
        "IMG_1.HEIC",
        "a.heif",
        "a.avif",
        "a.dng",
        "a.CR2",
        "a.nef",
        "a.arw",
        "a.psd",
        "a.svg",
        "a.jxl",
        "a.jp2",
        "IMG_1.MOV",
        "scan.pdf",
        "IMG_1",
        "photos.zip",
    ],
)
def test_a_picture_of_another_kind_is_named_and_not_left_out(load_folder, folder, name):
    Image.new("RGB", (9, 9)).save(folder / "a" / "good.jpg")
    refused(load_folder, folder, name, encoded(scene(), "TIFF"), "export it as JPEG")
    (folder / "a" / "deeper" / "still").mkdir(parents=True)
    refused(load_folder, folder, f"deeper/still/{name}", b"", "export it as JPEG")
    (folder / name).write_bytes(b"")
    with pytest.raises(ValueError, match="beside the class folders"):
        load_folder(folder)


@pytest.mark.parametrize("ending", READABLE)
def test_endings_are_read_in_either_case_and_the_content_decides(load_folder, folder, ending):
    expected = read(load_folder, folder, "plain.png", encoded(scene(), "PNG"))
    for name in (f"a{ending}", f"b{ending.upper()}", f"c{ending.title()}"):
        for kind in ("PNG", "BMP", "TIFF"):
            assert np.array_equal(
                read(load_folder, folder, name, encoded(scene(), kind)), expected
            ), (name, kind)
        assert (
            abs(
                read(load_folder, folder, name, encoded(scene(), "WEBP", lossless=True)) - expected
            ).max()
            < 0.01
        )


def test_what_a_system_or_jupyter_writes_is_passed_over(load_folder, folder):
    scene().save(folder / "a" / "good.jpg")
    picture = encoded(scene(), "PNG")
    for place in (folder / "a", folder / "a" / "deeper"):
        for name in (
            ".DS_Store",
            "._IMG_1.jpg",
            ".hidden.png",
            "Thumbs.db",
            "desktop.ini",
            "notes.txt",
            "README.md",
            "labels.csv",
            "IMG_1.AAE",
            "IMG_1.xmp",
            ".ipynb_checkpoints/good-checkpoint.png",
            ".cache/deep/er/a.png",
            "@eaDir/good.jpg",
            "__MACOSX/good.jpg",
            "__MACOSX/._good.jpg",
        ):
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).write_bytes(picture)
    for name in (
        ".ipynb_checkpoints/1.png",
        ".git/1.png",
        "__MACOSX/a/._good.jpg",
        "notes.txt",
        ".DS_Store",
        "Thumbs.db",
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(picture)
    images, classes, names = load_folder(folder)
    assert classes.tolist() == [0, 1] and names == ["a", "b"]
    (folder / "a" / "good.jpg").unlink()
    with pytest.raises(ValueError, match="a has no image"):
        load_folder(folder)


def test_subfolders_strange_names_and_a_folder_called_like_a_picture(load_folder, folder):
    names = [
        "a.jpg/deeper/1.png",
        "with space.PNG",
        "Käthe's Äpfel (1).jpeg",
        "漢字.bmp",
        "50%#&{x}.gif",
        *(['"best".png', "two\nlines.png"] if os.name != "nt" else []),
    ]
    for name in names:
        (folder / "a" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "a" / name).write_bytes(encoded(scene(), "PNG"))
    images, classes, _ = load_folder(folder)
    assert classes.tolist() == [0] * len(names) + [1] and all(
        np.array_equal(images[0], image) for image in images[:-1]
    )


def test_pictures_are_read_in_the_order_of_their_paths(load_folder, folder):
    for value, name in enumerate(["2.png", "a/1.png", "b.png", "c/a/9.png"]):
        (folder / "a" / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (9, 9), 10 * value).save(folder / "a" / name)
    assert np.rint(255 * load_folder(folder)[0][:4, 0, 0, 0]).tolist() == [0, 10, 20, 30]


@pytest.mark.skipif(os.name == "nt", reason="not on Windows: making a link needs a privilege")
def test_links_are_followed_to_files_and_named_where_they_lead_nowhere(
    load_folder, folder, tmp_path
):
    (tmp_path / "elsewhere").mkdir()
    scene().save(tmp_path / "elsewhere" / "1.png")
    (folder / "a" / "link.png").symlink_to(tmp_path / "elsewhere" / "1.png")
    (folder / "c").symlink_to(tmp_path / "elsewhere")
    images, classes, names = load_folder(folder)
    assert (
        classes.tolist() == [0, 1, 2]
        and names == ["a", "b", "c"]
        and np.array_equal(images[0], images[2])
    )
    for name, target in (
        ("broken.png", "nowhere"),
        ("circle.jpg", "circle.jpg"),
        ("album", tmp_path / "elsewhere"),
    ):
        (folder / "a" / name).symlink_to(target)
        with pytest.raises(ValueError, match=f"{name} is a link"):
            load_folder(folder)
        (folder / "a" / name).unlink()
    (folder / "d").symlink_to("nowhere")
    with pytest.raises(ValueError, match="d lies beside"):
        load_folder(folder)


@contextlib.contextmanager
def ordinary_user():
    """Inside, this process may open what anybody may, also where an administrator runs the
    tests.
    """
    if os.geteuid():
        yield
        return
    os.seteuid(65534)  # nobody; the way back stays open
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.skipif(os.name == "nt", reason="not on Windows: permissions are others there")
def test_files_and_folders_without_permission_are_named(load_folder, folder, monkeypatch):
    scene().save(folder / "a" / "1.png")
    (folder / "a" / "closed").mkdir()
    monkeypatch.chdir(folder.parent)  # what lies above it may be closed to others, too
    for place in (folder.parent, folder, *folder.iterdir()):
        place.chmod(0o755)
    with ordinary_user():
        assert load_folder(Path("own"))[1].tolist() == [0, 1]
    for path in (folder / "a" / "1.png", folder / "a" / "closed", folder / "a"):
        before = path.stat().st_mode
        path.chmod(0)
        with ordinary_user(), pytest.raises(ValueError, match=f"{path.name} may not be opened"):
            load_folder(Path("own"))
        path.chmod(before)


def test_a_file_that_the_system_will_not_open_is_named(load_folder, folder, monkeypatch):
    def closed(*arguments, **options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Image, "open", closed)
    refused(load_folder, folder, "closed.png", b"", "may not be opened")


def test_too_many_pixels_are_named_and_many_are_read(load_folder, folder, recwarn):
    for name, width, height in (("warns.png", 10_000, 9_000), ("raises.png", 20_000, 20_000)):
        refused(load_folder, folder, name, png(width, height, 1, 0), "89 million")
    large = Image.new("L", (6000, 4000), 255)
    large.paste(0, (0, 0, 3000, 4000))
    image = read(load_folder, folder, "large.png", encoded(large, "PNG"))
    assert np.array_equal(
        image[:, : SIDE // 2 - 1], np.zeros((SIDE, SIDE // 2 - 1, 3))
    ) and np.array_equal(image[:, SIDE // 2 + 1 :], np.ones((SIDE, SIDE // 2 - 1, 3)))
    assert not [warning for warning in recwarn if "Bomb" in warning.category.__name__]


def test_ink_on_nothing_is_ink_on_white_paper_and_white_ink_on_nothing_is_named(
    load_folder, folder
):
    ink = Image.new("L", (SIDE, SIDE), 0)
    ink.paste(255, (8, 8, 16, 16))
    black, white = (Image.merge("LA", (Image.new("L", ink.size, level), ink)) for level in (0, 255))
    assert np.array_equal(
        read(load_folder, folder, "black.png", encoded(black, "PNG"))[..., 0],
        1 - np.asarray(ink, np.float32) / 255,
    )
    refused(load_folder, folder, "white.png", encoded(white, "PNG"), "blank on white paper")
    refused(
        load_folder,
        folder,
        "empty.png",
        encoded(Image.new("RGBA", (9, 9)), "PNG"),
        "blank on white paper",
    )
    assert (
        read(
            load_folder, folder, "paper.png", encoded(Image.new("RGB", (9, 9), "white"), "PNG")
        ).min()
        == 1
    )

"""The drawings keep their rules, each rule refuses a planted breach, the palette is legible."""

import re
import shutil
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread

import drawings
import network
from lessons import ROOT

GOOD = """<svg xmlns="http://www.w3.org/2000/svg" role="img"
  viewBox="0 0 400 200" width="400" height="200">
  <title>Two boxes and an arrow from the input to the loss</title>
  <desc>Nothing more is to be said.</desc>
  <defs><marker id="head" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="6" markerHeight="6">
    <path d="M0 0L10 5L0 10z" fill="#222222"/></marker></defs>
  <style>.box { fill: #d6e8f5; stroke: #0173b2 } line { stroke: #222222; stroke-width: 2 }</style>
  <rect width="400" height="200" rx="8" fill="#ffffff"/>
  <g font-family="sans-serif" font-size="16" fill="#222222">
    <rect class="box" x="20" y="60" width="120" height="50"/>
    <text x="80" y="90" text-anchor="middle">input x</text>
    <g transform="translate(240 60)">
      <circle cx="40" cy="25" r="25" style="fill: #de8f05; stroke: #222222"/>
      <text x="40" y="30" text-anchor="middle">loss</text></g>
    <text x="190" y="40" text-anchor="middle" fill="#767676">forward</text>
    <line x1="140" y1="85" x2="254" y2="85" marker-end="url(#head)"/>
    <path class="ground" d="M20 130h360v60h-360z" fill="#f0f2f4"/>
    <text x="30" y="160" font-size="18">in words,<tspan
      dx="8" font-weight="bold">twice</tspan></text>
  </g>
</svg>
"""


def found(tmp_path, source, name="good.svg") -> list[str]:
    folder = tmp_path / "day00_line" / "figures"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(source, "utf-8")
    return drawings.problems(folder / name)


@pytest.mark.parametrize(
    "path", drawings.all_drawings(), ids=lambda path: f"{path.parent.parent.name}-{path.stem}"
)
def test_drawing_keeps_the_rules(path):
    assert not drawings.problems(path), "\n".join(drawings.problems(path))


def test_no_drawing_lies_elsewhere():
    """Each SVG of the repository is one that the test above has seen."""
    kept = [
        path
        for pattern in ("*.svg", "day*/**/*.svg", "tests/**/*.svg", "tools/**/*.svg")
        for path in ROOT.glob(pattern)
    ]
    assert set(kept) <= set(drawings.all_drawings())


def test_a_good_drawing_passes(tmp_path):
    assert found(tmp_path, GOOD) == []


BREACHES = [
    ("well-formed", "</svg>", "", "not well-formed"),
    ("well-formed", "<svg", '<!DOCTYPE svg [<!ENTITY a "b">]><svg', "DOCTYPE"),
    ("well-formed", "<svg", '<?xml-stylesheet href="a.css"?><svg', "processing instruction"),
    ("well-formed", ' xmlns="http://www.w3.org/2000/svg"', "", "no svg element"),
    ("file-name", "", "", "file name"),
    ("file-name", "<defs>", "<!--" + 60_000 * "x" + "--><defs>", "60,"),
    ("known-elements", "<defs>", "<script>alert(1)</script><defs>", "<script>"),
    ("known-elements", "<defs>", '<foreignObject width="9" height="9"/><defs>', "<foreignObject>"),
    ("known-elements", "<defs>", '<image href="#head"/><defs>', "<image>"),
    ("known-elements", "<defs>", '<set attributeName="x"/><defs>', "<set>"),
    ("known-elements", "<defs>", '<h:b xmlns:h="http://www.w3.org/1999/xhtml"/><defs>', "<b>"),
    ("known-elements", "line {", "g > line {", "the selector 'g > line' is not understood"),
    ("known-elements", "translate(240 60)", "twist(4)", "the transform 'twist' is not understood"),
    ("known-elements", 'font-size="18"', 'font-size="1.2em"', "'1.2em' is not in pixels"),
    ("no-event-attributes", '<rect class="box"', '<rect onclick="alert(1)" class="box"', "onclick"),
    (
        "no-event-attributes",
        '<rect class="box"',
        '<rect id="javascript:1" class="box"',
        "has the attribute id",
    ),
    (
        "no-outside-reference",
        '<rect class="box"',
        '<rect href="https://example.org/a" class="box"',
        "refers to https",
    ),
    (
        "no-outside-reference",
        '<rect class="box"',
        '<rect xmlns:x="http://www.w3.org/1999/xlink" x:href="other.svg#a" class="box"',
        "refers to other.svg#a",
    ),
    ("no-outside-reference", "url(#head)", "url(#tail)", "url(#tail)"),
    ("no-outside-reference", "url(#head)", "url('other.svg#head')", "url(other.svg#head)"),
    ("no-outside-reference", ".box {", "@import 'a.css'; .box {", "@import"),
    ("no-outside-reference", ".box {", "@font-face { src: url(a.woff) } .box {", "url(a.woff)"),
    ("no-outside-reference", 'style="fill: #de8f05', 'style="mask: \\75rl(a)', "an escape"),
    (
        "no-outside-reference",
        '<rect class="box"',
        '<rect id="//example.org" class="box"',
        "holds an address",
    ),
    ("size", 'viewBox="0 0 400 200" width', "width", "no viewBox"),
    ("size", ' width="400" height="200">', ">", "no width and height"),
    ("size", 'width="400" height="200">', 'width="100%" height="200">', "not in pixels"),
    ("size", 'width="400" height="200">', 'width="400" height="300">', "another ratio"),
    (
        "size",
        'width="400" height="200">',
        'width="900" height="450">',
        "the limit is 800 by 600",
    ),
    ("title", "<title>Two boxes and an arrow from the input to the loss</title>", "", "no title"),
    (
        "title",
        "Two boxes and an arrow from the input to the loss",
        "figure",
        "at least three words",
    ),
    ("panel", '<rect width="400" height="200" rx="8" fill="#ffffff"/>', "", "no panel"),
    (
        "panel",
        '<rect width="400" height="200" rx="8"',
        '<rect width="400" height="190" rx="8"',
        "no panel",
    ),
    ("panel", 'rx="8" fill="#ffffff"', 'rx="8" fill="#ffffff" opacity="0.5"', "no panel"),
    ("palette", 'fill="#f0f2f4"', 'fill="#ff0000"', "#ff0000 is not of the palette"),
    ("palette", 'fill="#f0f2f4"', 'fill="red"', "red is not of the palette"),
    ("palette", "stroke: #0173b2", "stroke: #0000ff", "a style: the color #0000ff"),
    ("palette", "fill: #de8f05", "fill: orange", "orange is not of the palette"),
    ("palette", ' font-size="16" fill="#222222"', ' font-size="16"', "so it is black"),
    (
        "generic-fonts",
        'font-family="sans-serif"',
        'font-family="Helvetica, sans-serif"',
        "'Helvetica, sans-serif'",
    ),
    ("generic-fonts", ' font-family="sans-serif"', "", "the font family ''"),
    ("text-size", ' font-size="16"', ' font-size="13"', "'input x' has 13.0 pixels"),
    (
        "text-size",
        'transform="translate(240 60)"',
        'transform="translate(240 60) scale(0.8)"',
        "'loss' has 12.8 pixels",
    ),
    (
        "text-size",
        'width="400" height="200">',
        'width="320" height="160">',
        "'input x' has 12.8 pixels",
    ),
    (
        "text-size",
        ' font-weight="bold"',
        ' font-weight="bold" font-size="12"',
        "'twice' has 12.0 pixels",
    ),
    (
        "text-inside",
        'x="80" y="90" text-anchor="middle"',
        'x="20" y="90" text-anchor="middle"',
        "run out of the drawing",
    ),
    ("text-inside", 'dx="8"', 'dx="240"', "'twice' may run out"),
    ("text-apart", 'dx="8"', 'dx="-30"', "the texts 'in words,' and 'twice' overlap"),
    (
        "text-apart",
        'x="80" y="90"',
        'x="80" y="158"',
        "the texts 'input x' and 'in words,' overlap",
    ),
    (
        "text-contrast",
        "fill: #d6e8f5",
        "fill: #222222",
        "'input x', #222222 on #222222, has a contrast of 1.0",
    ),
    ("text-contrast", 'fill="#767676"', 'fill="#767676" opacity="0.5"', "'forward'"),
    (
        "text-contrast",
        "fill: #de8f05; stroke: #222222",
        "fill: #004b78; fill-opacity: 0.7; stroke: #222222",
        "'loss'",
    ),
    ("text-contrast", 'rx="8" fill="#ffffff"', 'rx="8" fill="none"', "'forward', #767676 on #"),
    ("shape-contrast", "; stroke: #0173b2", "", "<rect> class="),
    ("shape-contrast", "line { stroke: #222222", "line { stroke: #cdeee2", "<line> x1="),
    ("shape-contrast", 'class="ground" ', "", "or the class ground"),
    ("shape-contrast", "fill: #de8f05; stroke: #222222", "fill: #de8f05", "has a contrast of 2.6"),
]


@pytest.mark.parametrize("rule, old, new, problem", BREACHES)
def test_a_planted_breach_is_refused(rule, old, new, problem, tmp_path):
    name = "Good Drawing.svg" if not old else "good.svg"
    assert old in GOOD
    said = found(tmp_path, GOOD.replace(old, new, 1), name)
    about = [text for text in said if text.endswith(f"[{rule}]") and problem in text]
    assert about and about[0].startswith(f"day00_line/figures/{name}: "), said


def test_every_rule_has_a_planted_breach():
    assert {rule for rule, *_ in BREACHES} == {*drawings.CHECKS, "well-formed"}
    assert all(
        function.__doc__.rstrip().endswith((".", ":")) for function in drawings.CHECKS.values()
    )


def test_without_a_panel_text_fails_on_the_dark_page(tmp_path):
    """On white it passes."""
    said = found(tmp_path, GOOD.replace('rx="8" fill="#ffffff"', 'rx="8" fill="none"'))
    dark = [page for page in drawings.PAGES.values() if page != "#ffffff"]
    assert any(f"'forward', #767676 on {page}" in text for text in said for page in dark), said


# ---------------------------------------------------------------------------------- geometry
def read(tmp_path, body):
    (tmp_path / "a.svg").write_text(GOOD.partition("<g font")[0] + body + "</svg>", "utf-8")
    return drawings.read(tmp_path / "a.svg")


def test_transforms_apply_from_the_inside_out(tmp_path):
    body = (
        '<g transform="translate(100 10) scale(2)">'
        '<rect transform="rotate(90)" x="0" y="0" width="10" height="20"/></g>'
    )
    box = read(tmp_path, body).shapes[-1].outline.get_extents().extents
    np.testing.assert_allclose(box, [100 - 40, 10, 100, 10 + 20], atol=1e-9)
    turned = drawings.transform_of("rotate(90 10 0) matrix(1 0 0 1 5 0)").transform((10, 0))
    np.testing.assert_allclose(turned, [10, 5], atol=1e-9)
    np.testing.assert_allclose(
        drawings.transform_of("skewX(45)").transform((0, 10)), [10, 10], atol=1e-9
    )


@pytest.mark.parametrize(
    "body, inside, outside",
    [
        ('<circle cx="50" cy="50" r="20"/>', (63, 63), (66, 66)),
        ('<ellipse cx="50" cy="50" rx="30" ry="10"/>', (78, 50), (50, 62)),
        ('<polygon points="0,0 100,0 0,100"/>', (30, 30), (70, 70)),
        ('<path d="M0 0 h100 v100 h-100 z"/>', (99, 99), (101, 50)),
        ('<path d="M0 50 A50 50 0 0 1 100 50 z"/>', (50, 5), (5, 5)),
        ('<path d="M0 0 Q50 100 100 0 z"/>', (50, 45), (50, 55)),
        ('<rect x="10" y="10" width="80" height="40" rx="20"/>', (50, 12), (11, 11)),
    ],
)
def test_a_shape_covers_what_it_covers(body, inside, outside, tmp_path):
    outline = read(tmp_path, body).shapes[-1].outline
    assert outline.contains_point(inside) and not outline.contains_point(outside)


def test_what_lies_behind_a_text_is_what_was_painted_before(tmp_path):
    body = (
        '<rect width="50" height="50" fill="#d6e8f5"/>'
        '<rect x="20" width="50" height="50" fill="#222222" fill-opacity="0.5"/>'
        '<text x="0" y="20" font-family="serif" font-size="14">ab</text>'
        '<rect width="50" height="50" fill="#d55e00"/>'
    )
    drawing = read(tmp_path, body)
    behind = [
        drawing.background(x, 20, "#111111", drawing.texts[0].behind) for x in (10, 30, 60, 500)
    ]
    assert behind == [
        "#d6e8f5",
        drawings.blend("#222222", "#d6e8f5", 0.5),
        drawings.blend("#222222", "#ffffff", 0.5),
        "#111111",
    ]


def test_the_anchor_and_the_runs_of_a_text(tmp_path):
    body = (
        '<text font-family="serif" font-size="20" x="{}" y="50" text-anchor="{}">'
        'one<tspan font-size="40"> two</tspan></text>'
    )
    for anchor, x, shift in (("start", 100, 0), ("middle", 100, 0.5), ("end", 100, 1)):
        one, two = read(tmp_path, body.format(x, anchor)).texts
        whole = two.box[2] - one.box[0]
        assert (
            (one.size, two.size) == (20, 40)
            and one.box[0] == pytest.approx(x - shift * whole)
            and one.box[2] == pytest.approx(two.box[0])
        )
    lines = read(
        tmp_path, '<text x="5" y="20" font-size="16">a<tspan x="5" dy="1.5em">b</tspan></text>'
    ).texts
    assert (
        lines[1].box[1] - lines[0].box[1] == pytest.approx(24)
        and lines[0].box[0] == lines[1].box[0]
    )


# ----------------------------------------------------------------------------------- palette
def test_no_color_is_legible_as_text_on_white_and_on_dark():
    """Why a drawing brings its own panel: the two contrasts multiply to that of the pages,
    whatever the color."""
    for dark in (page for page in drawings.PAGES.values() if page != "#ffffff"):
        assert drawings.contrast("#ffffff", dark) < drawings.TEXT_CONTRAST**2
        for gray in range(256):
            color = f"#{gray:02x}{gray:02x}{gray:02x}"
            assert (
                min(drawings.contrast(color, "#ffffff"), drawings.contrast(color, dark))
                < drawings.TEXT_CONTRAST
            )


def test_contrast_is_that_of_wcag():
    assert drawings.contrast("#000000", "#ffffff") == 21 and drawings.contrast(
        "#767676", "#ffffff"
    ) == pytest.approx(4.54, abs=0.005)


def test_palette_is_that_of_the_figures_and_legible():
    text = (
        Path(find_spec("seaborn").origin).with_name("palettes.py").read_text("utf-8")
    )  # its import takes seconds
    colorblind = re.findall(r"#\w{6}", re.search(r"colorblind=\[(.*?)\]", text, re.S)[1])
    assert [hue[0] for hue in drawings.HUES.values()] == [color.lower() for color in colorblind[:5]]
    for name, (plain, dark, pale, _) in drawings.HUES.items():
        assert name == "validation" or drawings.contrast(plain, drawings.PAPER) >= 3
        assert (
            drawings.contrast(dark, drawings.PAPER) >= 4.5
            and drawings.contrast(drawings.INK, pale) >= 7
        )
    assert (
        drawings.contrast(drawings.MUTED, drawings.PAPER) >= 4.5
        and drawings.contrast(drawings.INK, drawings.GROUND) >= 7
    )


# How two kinds of cones see linear RGB (Machado, Oliveira and Fernandes, 2009, severity 1).
SEEN = {
    "as most": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "without L": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "without M": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "without S": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


def lab(color, cones):
    """CIE L*a*b* of a color as seen with these cones."""
    channels = np.array([int(color[k : k + 2], 16) / 255 for k in (1, 3, 5)])
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    linear = np.clip(np.array(cones) @ linear, 0, 1)
    xyz = (
        np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
        @ linear
    )
    x, y, z = (
        np.cbrt(value) if value > 0.008856 else 7.787 * value + 16 / 116
        for value in xyz / [0.9505, 1, 1.089]
    )
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("cones", SEEN.values(), ids=SEEN)
@pytest.mark.parametrize("strength", [0, 1], ids=["plain", "dark"])
def test_colors_differ_for_readers_who_see_fewer(cones, strength):
    """A difference of 2 is just noticed side by side; here every pair has at least 12."""
    seen = [lab(hue[strength], cones) for hue in drawings.HUES.values()]
    assert (
        min(np.linalg.norm(one - other) for k, one in enumerate(seen) for other in seen[:k]) >= 12
    )


def test_contributing_has_the_palette_as_it_is():
    page = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    assert drawings.with_palette(page) == page, "python tools/drawings.py --write"
    with pytest.raises(ValueError, match="the page needs the lines"):
        drawings.with_palette("no markers")


# ------------------------------------------------------------------------------------- sheet
def test_sheet_as_html_holds_every_drawing_twice(tmp_path, monkeypatch):
    assert not found(tmp_path, GOOD)
    path = tmp_path / "day00_line" / "figures" / "good.svg"
    written = drawings.write_sheet([path, path], tmp_path / "sheet.html")
    page = written.read_text("utf-8")
    assert page.count("data:image/svg+xml;base64,") == 4 and page.count("day00_line/good.svg") == 2
    assert 'alt="Two boxes and an arrow' in page and "http" not in page
    monkeypatch.setattr(drawings, "chromium", lambda: None)
    assert drawings.write_sheet([path], tmp_path / "sheet.png") == tmp_path / "sheet.html"


@pytest.mark.skipif(
    not drawings.chromium(), reason="Chromium is not installed (Debian: apt-get install chromium)"
)
def test_sheet_as_a_picture_shows_white_beside_dark(tmp_path):
    assert not found(tmp_path, GOOD)
    path = tmp_path / "day00_line" / "figures" / "good.svg"
    with network.own_namespace():
        written = drawings.write_sheet([path, path], tmp_path / "sheet.png")
    picture = imread(written)[:, :, :3]
    page, width, height = drawings.sheet([path, path])
    assert picture.shape[:2] == (height, width) and written.suffix == ".png"
    first = drawings.CAPTION + drawings.GAP + 5
    places = {
        "white page": (first, 5),
        "dark page": (first, width // 2 + 5),
        "panel on white": (first, drawings.GAP + 20),
        "panel on dark": (first, width // 2 + drawings.GAP + 20),
    }
    seen = {
        name: "#" + "".join(f"{round(255 * float(part)):02x}" for part in picture[place])
        for name, place in places.items()
    }
    assert seen == {
        "white page": "#ffffff",
        "dark page": "#111111",
        "panel on white": "#ffffff",
        "panel on dark": "#ffffff",
    }


def test_the_command_judges_and_names_what_is_missing(tmp_path, capsys):
    folder = tmp_path / "day00_line"
    found(tmp_path, GOOD.replace("#f0f2f4", "#ff0000"), "bad.svg")
    assert drawings.main([str(folder)]) == 1 and "not of the palette" in capsys.readouterr().out
    (folder / "figures" / "bad.svg").write_text(GOOD, "utf-8")
    assert (
        drawings.main([str(folder / "figures" / "bad.svg")]) == 0
        and "1 drawings" in capsys.readouterr().out
    )
    shutil.rmtree(folder)
    with pytest.raises(SystemExit, match="There is no 'day99_nothing'"):
        drawings.main(["day99_nothing"])

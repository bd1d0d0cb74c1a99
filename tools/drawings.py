"""The drawings of ideas: the palette of the course, the rules for an SVG, one sheet to look at
them.

    python tools/drawings.py [day02_tensors | FILE.svg …]   what breaks a rule; else of all days
    python tools/drawings.py --sheet [OUT.png | OUT.html]   all of them on white and on dark
    python tools/drawings.py --write                        the palette into CONTRIBUTING.md

A drawing is shown as an image, so no style of the page reaches it. No text color is legible on a
white and on a dark page: white and #111111 differ by 18.9 to 1, so whatever has 4.5 to 1 against
one has at most 4.2 against the other. (And JupyterLab's dark theme does not set
prefers-color-scheme.) So a drawing brings its own white panel, as the lessons' figures do, and
is measured against that.

The rules know a part of SVG that can be computed: shapes, text, groups, transforms, markers, and
styles selected by element or class. The rest is refused.
"""

import argparse
import base64
import html
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import numpy as np
from fontTools.pens.recordingPen import RecordingPen
from fontTools.svgLib.path import parse_path
from fontTools.svgLib.path.shapes import PathBuilder
from matplotlib.font_manager import FontProperties
from matplotlib.path import Path as Outline
from matplotlib.textpath import TextPath
from matplotlib.transforms import Affine2D

import lessons
from lessons import ROOT

PAPER, INK, MUTED, GROUND = "#ffffff", "#222222", "#767676", "#f0f2f4"
# name: (plain, dark, pale, meaning). Plain is seaborn's colorblind palette, as in the figures.
HUES = {
    "training": ("#0173b2", "#004b78", "#d6e8f5", "training; inputs, the way forward"),
    "validation": ("#de8f05", "#a06500", "#fbe6c2", "validation"),
    "test": ("#029e73", "#007a58", "#cdeee2", "test; what is right"),
    "backward": ("#d55e00", "#9c2a00", "#fbdcc8", "gradients, the way back; what is wrong"),
    "other": ("#cc78bc", "#b0529f", "#f4dff0", "a further thing, such as what is generated"),
}
NEUTRALS = {
    PAPER: "the panel",
    INK: "text, outlines",
    MUTED: "secondary text on the panel, axes, thin lines",
    GROUND: "areas behind something",
}
PALETTE = {
    *NEUTRALS,
    *(color for plain, dark, pale, _ in HUES.values() for color in (plain, dark, pale)),
}
WORDS = {"white": "#ffffff", "none": "none", "transparent": "none"}
PAGES = {"white": "#ffffff", "JupyterLab's dark": "#111111", "GitHub's dark": "#0d1117"}

FONTS = {"sans-serif": "DejaVu Sans", "serif": "DejaVu Serif", "monospace": "DejaVu Sans Mono"}
TEXT_CONTRAST, SHAPE_CONTRAST = 4.5, 3.0
TEXT_PIXELS = 14  # at the width at which the drawing is shown
COLUMN = 830  # GitHub's README; a notebook's column is about 900
MAX_WIDTH, MAX_HEIGHT, MAX_BYTES = 800, 600, 60_000
NAME = re.compile(r"[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*\.svg")
SHAPES = {"rect", "circle", "ellipse", "line", "polyline", "polygon", "path"}
ELEMENTS = {*SHAPES, "svg", "title", "desc", "defs", "g", "marker", "style", "text", "tspan"}
INHERITED = {
    "fill": "#000000",
    "stroke": "none",
    "stroke-width": "1",
    "fill-opacity": "1",
    "stroke-opacity": "1",
    "font-size": "16",
    "font-family": "",
    "font-weight": "normal",
    "text-anchor": "start",
    "dominant-baseline": "auto",
}
COLORED = ("fill", "stroke", "color", "stop-color", "flood-color")


# ------------------------------------------------------------------------------------- colors
def luminance(color: str) -> float:
    """Relative luminance (WCAG 2) of a color such as "#0173b2", from 0 to 1."""
    channels = np.array([int(color[k : k + 2], 16) / 255 for k in (1, 3, 5)])
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def contrast(one: str, other: str) -> float:
    """Contrast of two colors (WCAG 2), from 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def blend(color: str, behind: str, opacity: float) -> str:
    """The color that is seen where `color` lies with this opacity over `behind`."""
    parts = [
        round(opacity * int(color[k : k + 2], 16) + (1 - opacity) * int(behind[k : k + 2], 16))
        for k in (1, 3, 5)
    ]
    return "#" + "".join(f"{part:02x}" for part in parts)


def plain_color(value: str) -> str:
    """A color in the form "#rrggbb", or "none"; other things as they are."""
    value = value.strip().lower()
    if re.fullmatch(r"#[0-9a-f]{3}", value):
        value = "#" + "".join(2 * digit for digit in value[1:])
    return WORDS.get(value, value)


# ------------------------------------------------------------------------------ reading an SVG
Rules = list[tuple[str, dict[str, str]]]
Style = dict[str, str]


@dataclass
class Shape:
    """Something painted: its outline in the drawing's units, and its colors ("none" or
    "#rrggbb")."""

    tag: str
    outline: Outline
    fill: str
    stroke: str
    fill_opacity: float
    stroke_opacity: float
    is_ground: bool


@dataclass
class Text:
    """A piece of text: its box (left, top, right, bottom) and font size in the drawing's units."""

    words: str
    box: tuple[float, float, float, float]
    size: float
    family: str
    fill: str
    opacity: float
    behind: list[Shape] = field(default_factory=list)


@dataclass
class Drawing:
    name: str
    source: str
    root: Element
    shapes: list[Shape]
    texts: list[Text]
    unread: list[str]

    @property
    def view(self) -> tuple[float, float, float, float]:
        """viewBox: left, top, width, height; zeros if it has none."""
        return view_box(self.root)

    def background(self, x: float, y: float, page: str, below: Sequence[Shape]) -> str:
        """The color at a point of the drawing on a page of this color, after these shapes."""
        color = page
        for shape in below:
            if shape.fill.startswith("#") and shape.outline.contains_point((x, y)):
                color = blend(shape.fill, color, shape.fill_opacity)
        return color


def view_box(root: Element) -> tuple[float, float, float, float]:
    try:
        left, top, width, height = map(float, re.split(r"[ ,]+", root.get("viewBox", "").strip()))
    except ValueError:
        return 0.0, 0.0, 0.0, 0.0
    return left, top, width, height


def local(tag: str) -> str:
    return tag.rpartition("}")[2]


def number(value: str | None, default: float = 0.0) -> float:
    """A length in pixels: "12" or "12px". ValueError for other units."""
    if value is None:
        return default
    if not (match := re.fullmatch(r"\s*([-+]?[\d.]+(?:e[-+]?\d+)?)\s*(?:px)?\s*", value)):
        raise ValueError(f"the length '{value}' is not in pixels")
    return float(match[1])


def transform_of(value: str) -> Affine2D:
    """The transform of an attribute such as "translate(10 20) rotate(45)". ValueError if
    unknown."""
    result = Affine2D()
    calls = re.findall(r"(\w+)\s*\(([^)]*)\)", value)
    if re.sub(r"\w+\s*\([^)]*\)|[\s,]", "", value):
        raise ValueError(f"the transform '{value}' is not understood")
    for name, arguments in reversed(calls):
        a = [float(part) for part in re.split(r"[\s,]+", arguments.strip())]
        if name == "translate":
            result.translate(a[0], a[1] if len(a) > 1 else 0)
        elif name == "scale":
            result.scale(a[0], a[-1])
        elif name == "rotate" and len(a) == 3:
            result.rotate_deg_around(a[1], a[2], a[0])
        elif name == "rotate":
            result.rotate_deg(a[0])
        elif name in ("skewX", "skewY"):
            result.skew_deg(*((a[0], 0) if name == "skewX" else (0, a[0])))
        elif name == "matrix" and len(a) == 6:
            result = joined(result, Affine2D.from_values(*a))
        else:
            raise ValueError(f"the transform '{name}' is not understood")
    return result


def joined(inner: Affine2D, outer: Affine2D) -> Affine2D:
    """The transform that applies `inner` first, then `outer`."""
    return Affine2D(outer.get_matrix() @ inner.get_matrix())


def declarations(text: str) -> dict[str, str]:
    """Properties of a style such as "fill: none; stroke: #222222"."""
    pairs = (part.split(":", 1) for part in text.split(";") if ":" in part)
    return {name.strip().lower(): value.strip() for name, value in pairs}


def style_rules(root: Element) -> Rules:
    """Selectors and properties of the style elements, weakest first. ValueError if not
    understood."""
    found = []
    for element in root.iter():
        if local(element.tag) == "style":
            css = re.sub(r"/\*.*?\*/", "", element.text or "", flags=re.S)
            for selectors, body in re.findall(r"([^{}]+)\{([^{}]*)\}", css):
                for selector in map(str.strip, selectors.split(",")):
                    if not re.fullmatch(r"\*|[a-z]+|[a-z]*\.[\w-]+", selector):
                        raise ValueError(f"the selector '{selector}' is not understood")
                    found.append((selector, declarations(body)))
            if re.sub(r"[^{}]+\{[^{}]*\}", "", css).strip():
                raise ValueError("a style that is not understood")
    return sorted(found, key=lambda pair: ("." in pair[0], pair[0] != "*"))


def properties(element: Element, rules: Rules) -> dict[str, str]:
    """What an element says of its own style: attributes, then rules, then its style attribute."""
    tag, classes = local(element.tag), element.get("class", "").split()
    own = dict(element.attrib)
    for selector, body in rules:
        name, _, wanted = selector.partition(".")
        if name in ("", "*", tag) and (not wanted or wanted in classes):
            own |= body
    return own | declarations(element.get("style", ""))


def outline_of(element: Element) -> Outline:
    """The outline of a shape, in its own units, with curves."""
    builder = PathBuilder()
    bare = ElementTree.Element(
        local(element.tag),
        {name: value for name, value in element.attrib.items() if name != "transform"},
    )
    builder.add_path_from_element(bare)
    pen = RecordingPen()
    vertices: list[tuple[float, float]] = []
    codes: list[Any] = []
    for path in builder.paths:
        parse_path(path, pen)
    code_of = {
        "moveTo": Outline.MOVETO,
        "lineTo": Outline.LINETO,
        "curveTo": Outline.CURVE4,
        "qCurveTo": Outline.CURVE3,
    }
    for name, points in pen.value:
        if name == "closePath":
            vertices.append(vertices[-1])
            codes.append(Outline.CLOSEPOLY)
        vertices += points
        codes += [code_of[name]] * len(points) if points else []
    return Outline(np.array(vertices, dtype=float).reshape(-1, 2), codes)


class Reader:
    """Walks through a drawing and collects shapes and texts in the order in which they are
    painted."""

    def __init__(self, root: Element):
        self.shapes: list[Shape] = []
        self.texts: list[Text] = []
        self.unread: list[str] = []
        try:
            self.rules = style_rules(root)
        except ValueError as error:
            self.rules = []
            self.unread.append(str(error))
        self.walk(root, dict(INHERITED), Affine2D(), 1.0)

    def walk(self, element: Element, style: Style, transform: Affine2D, opacity: float) -> None:
        tag = local(element.tag)
        if tag in ("title", "desc", "defs", "style", "marker") or tag not in ELEMENTS:
            return
        try:
            own = properties(element, self.rules)
            style = style | {name: own[name] for name in INHERITED if name in own}
            if "font" in own:
                raise ValueError("'font' is not understood; use font-size and font-family")
            transform = joined(transform_of(own.get("transform", "")), transform)
            opacity = opacity * float(own.get("opacity", "1"))
            if tag in SHAPES:
                self.add_shape(element, style, transform, opacity)
            elif tag == "text":
                self.add_text(element, style, transform, opacity)
                return
        except (ValueError, KeyError, IndexError, TypeError) as error:
            self.unread.append(f"{describe(element)}: {error}")
            return
        for child in element:
            self.walk(child, style, transform, opacity)

    def add_shape(
        self, element: Element, style: Style, transform: Affine2D, opacity: float
    ) -> None:
        fill = "none" if local(element.tag) == "line" else plain_color(style["fill"])
        self.shapes.append(
            Shape(
                describe(element),
                outline_of(element).transformed(transform),
                fill,
                plain_color(style["stroke"]) if number(style["stroke-width"]) else "none",
                opacity * float(style["fill-opacity"]),
                opacity * float(style["stroke-opacity"]),
                "ground" in element.get("class", "").split(),
            )
        )

    def add_text(self, element: Element, style: Style, transform: Affine2D, opacity: float) -> None:
        """The runs of a text element, those that share an anchor side by side."""
        lines: list[list[Run]] = []
        for run in text_runs(element, style, self.rules):
            if run.x is not None or run.y is not None or not lines:
                lines.append([])
            lines[-1].append(run)
        x = y = 0.0
        for line in lines:
            x = x if line[0].x is None else line[0].x
            y = y if line[0].y is None else line[0].y
            whole = sum(run.width for run in line)
            x -= {"middle": whole / 2, "end": whole}.get(line[0].style["text-anchor"], 0)
            for run in line:
                x, y = x + run.dx, y + run.dy
                if run.words.strip():
                    self.texts.append(self.text(run, x, y, transform, opacity))
                x += run.width

    def text(self, run: "Run", x: float, y: float, transform: Affine2D, opacity: float) -> Text:
        """A run that begins at (x, y) in its own units."""
        style, width = run.style, run.width
        size = number(style["font-size"])
        middle = style["dominant-baseline"] in ("middle", "central")
        top, bottom = (
            (y - 0.5 * size, y + 0.5 * size) if middle else (y - 0.76 * size, y + 0.24 * size)
        )
        corners = transform.transform(
            [(x, top), (x + width, top), (x, bottom), (x + width, bottom)]
        )
        (left, high), (right, low) = corners.min(axis=0), corners.max(axis=0)
        matrix = transform.get_matrix()[:2, :2]
        scale = min(np.linalg.norm(matrix[:, 0]), np.linalg.norm(matrix[:, 1]))
        return Text(
            " ".join(run.words.split()),
            (left, high, right, low),
            size * float(scale),
            style["font-family"],
            plain_color(style["fill"]),
            opacity * float(style["fill-opacity"]),
            list(self.shapes),
        )


@dataclass(frozen=True)
class Run:
    """Words of one style in a text; x and y are None where they go on from the run before."""

    words: str
    style: Style
    x: float | None
    y: float | None
    dx: float = 0.0
    dy: float = 0.0

    @property
    def width(self) -> float:
        return text_width(self.words, self.style)


def text_runs(element: Element, style: Style, rules: Rules) -> Iterator[Run]:
    """The runs of a text or tspan. ValueError if something in it is not understood."""
    own = properties(element, rules)
    if local(element.tag) == "tspan" and "transform" in own:
        raise ValueError("a tspan with a transform")
    style = style | {name: own[name] for name in INHERITED if name in own}
    x, y = (number(own[name]) if name in own else None for name in ("x", "y"))
    dx, dy = (shift(own.get(name, "0"), number(style["font-size"])) for name in ("dx", "dy"))
    yield Run(element.text or "", style, x, y, dx, dy)
    for child in element:
        if local(child.tag) != "tspan":
            raise ValueError(f"{local(child.tag)} inside a text")
        yield from text_runs(child, style, rules)
        yield Run(child.tail or "", style, None, None)


def shift(value: str, size: float) -> float:
    """A shift in pixels, or in font sizes as "1.2em"."""
    return float(value[:-2]) * size if value.endswith("em") else number(value)


def text_width(words: str, style: Style) -> float:
    """Width of a run in its own units, in the widest of the usual fonts."""
    words = re.sub(r"\s+", " ", words)
    family = FONTS.get(style["font-family"].strip().lower(), "DejaVu Sans")
    is_bold = style["font-weight"] in ("bold", "600", "700", "800", "900")
    return (
        measured(words, family, "bold" if is_bold else "normal") * number(style["font-size"]) / 100
    )


@cache
def measured(words: str, family: str, weight: str) -> float:
    """Width of some words at a size of 100; a space at either end counts."""
    if not words:
        return 0.0
    font = FontProperties(family=family, weight=weight)
    ends = TextPath((0, 0), f"|{words.replace('$', 'S')}|", size=100, prop=font).get_extents().width
    return float(ends - TextPath((0, 0), "||", size=100, prop=font).get_extents().width)


def describe(element: Element) -> str:
    """An element by its tag and what tells it from others: its text, its id or its first
    attributes."""
    said = " ".join("".join(element.itertext()).split())[:40]
    some = " ".join(f'{name}="{value[:20]}"' for name, value in list(element.attrib.items())[:2])
    return f"<{local(element.tag)}> " + (f"'{said}'" if said else some)


def read(path: Path) -> Drawing:
    """The drawing in a file. ValueError if it is no well-formed XML, or declares entities."""
    source = path.read_text("utf-8")
    if re.search(r"<!(DOCTYPE|ENTITY)|<\?(?!xml\s)", source):
        raise ValueError("a DOCTYPE, an entity or a processing instruction")
    try:
        root = ElementTree.fromstring(source)
    except ElementTree.ParseError as error:
        raise ValueError(f"not well-formed: {error}") from None
    if root.tag != "{http://www.w3.org/2000/svg}svg":
        raise ValueError("the root is no svg element in SVG's namespace")
    reader = Reader(root)
    name = f"{path.parent.parent.name}/{path.parent.name}/{path.name}"
    return Drawing(name, source, root, reader.shapes, reader.texts, reader.unread)


# -------------------------------------------------------------------------------------- rules
CHECKS: dict[str, Callable[[Drawing], Iterator[str]]] = {}


def check(function: Callable[[Drawing], Iterator[str]]) -> Callable[[Drawing], Iterator[str]]:
    """Register a generator of messages about a drawing as a rule; its docstring is the sentence."""
    CHECKS[function.__name__.replace("_", "-")] = function
    return function


def problems(path: Path) -> list[str]:
    """What breaks a rule in one drawing, each with the file's name and the rule's; empty if
    nothing."""
    name = f"{path.parent.parent.name}/{path.parent.name}/{path.name}"
    try:
        drawing = read(path)
    except (ValueError, UnicodeDecodeError) as error:
        return [f"{name}: {error} [well-formed]"]
    return [
        f"{name}: {message} [{rule}]" for rule, one in CHECKS.items() for message in one(drawing)
    ]


@check
def file_name(drawing: Drawing) -> Iterator[str]:
    """The name is in lower case, its words joined by - or _; the file has at most 60 kB."""
    if not NAME.fullmatch(drawing.name.rpartition("/")[2]):
        yield "a file name in lower case, words joined by - or _, is needed"
    if (size := len(drawing.source.encode())) > MAX_BYTES:
        yield f"{size:,} bytes, the limit is {MAX_BYTES:,}"


@check
def known_elements(drawing: Drawing) -> Iterator[str]:
    """Only shapes, text, groups, markers, titles and simple styles: no script, no foreignObject, no
    image, no animation."""
    for element in drawing.root.iter():
        if local(element.tag) not in ELEMENTS or not element.tag.startswith(
            "{http://www.w3.org/2000/svg}"
        ):
            yield f"an element <{local(element.tag)}>"
    yield from (f"cannot be computed: {problem}" for problem in drawing.unread)


@check
def no_event_attributes(drawing: Drawing) -> Iterator[str]:
    """No attribute runs a script."""
    for element in drawing.root.iter():
        for name, value in element.attrib.items():
            if local(name).lower().startswith("on") or "javascript:" in value.lower():
                yield f"{describe(element)} has the attribute {local(name)}"


@check
def no_outside_reference(drawing: Drawing) -> Iterator[str]:
    """Nothing is fetched: href and url() name an element of the drawing, no @import, no fonts."""
    ids = {element.get("id") for element in drawing.root.iter()}
    for element in drawing.root.iter():
        texts = [(element.text or "")] if local(element.tag) == "style" else []
        for name, value in element.attrib.items():
            if local(name) in ("href", "src") and not value.startswith("#"):
                yield f"{describe(element)} refers to {value[:60]}"
            elif local(name) == "href" and value[1:] not in ids:
                yield f"{describe(element)} refers to {value}, which is not there"
            texts.append(value)
        if (element.text and local(element.tag) == "style" and "\\" in element.text) or any(
            "//" in value or "\\" in value for value in element.attrib.values()
        ):
            yield f"{describe(element)} holds an address or an escape"
        for target in re.findall(r"url\(\s*['\"]?([^)'\"]*)", " ".join(texts), re.I):
            if not target.startswith("#") or target[1:].strip() not in ids:
                yield f"{describe(element)} refers to url({target[:60]})"
        if found := re.search(r"@[\w-]+", texts[0] if local(element.tag) == "style" else ""):
            yield f"a style with {found[0]}"


@check
def size(drawing: Drawing) -> Iterator[str]:
    """viewBox, width and height are given, in pixels and alike, at most 800 by 600: a notebook's
    column is about 900 pixels wide, GitHub's 830, so the drawing is shown as large as it was
    drawn."""
    _, _, wide, high = drawing.view
    if not (wide > 0 and high > 0):
        yield "no viewBox with a width and a height"
        return
    try:
        width, height = (number(drawing.root.get(name), 0) for name in ("width", "height"))
    except ValueError as error:
        yield str(error)
        return
    if not (width > 0 and height > 0):
        yield "no width and height in pixels"
    elif abs(width / wide - height / high) > 0.01 * width / wide:
        yield f"width and height ({width:g}, {height:g}) have another ratio than the viewBox"
    elif width > MAX_WIDTH or height > MAX_HEIGHT:
        yield f"{width:g} by {height:g} pixels, the limit is {MAX_WIDTH} by {MAX_HEIGHT}"


@check
def title(drawing: Drawing) -> Iterator[str]:
    """The first element is a title that says in words what the drawing shows; a desc may say
    more."""
    first = drawing.root[0] if len(drawing.root) else None
    if first is None or local(first.tag) != "title" or len((first.text or "").split()) < 3:
        yield "no title of at least three words as its first element"


@check
def panel(drawing: Drawing) -> Iterator[str]:
    """The first shape is a white panel (#ffffff, a rect) behind the whole drawing."""
    left, top, wide, high = drawing.view
    first = drawing.shapes[0] if drawing.shapes else None
    if (
        first is None
        or not first.tag.startswith("<rect>")
        or first.fill != PAPER
        or first.fill_opacity < 1
        or not np.allclose(
            first.outline.get_extents().extents, [left, top, left + wide, top + high]
        )
    ):
        yield f"no panel: a rect with fill {PAPER} over the whole viewBox before everything else"


@check
def palette(drawing: Drawing) -> Iterator[str]:
    """All colors are those of the palette, each with any opacity."""
    pairs = []
    for element in drawing.root.iter():
        own = dict(element.attrib) | declarations(element.get("style", ""))
        pairs += [(describe(element), own[name]) for name in COLORED if name in own]
        if local(element.tag) == "style":
            for body in re.findall(r"\{([^{}]*)\}", element.text or ""):
                pairs += [
                    ("a style", value)
                    for name, value in declarations(body).items()
                    if name in COLORED
                ]
    for where, value in pairs:
        if plain_color(value) not in PALETTE | {"none", "inherit"} and not value.startswith("url("):
            yield f"{where}: the color {value} is not of the palette"
    blacks = [
        part for shape in drawing.shapes for part in (shape.fill, shape.stroke) if part == "#000000"
    ]
    blacks += [text.fill for text in drawing.texts if text.fill == "#000000"]
    if blacks:
        yield f"something has no color of its own, so it is black; use {INK}"


@check
def generic_fonts(drawing: Drawing) -> Iterator[str]:
    """Text names one generic font family: sans-serif, serif or monospace."""
    for text in drawing.texts:
        if text.family.strip().lower() not in FONTS:
            yield (
                f"the text '{text.words}' has the font family '{text.family}', "
                f"not {', '.join(FONTS)}"
            )


@check
def text_size(drawing: Drawing) -> Iterator[str]:
    """Text has at least 14 pixels at the width at which the drawing is shown."""
    try:
        width = number(drawing.root.get("width"), 0)
    except ValueError:
        return
    shown = min(width, COLUMN) / (drawing.view[2] or 1)
    for text in drawing.texts:
        if (pixels := text.size * shown) < TEXT_PIXELS - 0.05:
            yield f"the text '{text.words}' has {pixels:.1f} pixels, at least {TEXT_PIXELS}"


@check
def text_inside(drawing: Drawing) -> Iterator[str]:
    """Text stays inside the drawing, also in a wide font."""
    left, top, wide, high = drawing.view
    for text in drawing.texts:
        if (
            text.box[0] < left
            or text.box[1] < top
            or text.box[2] > left + wide
            or text.box[3] > top + high
        ):
            yield f"the text '{text.words}' may run out of the drawing: {rounded(text.box)}"


@check
def text_apart(drawing: Drawing) -> Iterator[str]:
    """Texts do not overlap, also in a wide font."""
    for k, one in enumerate(drawing.texts):
        for other in drawing.texts[k + 1 :]:
            wide = min(one.box[2], other.box[2]) - max(one.box[0], other.box[0])
            high = min(one.box[3], other.box[3]) - max(one.box[1], other.box[1])
            least = min((box[3] - box[1]) for box in (one.box, other.box))
            if wide > 0.1 * least and high > 0.3 * least:
                yield f"the texts '{one.words}' and '{other.words}' overlap"


def rounded(box: Sequence[float]) -> str:
    return ", ".join(f"{value:.0f}" for value in box)


@check
def text_contrast(drawing: Drawing) -> Iterator[str]:
    """Text has a contrast of at least 4.5 to 1 against what lies behind it, on white and dark
    pages."""
    for text in drawing.texts:
        if not text.fill.startswith("#"):
            continue
        left, top, right, bottom = text.box
        points = [
            (left + s * (right - left), top + t * (bottom - top))
            for s in (0.05, 0.25, 0.5, 0.75, 0.95)
            for t in (0.25, 0.5, 0.75)
        ]
        ratios = []
        for page in PAGES.values():
            for x, y in points:
                behind = drawing.background(x, y, page, text.behind)
                ratios.append((contrast(blend(text.fill, behind, text.opacity), behind), behind))
        ratio, behind = min(ratios)
        if ratio < TEXT_CONTRAST:
            yield (
                f"the text '{text.words}', {text.fill} on {behind}, has a contrast of {ratio:.1f}, "
                f"at least {TEXT_CONTRAST}"
            )


@check
def shape_contrast(drawing: Drawing) -> Iterator[str]:
    """A shape's fill or outline has a contrast of at least 3 to 1 against what lies behind it,
    except areas of the class ground, which need not be seen."""
    for k, shape in enumerate(drawing.shapes[1:], start=1):
        vertices = np.asarray(shape.outline.vertices)
        if shape.is_ground or not len(vertices):
            continue
        points = vertices[:: max(1, len(vertices) // 40)]
        ratios = []
        for x, y in points:
            behind = min(
                (drawing.background(x, y, page, drawing.shapes[:k]) for page in PAGES.values()),
                key=lambda color: seen(shape, color),
            )
            ratios.append(seen(shape, behind))
        if (ratio := float(np.median(ratios))) < SHAPE_CONTRAST:
            yield (
                f"{shape.tag} has a contrast of {ratio:.1f} against what lies behind it, "
                f"at least {SHAPE_CONTRAST:g}: give it an outline, or the class ground"
            )


def seen(shape: Shape, behind: str) -> float:
    """The larger contrast of a shape's fill and outline against a color; 1 if it has neither."""
    both = [(shape.fill, shape.fill_opacity), (shape.stroke, shape.stroke_opacity)]
    return max(
        [
            contrast(blend(color, behind, opacity), behind)
            for color, opacity in both
            if color.startswith("#")
        ],
        default=1.0,
    )


# ------------------------------------------------------------------------------------ commands
def all_drawings() -> list[Path]:
    """The drawings of all days, in order, and those of the tests' lesson."""
    folders = [*lessons.DAYS, *sorted((ROOT / "tests" / "fixtures").glob("day*"))]
    return [path for folder in folders for path in sorted((folder / "figures").glob("*.svg"))]


def palette_table() -> str:
    """The palette as a Markdown table, with contrasts against white."""
    rows = [
        "| meaning | plain: areas, lines | dark: text, thin lines | pale: areas behind text |",
        "|---|---|---|---|",
    ]
    for plain, dark, pale, meaning in HUES.values():
        cells = [f"`{color}` {contrast(color, PAPER):.1f}" for color in (plain, dark)]
        rows.append(f"| {meaning} | {' | '.join(cells)} | `{pale}` |")
    neutral = [f"`{color}` {meaning}" for color, meaning in NEUTRALS.items()]
    return "\n".join(rows) + "\n\nBeside them: " + "; ".join(neutral) + ".\n"


GAP, CAPTION = 24, 40


def sheet(paths: Sequence[Path]) -> tuple[str, int, int]:
    """A page of HTML with the drawings on white and on dark, and its width and height in pixels."""
    rows, height = [], 0
    for path in paths:
        root = ElementTree.fromstring(path.read_text("utf-8"))
        image = base64.b64encode(path.read_bytes()).decode("ascii")
        name = f"{path.parent.parent.name}/{path.name}"
        words = html.escape((root[0].text or "") if len(root) else "")
        tag = f'<img alt="{words}" src="data:image/svg+xml;base64,{image}">'
        rows.append(
            f"<h2>{html.escape(name)}</h2>\n"
            f"<div><p class=white>{tag}</p><p class=dark>{tag}</p></div>"
        )
        height += CAPTION + 2 * GAP + int(number(root.get("height"), view_box(root)[3]) + 1)
    cell = MAX_WIDTH + 2 * GAP
    style = (
        f"body {{ margin: 0; background: #cccccc; font: 16px sans-serif; width: {2 * cell}px }} "
        f"h2 {{ margin: 0; height: {CAPTION}px; line-height: {CAPTION}px; padding-left: {GAP}px; "
        "font-size: 18px; overflow: hidden } div { display: flex } "
        f"p {{ margin: 0; padding: {GAP}px; width: {MAX_WIDTH}px }} "
        "img { display: block; max-width: 100% } "
        ".white { background: #ffffff } .dark { background: #111111 }"
    )
    body = "\n".join(rows) or "<h2>There are no drawings.</h2>"
    page = (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>Drawings</title>'
        f"<style>{style}</style></head>\n<body>\n{body}\n</body></html>\n"
    )
    return page, 2 * cell, max(height, CAPTION)


def chromium() -> str | None:
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    return next(filter(None, map(shutil.which, names)), None)


def write_sheet(paths: Sequence[Path], target: Path) -> Path:
    """Write the sheet to `target`, .png or .html; the file that was written. Without Chromium a PNG
    becomes HTML of the same name. RuntimeError if Chromium fails."""
    page, width, height = sheet(paths)
    program = chromium()
    if target.suffix != ".png" or program is None:
        target = target.with_suffix(".html")
        target.write_text(page, "utf-8")
        return target
    with tempfile.TemporaryDirectory(prefix="dl15-drawings-") as place:
        source = Path(place) / "sheet.html"
        source.write_text(page, "utf-8")
        done = subprocess.run(
            [
                program,
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--hide-scrollbars",
                "--no-first-run",
                "--disable-background-networking",
                f"--user-data-dir={place}/profile",
                f"--window-size={width},{height}",
                f"--screenshot={target.resolve()}",
                source.as_uri(),
            ],
            capture_output=True,
            text=True,
            timeout=120,
        )
    if done.returncode or not target.exists():
        raise RuntimeError(f"Chromium made no picture: {done.stderr.strip()[-300:]}")
    return target


def named(files: Sequence[str]) -> list[Path]:
    """The drawings of days' folders, and files; all drawings if none is named. SystemExit if
    there is no such thing."""
    if not files:
        return all_drawings()
    found = []
    for name in files:
        path = Path(name) if Path(name).exists() else ROOT / name
        if not path.exists():
            raise SystemExit(f"There is no '{name}'.")
        found += sorted((path / "figures").glob("*.svg")) if path.is_dir() else [path]
    return [path.resolve() for path in found]


START, END = "<!-- palette: python tools/drawings.py --write -->\n", "<!-- end of palette -->\n"


def with_palette(page: str) -> str:
    """CONTRIBUTING.md with the palette between its two markers. ValueError if a marker is
    missing."""
    before, start, rest = page.partition(START)
    _, end, after = rest.partition(END)
    if not start or not end:
        raise ValueError(f"the page needs the lines {START.strip()} and {END.strip()}")
    return f"{before}{START}\n{palette_table()}\n{END}{after}"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        description="Check the drawings, or show them all.", allow_abbrev=False
    )
    parser.add_argument("files", nargs="*", help="days or SVG files; without any, all drawings")
    parser.add_argument(
        "--sheet",
        nargs="?",
        const="",
        metavar="OUT",
        help="write a sheet, .png or .html; without a name, to a temporary folder",
    )
    parser.add_argument(
        "--write", action="store_true", help="write the palette into CONTRIBUTING.md"
    )
    options = parser.parse_args(arguments)
    if options.write:
        page = ROOT / "CONTRIBUTING.md"
        page.write_text(with_palette(page.read_text("utf-8")), "utf-8")
        return 0
    paths = named(options.files)
    found = [text for path in paths for text in problems(path)]
    print("\n".join(found) or f"{len(paths)} drawings, no rule is broken")
    if options.sheet is not None:
        place = options.sheet or Path(tempfile.mkdtemp(prefix="dl15-drawings-"), "drawings.png")
        print(f"The sheet: {write_sheet(paths, Path(place))}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

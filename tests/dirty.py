"""A computer on which somebody has worked before: what learners have configured, exported and
installed.

The kernels in which pytest runs the notebooks get it (conftest.py), so that a strict run proves
that none of it reaches a lesson. Programs that the course starts are tried in it as well
(test_environment.py).
"""

from pathlib import Path

KERAS = (
    '{"floatx": "float16", "epsilon": 0.1, "backend": "torch", "image_data_format": '
    '"channels_first"}'
)
IPYTHON = """c = get_config()
c.InteractiveShell.ast_node_interactivity = "all"
c.InlineBackend.figure_formats = {"svg"}
"""
STARTUP = "from numpy import *\nfrom math import *\n"
MATPLOTLIB = (
    "figure.figsize: 2, 2\nfigure.dpi: 30\nfont.size: 40\ntext.usetex: True\n"
    "image.cmap: hot\naxes.titlesize: 60\nlines.linewidth: 20\n"
)
NOWHERE = "http://127.0.0.1:9"  # a proxy that does not answer


def settings(folder: Path) -> dict[str, str]:
    """Write configuration files into a folder; the environment variables that go with them."""
    files = {
        "keras/keras.json": KERAS,
        "ipython/profile_default/ipython_config.py": IPYTHON,
        "ipython/profile_default/startup/00-mine.py": STARTUP,
        "matplotlib/matplotlibrc": MATPLOTLIB,
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    proxies = {
        name: NOWHERE
        for word in ("http", "https", "all")
        for name in (f"{word}_proxy", f"{word.upper()}_PROXY")
    }
    return {
        "KERAS_HOME": str(folder / "keras"),
        "KERAS_BACKEND": "torch",
        "KERAS_MAX_EPOCHS": "1",
        "KERAS_MAX_STEPS_PER_EPOCH": "1",
        "TF_USE_LEGACY_KERAS": "1",
        "IPYTHONDIR": str(folder / "ipython"),
        "MATPLOTLIBRC": str(folder / "matplotlib"),
        "MPLBACKEND": "svg",
        "COLUMNS": "30",
        "LINES": "5",
        "LC_ALL": "C",
        "LANG": "de_DE.ISO-8859-1",
        "TZ": "Asia/Kathmandu",
        **proxies,
    }

"""The guide's settings: `make docs` builds it into out/guide, where it opens from disk, without a network."""

from __future__ import annotations

import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

project = "Duet Connections"
author = copyright = "Duet Connections maintainers"
release = tomllib.loads((ROOT / "blender_manifest.toml").read_text("utf-8"))["version"]

extensions = ["myst_parser", "sphinx_copybutton"]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
"""Headings down to this level can be linked to."""

html_theme = "furo"
html_title = f"Duet Connections {release}"
html_show_sphinx = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#a8481f", "color-brand-content": "#a8481f"},
    "dark_css_variables": {"color-brand-primary": "#e8926a", "color-brand-content": "#e8926a"},
}
html_copy_source = False

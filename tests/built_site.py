"""Where the built site is, and its pages."""

from pathlib import Path

SITE = Path(__file__).resolve().parent.parent / "_build" / "html"
PAGES = sorted(
    name
    for path in SITE.rglob("*.html")
    # _static/ holds templates of the theme
    if not (name := path.relative_to(SITE).as_posix()).startswith("_static/")
)

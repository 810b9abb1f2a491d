"""Keep pages light and to themselves.

The theme and its extensions load a dozen style sheets and scripts on every page, most of them
to no use. Here, pages load one style sheet, one deferred script and the fonts that they show:

- The sheets are joined and, once all pages are written, purged of what none of them uses.
- The scripts are joined but for those that few pages need. Bootstrap's and clipboard.js are left
  out: `page.js` does the little that pages need of them.
- Fonts have the glyphs in use alone, and programs no markup that nobody sees.
- Figures wait, in a place of their size, until they are near or all else is done.
- Sections out of sight are laid out in idle moments, a few hundred elements at a time.

A Content-Security-Policy in each page says that nothing comes from anywhere else. Whatever
follows from all pages is made when the build is finished, from what the pages say.
"""

from __future__ import annotations

import base64
import hashlib
import json
import pickle
import re
import shutil
from functools import partial
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.writers.html5 import HTML5Translator

from . import fonts, highlighting, images, styles, usage
from .memory import Memory
from .programs import run_node
from .usage import Font, Usage

# The theme has these in its templates, before the sheets and after the scripts of extensions.
THEME_SHEETS = ("styles/theme.css", "styles/pydata-sphinx-theme.css")
THEME_SCRIPT = "scripts/pydata-sphinx-theme.js"

# When a page has loaded, the theme measures all boxes of code in it, so that the browser has to
# lay out even what is far out of sight: half a second on a phone. `accessible.js` does the same
# for the boxes in sight.
MEASURE_ALL = '"complete"===document.readyState?I():window.addEventListener("load",I)'

# What libraries' scripts change in a page: these classes and values, and no other word of theirs.
# Any word of other scripts is taken for one.
STATES = {
    "copybutton.js": "copybtn o-tooltip--left success",
    "design-tabs.js": "",
    "doctools.js": "",
    "documentation_options.js": "",
    "scripts/sphinx-book-theme.js": "hide noprint pst-sidebar-hidden scrolled",
    "searchtools.js": "context search search-summary",
    "sphinx_highlight.js": "highlight-link highlighted",
    THEME_SCRIPT: "active auto current dark empty light search-results",
}

# Scripts that a page loads if this is in its text or, for None, when `page.js` finds it necessary.
ON_DEMAND = {"design-tabs.js": "sd-tab-set", "doctools.js": None, "sphinx_highlight.js": None}

# What the page of the search loads besides: see search.html.
SEARCH_SCRIPTS = ("doctools.js", "language_data.js", "searchtools.js", "sphinx_highlight.js")

# `page.js` does what is needed of these, as it does for Bootstrap's script.
REPLACED = ("clipboard.min.js",)

# What most formulas are set in; other fonts can wait until the page asks for them.
FORMULA_FONTS = ("KaTeX_Main-Regular.woff2", "KaTeX_Math-Italic.woff2")
ICON_FONT = "fa-solid-900.woff2"  # the theme's icons; its family's other fonts have none

# Style sheets that a script loads where it needs them.
LATE_SHEETS = ("answers/answers.css",)

# Folders of which nothing is left to load once sheets and scripts are joined and fonts are cut.
SUPERFLUOUS = ("katex", "locales", "scripts", "styles", "vendor")

# Before the first paint: a page that turned dark later would flash. Before all other scripts: some
# would stop at the first line where a browser that keeps nothing refuses them its storage.
MODE_SCRIPT = """\
try {
  localStorage;
} catch {
  const value = {
    getItem(key) { return this[key] ?? null; },
    setItem(key, item) { this[key] = item; },
    removeItem(key) { delete this[key]; },
  };
  for (const name of ["localStorage", "sessionStorage"])
    Object.defineProperty(window, name, { value });
}
{
  const mode = localStorage.getItem("mode") || "auto";
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.mode = mode;
  document.documentElement.dataset.theme = mode !== "auto" ? mode : dark ? "dark" : "light";
}
"""

# KaTeX positions glyphs by style attributes; sheets and scripts have no such exception.
POLICY = {
    "default-src": "'self'",
    "script-src": "'self' {mode_script}",
    "style-src-attr": "'unsafe-inline'",
    "img-src": "'self' data:",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
}


def content_security_policy() -> str:
    """Return the policy of every page."""
    digest = base64.b64encode(hashlib.sha256(MODE_SCRIPT.encode()).digest()).decode()
    policy = "; ".join(f"{directive} {sources}" for directive, sources in POLICY.items())
    return policy.format(mode_script=f"'sha256-{digest}'")


class Bundle:
    """The style sheets and scripts that the pages ask for.

    A build writes only the pages that changed; what the others ask for is known from before.
    """

    def __init__(self) -> None:
        self._asked: dict[str, dict[str, list[str]]] = {}  # by page, then by kind
        self._written = False

    def remember(self, app: Sphinx) -> None:
        """Read what the pages of the last build asked for."""
        if _file(app).exists():
            self._asked = json.loads(_file(app).read_text(encoding="utf-8"))

    def names(self, kind: str) -> list[str]:
        """Return what all pages ask for, in their order."""
        return list(dict.fromkeys(name for asked in self._asked.values() for name in asked[kind]))

    def take(
        self, app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: object
    ) -> None:
        """Take sheets and scripts over from a page that is about to be written."""
        if app.builder.name != "html":
            return
        sheets = sorted(context["css_files"], key=lambda sheet: sheet.priority)
        scripts = sorted(context["script_files"], key=lambda script: script.priority)
        inline = [str(script.attributes.get("body", "")) for script in scripts]
        self._written = True
        self._asked[page] = {
            "sheets": [_in_static(sheet.filename) for sheet in sheets],
            "scripts": [_in_static(script.filename) for script in scripts if script.filename],
            # The page's name serves the theme's choice of versions, which the book does not have.
            "inline": [body for body in inline if body and "OPTIONS.pagename" not in body],
        }

        # docutils gives the viewport a second time.
        metatags, body = context.get("metatags", ""), context.get("body", "")
        context["metatags"] = re.sub(r'<meta name="viewport"[^>]*>', "", metatags)
        context["css_files"] = ["_static/book.css"]
        context["page_scripts"] = ["_static/book.js"] + [
            f"_static/{script}" for script, sign in ON_DEMAND.items() if sign and sign in body
        ]
        context["preloaded_fonts"] = [
            f"_static/fonts/{font}"
            for font in [ICON_FONT, *(FORMULA_FONTS if 'class="katex"' in body else ())]
        ]
        context["mode_script"] = MODE_SCRIPT
        context["content_security_policy"] = content_security_policy()

    def make(self, app: Sphinx, exception: Exception | None) -> None:
        """Write sheet, script and fonts; remove what they replace."""
        if exception or app.builder.name != "html":
            return
        static = Path(app.outdir, "_static")
        if self._written:
            self._write(app, static)
            _file(app).write_text(json.dumps(self._asked), encoding="utf-8")
        clean(static, [name for name in self.names("scripts") if name not in ON_DEMAND])

    def _write(self, app: Sphinx, static: Path) -> None:
        """Write sheet, script and fonts."""
        memory = Memory(Path(app.doctreedir, "light"))
        scripts = self._read_scripts(static)
        theme = without_measuring(scripts.pop(THEME_SCRIPT))
        script = "\n;\n".join([*scripts.values(), theme])
        (static / "book.js").write_bytes(minify(script, memory))
        sheet = styles.join([*THEME_SHEETS, *self.names("sheets")], static)
        sheet += Path(__file__).with_name("page.css").read_text(encoding="utf-8")
        used = read_pages(Path(app.outdir), sheet, memory)
        words = [*STATES.values(), *(scripts[name] for name in scripts.keys() - STATES)]
        words += [script.read_text(encoding="utf-8") for script in static.glob("live/*.js")]
        request = styles.purge_request(sheet, used, words)
        sheet = memory.recall(partial(styles.purge, request), request).decode()
        sheet = cut_fonts(sheet, used, static, memory)
        (static / "book.css").write_text(sheet, encoding="utf-8")
        for name in {*ON_DEMAND, *SEARCH_SCRIPTS} & {path.name for path in static.glob("*.js")}:
            file = static / name
            file.write_bytes(minify(file.read_text(encoding="utf-8"), memory))
        memory.forget()

    def _read_scripts(self, static: Path) -> dict[str, str]:
        """Return the scripts of all pages, in their order."""
        names = [name for name in self.names("scripts") if name not in (*ON_DEMAND, *REPLACED)]
        scripts = {name: (static / name).read_text(encoding="utf-8") for name in names}
        options = "\n".join(self.names("inline"))  # for a table that the first script declares
        page = Path(__file__).with_name("page.js").read_text(encoding="utf-8")
        theme = (static / THEME_SCRIPT).read_text(encoding="utf-8")
        return {
            names[0]: scripts.pop(names[0]),
            "options": options,
            "page.js": page,
            **scripts,
            THEME_SCRIPT: theme,
        }


def minify(script: str, memory: Memory) -> bytes:
    """Return a script in fewer bytes."""
    return memory.recall(partial(run_node, "minify.mjs", script), script)


def without_measuring(script: str) -> str:
    """Return the theme's script without the line `MEASURE_ALL`."""
    if MEASURE_ALL not in script:
        raise ExtensionError(f"the theme's {THEME_SCRIPT} is another one: see MEASURE_ALL")
    return script.replace(MEASURE_ALL, "0")


def _file(app: Sphinx) -> Path:
    """Return where the bundle is between two builds."""
    return Path(app.doctreedir, "bundle.json")


def _in_static(address: object) -> str:
    return str(address).removeprefix("_static/")


def read_pages(folder: Path, sheet: str, memory: Memory) -> Usage:
    """Return what all pages use."""
    rules = usage.font_rules(sheet)
    total = Usage()
    for page in sorted(folder.rglob("*.html")):
        if page.is_relative_to(folder / "_static"):
            continue  # templates of the theme
        text = page.read_text(encoding="utf-8")
        read = partial(usage.read_pickled, text, rules)
        total.merge(pickle.loads(memory.recall(read, text, repr(rules))))
    return total


def cut_fonts(sheet: str, used: Usage, static: Path, memory: Memory) -> str:
    """Write the fonts of icons and formulas with the glyphs in use; return the sheet for them.

    Fonts of other families are the book's own, and stay as they are.
    """
    shutil.rmtree(static / "fonts", ignore_errors=True)
    (static / "fonts").mkdir()
    icons = fonts.icons(sheet)
    for face in fonts.faces(sheet):
        if face.family.startswith("Font Awesome"):
            characters = icons if Path(face.address).name == ICON_FONT else set()
        elif face.family.startswith("KaTeX_"):
            characters = used.glyphs[Font(face.family, face.weight, face.style)]
        else:
            continue
        source, rule = static / face.address, ""
        cut = partial(fonts.cut, source, characters)
        font = memory.recall(cut, source.read_bytes(), "".join(sorted(characters)))
        if font:
            (static / "fonts" / source.name).write_bytes(font)
            rule = face.rule.replace(face.address, f"fonts/{source.name}")
        sheet = sheet.replace(face.rule, rule)
    return sheet


def clean(static: Path, joined: list[str]) -> None:
    """Remove what no page loads any more, or ever did."""
    for folder in SUPERFLUOUS:
        shutil.rmtree(static / folder, ignore_errors=True)
    for name in joined:
        (static / name).unlink(missing_ok=True)
    kept = {static / name for name in ("book.css", *LATE_SHEETS)}
    for sheet in static.rglob("*.css"):
        if sheet not in kept:
            sheet.unlink()


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension with Sphinx."""
    bundle = Bundle()
    app.connect("builder-inited", bundle.remember)
    app.connect("builder-inited", highlighting.use_lean_formatter)
    app.connect("doctree-resolved", images.load_late)
    visitors = (images.visit_image, HTML5Translator.depart_image)
    app.add_node(nodes.image, override=True, html=visitors)
    # Late: after all that add sheets or scripts, and after all that change pages.
    app.connect("html-page-context", bundle.take, priority=900)
    app.connect("build-finished", bundle.make, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": False}

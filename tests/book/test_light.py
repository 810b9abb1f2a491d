"""book/_ext/light: what it leaves out, and what it must not."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from light import fonts, images, styles, usage
from light.memory import Memory

from .conftest import PAGE

KATEX = Path(__file__).resolve().parent.parent.parent / "node_modules" / "katex" / "dist"


def purge(css: str, html: str = "", words: str = "") -> str:
    return styles.purge(styles.purge_request(css, usage.read(html, []), [words])).decode()


class TestPurge:
    """Rules for what is not there."""

    @pytest.mark.parametrize(
        ("css", "html"),
        [
            (".a{color:red}", '<p class="b a">'),
            ("#a{color:red}", '<p id="a">'),
            ("p>em{color:red}", "<p><em>"),
            ('img[src$=".svg"]{color:red}', '<img src="x.svg">'),
            ('[style*="#00af00"]{color:red}', '<span style="color:#00af00">'),
            (".a:not(.b,.c *):hover{color:red}", '<p class="a">'),
            ("p:is(.a,.b){color:red}", '<p class="b">'),
            ("@media print{p{color:red}}", "<p>"),
        ],
    )
    def test_rules_in_use_stay(self, css, html):
        assert "color:red" in purge(css, html)

    @pytest.mark.parametrize(
        "css", [".b{color:red}", "#b{color:red}", "p em{color:red}", ".a .b{color:red}"]
    )
    def test_other_rules_go(self, css):
        assert "color:red" not in purge(css, '<p class="a" id="a">b em</p>')

    def test_what_a_script_names_stays(self):
        assert "color:red" in purge(".copied{color:red}", words='button.className = "copied"')

    def test_variables_go_with_their_last_use(self):
        css = ":root{--used:1;--not:2}p{order:var(--used)}"

        assert purge(css, "<p>") == ":root{--used:1}p{order:var(--used)}"

    def test_licenses_stay_and_other_comments_go(self):
        assert purge("/*! MIT *//* why */p{color:red}", "<p>") == "/*! MIT */p{color:red}"


class TestJoin:
    """Several sheets in one."""

    def test_addresses_follow_the_sheet(self, tmp_path):
        (tmp_path / "a").mkdir()
        (tmp_path / "a/x.css").write_text('@import "../y.css";p{src:url("f/g.woff2")}')
        (tmp_path / "y.css").write_text("q{src:url(h.png);r:url(data:x)}")

        joined = styles.join(["a/x.css"], tmp_path)

        assert joined == "q{src:url(h.png);r:url(data:x)}p{src:url(a/f/g.woff2)}"


class TestFonts:
    """Glyphs that are shown, and no other."""

    def test_every_font_of_katex_is_chosen_as_its_sheet_says(self):
        rules = usage.font_rules((KATEX / "katex.min.css").read_text())
        formula = (
            '<span class="katex-html">1<span class="mord mathbf">b</span>'
            '<span class="mord mathnormal">x<span class="mord mathrm mtight">r</span></span>'
            '<span class="delimsizing size3">(</span>'
            '<span class="delimsizing mult"><span class="delim-size4"><span>|</span></span></span>'
            "</span> outside"
        )

        glyphs = usage.read(formula, rules).glyphs

        assert dict(glyphs) == {
            usage.Font(): {"1"},
            usage.Font(weight="700"): {"b"},
            usage.Font("KaTeX_Math", style="italic"): {"x"},
            usage.Font("KaTeX_Math"): {"r"},
            usage.Font("KaTeX_Size3"): {"("},
            usage.Font("KaTeX_Size4"): {"|"},
        }

    def test_a_cut_font_has_the_glyphs_asked_for(self):
        cut = fonts.cut(KATEX / "fonts/KaTeX_Main-Regular.woff2", {"1", "∇"})

        assert set(TTFont(BytesIO(cut)).getBestCmap()) == {ord("1"), ord("∇")}

    def test_a_font_without_any_of_them_goes(self):
        assert fonts.cut(KATEX / "fonts/KaTeX_Main-Regular.woff2", {"\uf0c9"}) == b""

    def test_cutting_twice_gives_the_same_bytes(self):
        font = KATEX / "fonts/KaTeX_Main-Regular.woff2"

        assert fonts.cut(font, {"1", "2"}) == fonts.cut(font, {"2", "1"})


@pytest.mark.parametrize(
    ("svg", "size"),
    [
        ('<svg xmlns="http://www.w3.org/2000/svg" width="354pt" height="231.6pt"/>', (472, 309)),
        ('<svg xmlns="http://www.w3.org/2000/svg" width="20" height="10"/>', (20, 10)),
        ('<svg xmlns="http://www.w3.org/2000/svg" width="100%" height="10"/>', None),
    ],
)
def test_the_size_of_a_drawing_is_in_pixels(tmp_path, svg, size):
    (tmp_path / "a.svg").write_text(svg)

    assert images.image_size(tmp_path / "a.svg") == size


class TestMemory:
    """Results that outlive a build."""

    def test_the_same_origin_is_not_worked_on_again(self, tmp_path):
        Memory(tmp_path).recall(lambda: b"first", "origin")

        assert Memory(tmp_path).recall(lambda: b"second", "origin") == b"first"

    def test_another_origin_is(self, tmp_path):
        Memory(tmp_path).recall(lambda: b"first", "origin")

        assert Memory(tmp_path).recall(lambda: b"second", "another") == b"second"

    def test_what_no_build_asks_for_is_forgotten(self, tmp_path):
        Memory(tmp_path).recall(lambda: b"first", "origin")
        memory = Memory(tmp_path)
        memory.recall(lambda: b"second", "another")

        memory.forget()

        assert [file.read_bytes() for file in tmp_path.iterdir()] == [b"second"]


TABS = """
`````{tab-set}
````{tab-item} One
First.
````
````{tab-item} Two
Second.
````
`````
"""


def test_a_page_with_tabs_loads_their_script_and_their_style(scratch_book):
    scratch_book.write(PAGE + TABS)

    scratch_book.build()

    site = scratch_book.site()
    assert "_static/design-tabs.js" in scratch_book.html()
    assert b"design-tabs.js" not in site["index.html"]
    assert b".sd-tab-set" in site["_static/book.css"]


def test_nothing_stays_that_no_page_loads(scratch_book):
    scratch_book.build()

    site = scratch_book.site()
    sheets = sorted(name for name in site if name.endswith(".css"))
    assert sheets == ["_static/answers/answers.css", "_static/book.css"]
    assert not [name for name in site if re.search(r"\.map$|\.ttf$|fontawesome|bootstrap", name)]
    fonts_in_sheet = re.findall(rb"url\((fonts/[^)]*)\)", site["_static/book.css"])
    assert {f"_static/{name.decode()}" for name in fonts_in_sheet} == {
        name for name in site if name.endswith(".woff2")
    }


def test_another_glyph_reaches_the_font_on_the_next_build(scratch_book):
    name = "_static/fonts/KaTeX_Main-Regular.woff2"
    scratch_book.build()
    before = set(TTFont(BytesIO(scratch_book.site()[name])).getBestCmap())
    scratch_book.write(PAGE.replace("$x^2$", r"$\nabla x^2$"))

    scratch_book.build()

    after = set(TTFont(BytesIO(scratch_book.site()[name])).getBestCmap())
    assert after - before == {ord("∇")}

"""Mend what the theme puts around the text: sidebars, buttons, dialogs, landmarks."""

from __future__ import annotations

from typing import Any

from bs4 import BeautifulSoup, Tag
from bs4.dammit import EntitySubstitution
from bs4.formatter import HTMLFormatter
from sphinx.jinja2glue import BuiltinTemplateLoader

TEXT = "<!-- the text of the page -->"
FORMATTER = HTMLFormatter(EntitySubstitution.substitute_xml, void_element_close_prefix="")


class MendedTemplates(BuiltinTemplateLoader):
    """Sphinx's templates, mended; the text of a page passes by, because parsing it takes time."""

    def render(self, template: str, context: dict[str, Any]) -> str:  # type: ignore[override]
        """Return a page as HTML."""
        if "body" not in context:
            return mend(super().render(template, context))
        frame = super().render(template, {**context, "body": TEXT})
        return mend(frame).replace(TEXT, context["body"])


def mend(html: str) -> str:
    """Return a page of the theme without its defects."""
    page = BeautifulSoup(html, "html.parser")
    for defect in DEFECTS:
        defect(page)
    return page.decode(formatter=FORMATTER)


def sidebar_is_no_landmark(page: BeautifulSoup) -> None:
    """Make title, search and navigation the site's banner, instead of the theme's empty one."""
    banner = page.select_one("header#pst-header")
    sidebar = page.select_one("#pst-primary-sidebar .sidebar-primary-items__start")
    if banner and sidebar and not banner.get_text(strip=True):
        banner.name, sidebar.name = "div", "header"


def footer_is_empty(page: BeautifulSoup) -> None:
    """Remove the landmark that holds nothing."""
    for footer in page.select("footer.bd-footer"):
        if not footer.get_text(strip=True):
            footer.decompose()


def neighbors_are_no_navigation(page: BeautifulSoup) -> None:
    """Make the links to the pages before and after a landmark."""
    for footer in page.select("footer.prev-next-footer"):
        footer.name = "nav"
        footer["aria-label"] = "Previous and next page"


def title_stands_twice(page: BeautifulSoup) -> None:
    """Remove the second title, with contents without page numbers, that is for print alone."""
    for block in page.select("#jb-print-docs-body"):
        block.decompose()


def main_says_what_it_is_twice(page: BeautifulSoup) -> None:
    """Remove the role that the element has anyway."""
    for main in page.select("main[role=main]"):
        del main["role"]


def current_page_is_marked_by_color_alone(page: BeautifulSoup) -> None:
    """Mark the current page in the navigation for those who do not see the color."""
    for link in page.select("nav.bd-links a[href='#']"):
        link["aria-current"] = "page"


def chevrons_have_no_name(page: BeautifulSoup) -> None:
    """Name what opens and closes a chapter's pages in the navigation after the chapter."""
    for summary in page.select("nav.bd-links summary"):
        link = summary.parent.find_previous_sibling("a") if summary.parent else None
        if isinstance(link, Tag) and not summary.get_text(strip=True):
            summary["aria-label"] = f"Pages of {link.get_text(' ', strip=True)}"


def dialogs_have_no_name(page: BeautifulSoup) -> None:
    """Name the dialogs."""
    names = {
        "pst-search-dialog": "Search",
        "pst-primary-sidebar-modal": "Chapters",
        "pst-secondary-sidebar-modal": "Contents of this page",
    }
    for dialog in page.select("dialog"):
        dialog["aria-label"] = names[str(dialog["id"])]


def sidebars_of_phones_close_by_escape_alone(page: BeautifulSoup) -> None:
    """Put a button that closes it into each sidebar; a style sheet shows it in dialogs only."""
    for sidebar in page.select("#pst-primary-sidebar, #pst-secondary-sidebar"):
        form = page.new_tag("form", attrs={"class": "close-dialog", "method": "dialog"})
        button = page.new_tag("button", attrs={"class": "btn", "type": "submit"})
        button.string = "Close"
        form.append(button)
        sidebar.insert(0, form)


def search_hides_what_it_shows(page: BeautifulSoup) -> None:
    """Remove the name that differs from what stands on the button: voice control goes by that."""
    for button in page.select("button.search-button-field[aria-label]"):
        del button["aria-label"]


def search_has_no_button(page: BeautifulSoup) -> None:
    """Make the magnifying glass send the search: not everyone can press Enter.

    It follows the field, to leave the field the focus when the dialog opens.
    """
    for icon in page.select("form.bd-search > i"):
        attributes = {"class": "btn search-submit", "type": "submit", "aria-label": "Search"}
        button = page.new_tag("button", attrs=attributes)
        field = icon.find_next_sibling("input")
        if field:
            button.append(icon.extract())
            field.insert_after(button)


def title_repeats_itself(page: BeautifulSoup) -> None:
    """Leave the landing page the book's title, instead of the book's title in the book's title."""
    if page.title:
        name, _, book = page.title.get_text().partition(" — ")
        if name == book:
            page.title.string = name


def buttons_are_named_by_a_tooltip(page: BeautifulSoup) -> None:
    """Name buttons that show an icon only; a tooltip is no name on a touch screen."""
    for button in page.select("button[title]:not([aria-label])"):
        if not button.get_text(strip=True):
            button["aria-label"] = button["title"]


def buttons_would_send_a_form(page: BeautifulSoup) -> None:
    """Say of buttons outside forms that they send nothing."""
    for button in page.select("button:not([type])"):
        button["type"] = "button"


def icons_are_read_out(page: BeautifulSoup) -> None:
    """Hide icons, which are characters of a font, from screen readers."""
    for icon in page.select("[class*='fa-']"):
        if not icon.get_text(strip=True):
            icon["aria-hidden"] = "true"


DEFECTS = (
    sidebar_is_no_landmark,
    footer_is_empty,
    neighbors_are_no_navigation,
    title_stands_twice,
    main_says_what_it_is_twice,
    current_page_is_marked_by_color_alone,
    chevrons_have_no_name,
    dialogs_have_no_name,
    sidebars_of_phones_close_by_escape_alone,
    search_hides_what_it_shows,
    search_has_no_button,
    title_repeats_itself,
    buttons_are_named_by_a_tooltip,
    buttons_would_send_a_form,
    icons_are_read_out,
)

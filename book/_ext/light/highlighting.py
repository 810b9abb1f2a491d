"""Wrap no token of a program that looks like ordinary text, nor dots: half of them all."""

from __future__ import annotations

from collections.abc import Iterable, Set
from functools import partial
from typing import Any

from pygments.formatters import HtmlFormatter
from pygments.styles import get_style_by_name
from pygments.token import STANDARD_TYPES, Text
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder


def plain_tokens(*styles: str) -> frozenset[Any]:
    """Return the kinds of tokens that look like ordinary text in every one of these styles.

    >>> from pygments.token import Name
    >>> tokens = plain_tokens("a11y-high-contrast-light", "a11y-high-contrast-dark")
    >>> Name in tokens, Name.Builtin in tokens
    (True, False)
    """
    loaded = [get_style_by_name(style) for style in styles]
    return frozenset(
        kind
        for kind in STANDARD_TYPES
        if all(style.style_for_token(kind) == style.style_for_token(Text) for style in loaded)
    )


class LeanFormatter(HtmlFormatter):  # type: ignore[misc]  # no type information
    """Write programs, the tokens of these kinds as text."""

    def __init__(self, plain: Set[Any], **options: Any) -> None:
        super().__init__(**options)
        self._plain = plain

    def format_unencoded(self, tokensource: Iterable[tuple[Any, str]], outfile: Any) -> None:
        """Write a program."""
        tokens = (
            (Text if kind in self._plain or text == "." else kind, text)
            for kind, text in tokensource
        )
        super().format_unencoded(tokens, outfile)


def use_lean_formatter(app: Sphinx) -> None:
    """Let Sphinx write programs in this way, by what the theme's two styles have in common."""
    if isinstance(app.builder, StandaloneHTMLBuilder):
        options = app.builder.theme.get_options(app.config.html_theme_options)
        styles = (options[f"pygments_{mode}_style"] for mode in ("light", "dark"))
        app.builder.highlighter.formatter = partial(LeanFormatter, plain_tokens(*styles))

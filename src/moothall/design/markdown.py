"""Words in Markdown to HTML with our classes. Raw HTML in the words is shown as words."""

from __future__ import annotations

from functools import lru_cache

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

CLASSES = {
    "paragraph_open": "govuk-body",
    "bullet_list_open": "govuk-list govuk-list--bullet",
    "ordered_list_open": "govuk-list govuk-list--number",
    "link_open": "govuk-link",
    "table_open": "govuk-table",
    "th_open": "govuk-table__header",
    "td_open": "govuk-table__cell",
    "tr_open": "govuk-table__row",
    "blockquote_open": "govuk-inset-text",
    "hr": "govuk-section-break govuk-section-break--visible govuk-section-break--m",
}
HEADINGS = {"h1": "govuk-heading-l", "h2": "govuk-heading-m", "h3": "govuk-heading-s"}

_reader = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable("table")


def _dress(tokens: list[Token]) -> None:
    for token in tokens:
        found = CLASSES.get(token.type) or (
            HEADINGS.get(token.tag, "govuk-heading-s") if token.type == "heading_open" else None
        )
        if found:
            token.attrSet("class", found)
        for style in ("style",):  # our content policy allows no style attribute
            token.attrs.pop(style, None)
        if token.children:
            _dress(token.children)


@lru_cache(maxsize=512)
def html(words: str, first_heading: int = 2) -> Markup:
    """Return `words` (Markdown) as safe HTML; a `#` heading becomes `<h{first_heading}>`."""
    tokens = _reader.parse(words)
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(6, int(token.tag[1]) + first_heading - 1)}"
    _dress(tokens)
    return Markup(_reader.renderer.render(tokens, _reader.options, {}))  # noqa: S704 - raw HTML is off


def plain(words: str) -> list[str]:
    """Return `words` (Markdown) as lines of plain text, one for each paragraph or point of a list."""
    lines: list[str] = []
    for token in _reader.parse(words):
        if token.type != "inline":
            continue
        said, link = "", ""
        for part in token.children or []:
            if part.type in {"softbreak", "hardbreak"}:
                said += " "
            elif part.type == "link_open":
                link = str(part.attrGet("href") or "")
            elif part.type == "link_close":
                said += f" ({link})" if link and link not in said else ""
            else:
                said += part.content
        lines.append(said)
    return lines

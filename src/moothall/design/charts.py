"""Charts as SVG made on the server, each with the same figures as a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from markupsafe import Markup, escape


@dataclass(frozen=True)
class Row:
    """A bar, or a stack of them: its label and one value for each series."""

    label: str
    values: Sequence[float]


def _number(value: float) -> str:
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"


def bars(
    rows: Sequence[Row | tuple[str, float | Sequence[float]]],
    *,
    title: str,
    series: Sequence[str] = (),
    show: Callable[[float], str] = _number,
    label_heading: str = "",
    value_heading: str = "",
    table: bool = True,
) -> Markup:
    """Return horizontal bars (stacked when a row has several values) and the figures as a table.

    `title` names the picture for screen readers and heads the table; `series` names the values of
    a row; `show` writes a value. Works with no style attribute: colours come by class.
    """
    tidy = [
        row
        if isinstance(row, Row)
        else Row(row[0], [row[1]] if isinstance(row[1], int | float) else list(row[1]))
        for row in rows
    ]
    if not tidy:
        return Markup('<p class="govuk-body">{}</p>').format(_("There is nothing to show yet."))
    names = list(series) or [value_heading or title]
    most = max((sum(row.values) for row in tidy), default=0) or 1
    left, width, step, head = 190, 720, 34, 30 if len(names) > 1 else 6
    room = width - left - 110
    height = head + step * len(tidy) + 6
    parts: list[Markup] = []
    if len(names) > 1:
        at = left
        for index, name in enumerate(names, 1):
            parts.append(
                Markup(
                    '<rect class="mh-bar mh-bar--{}" x="{}" y="4" width="14" height="14"/>'
                    '<text x="{}" y="16">{}</text>'
                ).format(index, at, at + 20, name)
            )
            at += 34 + 8 * len(name)
    parts.append(
        Markup('<line class="mh-axis" x1="{0}" y1="{1}" x2="{0}" y2="{2}"/>').format(
            left, head, height - 4
        )
    )
    for number, row in enumerate(tidy):
        y = head + number * step + 4
        short = row.label if len(row.label) <= 24 else row.label[:23] + "…"
        parts.append(
            Markup('<text x="{}" y="{}" text-anchor="end">{}</text>').format(
                left - 10, y + 17, short
            )
        )
        x = float(left)
        for index, value in enumerate(row.values, 1):
            long = room * max(0.0, float(value)) / most
            parts.append(
                Markup(
                    '<rect class="mh-bar mh-bar--{}" x="{:.1f}" y="{}" width="{:.1f}" height="24">'
                    "<title>{}</title></rect>"
                ).format(index, x, y, long, f"{row.label}, {names[index - 1]}: {show(value)}")
            )
            x += long
        parts.append(
            Markup('<text x="{:.1f}" y="{}">{}</text>').format(x + 8, y + 17, show(sum(row.values)))
        )
    picture = Markup(
        '<figure class="mh-chart"><svg role="img" aria-label="{}" viewBox="0 0 {} {}" '
        'width="{}" height="{}" xmlns="http://www.w3.org/2000/svg">{}</svg></figure>'
    ).format(title, width, height, width, height, Markup("").join(parts))
    return picture + (_table(tidy, title, names, show, label_heading) if table else Markup(""))


def _table(
    rows: Sequence[Row],
    title: str,
    names: Sequence[str],
    show: Callable[[float], str],
    label_heading: str,
) -> Markup:
    heads = Markup("").join(
        Markup(
            '<th scope="col" class="govuk-table__header govuk-table__header--numeric">{}</th>'
        ).format(name)
        for name in names
    )
    lines = Markup("").join(
        Markup(
            '<tr class="govuk-table__row"><th scope="row" class="govuk-table__header">{}</th>{}</tr>'
        ).format(
            row.label,
            Markup("").join(
                Markup('<td class="govuk-table__cell govuk-table__cell--numeric">{}</td>').format(
                    show(value)
                )
                for value in row.values
            ),
        )
        for row in rows
    )
    return Markup(
        '<div class="mh-scroll" tabindex="0" role="region" aria-label="{}"><table class="govuk-table">'
        '<caption class="govuk-table__caption">{}</caption><thead class="govuk-table__head">'
        '<tr class="govuk-table__row"><th scope="col" class="govuk-table__header">{}</th>{}</tr>'
        '</thead><tbody class="govuk-table__body">{}</tbody></table></div>'
    ).format(title, title, escape(label_heading or _("Name")), heads, lines)

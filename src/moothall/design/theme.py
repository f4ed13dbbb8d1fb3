"""The council's colours: checked for contrast, and written as the style sheet /theme.css."""

from __future__ import annotations

import re
from collections.abc import Mapping

DEFAULTS: dict[str, str] = {
    "brand": "#2b4a4a",
    "on_brand": "#ffffff",
    "accent": "#b58f2a",
    "link": "#1b5f8a",
    "link_hover": "#0f3d5c",
    "button": "#2b5d5d",
    "on_button": "#ffffff",
    "button_hover": "#204747",
    "focus": "#ffdd00",
    "on_focus": "#0b0c0c",
    "text": "#0b0c0c",
    "secondary_text": "#505a5f",
    "panel": "#2b5d5d",
    "on_panel": "#ffffff",
    "page": "#ffffff",
    "raised": "#f3f2f1",
    "error": "#b3230b",
    "border": "#b1b4b6",
}
"""Colours of a council that has not chosen its own."""

PAIRS: tuple[tuple[str, str, float], ...] = (
    ("on_brand", "brand", 4.5),
    ("on_button", "button", 4.5),
    ("on_button", "button_hover", 4.5),
    ("on_panel", "panel", 4.5),
    ("on_focus", "focus", 4.5),
    ("text", "page", 4.5),
    ("text", "raised", 4.5),
    ("secondary_text", "page", 4.5),
    ("secondary_text", "raised", 4.5),
    ("link", "page", 4.5),
    ("link", "raised", 4.5),
    ("link_hover", "page", 4.5),
    ("error", "page", 4.5),
    ("button", "page", 3.0),
)
"""Words on their background and the least contrast between them.

WCAG 2.2, success criteria 1.4.3 (text: 4.5 to 1) and 1.4.11 (controls: 3 to 1).
"""

HEX = re.compile(r"#[0-9a-fA-F]{6}")


def luminance(colour: str) -> float:
    """Return the relative luminance (0 to 1) of `#rrggbb`, as WCAG 2.2 defines it."""
    shares = []
    for start in (1, 3, 5):
        share = int(colour[start : start + 2], 16) / 255
        shares.append(share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4)
    red, green, blue = shares
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast between two colours, from 1 (the same) to 21 (black on white)."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def mix(one: str, other: str, share: float) -> str:
    """Return the colour that is `share` (0 to 1) of `one` and the rest of `other`."""
    parts = (
        round(int(one[at : at + 2], 16) * share + int(other[at : at + 2], 16) * (1 - share))
        for at in (1, 3, 5)
    )
    return "#" + "".join(f"{part:02x}" for part in parts)


def colours(theme: Mapping[str, object]) -> dict[str, str]:
    """Return every colour of a theme, the pack's own over the defaults, with the tints we derive."""
    given = theme.get("colours") if isinstance(theme, Mapping) else None
    chosen = dict(DEFAULTS)
    if isinstance(given, Mapping):
        chosen.update(
            {
                str(name): str(value).lower()
                for name, value in given.items()
                if name in DEFAULTS and HEX.fullmatch(str(value))
            }
        )
    brand = chosen["brand"]
    chosen["brand_tint"] = mix(brand, chosen["page"], 0.07)
    chosen["brand_soft"] = mix(brand, chosen["page"], 0.22)
    chosen["brand_shade"] = mix(brand, "#000000", 0.62)
    chosen["error_shade"] = mix(chosen["error"], "#000000", 0.78)
    chosen["on_accent"] = max(
        (chosen["text"], chosen["page"]), key=lambda ink: contrast(ink, chosen["accent"])
    )
    chosen["demo_mark"] = mix(chosen["accent"], "#ffffff", 0.6)
    return chosen


def problems(theme: Mapping[str, object]) -> list[tuple[str, str, str]]:
    """Return what is wrong with a theme: the colour's name, what is wrong, and how to mend it."""
    found: list[tuple[str, str, str]] = []
    given = theme.get("colours") or {}
    if not isinstance(given, Mapping):
        return [("colours", "The colours must be a list of names and values.", "Write brand: …")]
    for name, value in given.items():
        if name not in DEFAULTS:
            found.append(
                (str(name), f"There is no colour called {name}.", f"Use: {', '.join(DEFAULTS)}.")
            )
        elif not HEX.fullmatch(str(value)):
            found.append(
                (str(name), f"{value} is not a colour.", 'Write it as "#1c4f45", in quotes.')
            )
    if found:
        return found
    every = colours(theme)
    extra = (
        ("text", "brand_tint", 4.5),
        ("link", "brand_tint", 4.5),
        ("secondary_text", "brand_tint", 4.5),
    )
    for ink, ground, least in (*PAIRS, *extra):
        is_now = contrast(every[ink], every[ground])
        if is_now < least:
            blamed = ink if ink in given else ground
            found.append(
                (
                    blamed,
                    f"{ink} ({every[ink]}) on {ground} ({every[ground]}) has a contrast of "
                    f"{is_now:.1f} to 1; people with low vision need {least:g} to 1.",
                    f"Make {ink} darker or {ground} lighter, or the other way round.",
                )
            )
    return found


def style_sheet(theme: Mapping[str, object]) -> str:
    """Return the theme as CSS custom properties, for our own rules and for the components'."""
    every = colours(theme)
    lines = [f"  --mh-{name.replace('_', '-')}: {value};" for name, value in every.items()]
    components = {
        "brand": "brand",
        "text": "text",
        "template-background": "brand_shade",
        "body-background": "page",
        "secondary-text": "secondary_text",
        "focus": "focus",
        "focus-text": "on_focus",
        "error": "error",
        "success": "button",
        "border": "border",
        "input-border": "text",
        "hover": "border",
        "link": "link",
        "link-visited": "link",
        "link-hover": "link_hover",
        "link-active": "text",
        "surface-background": "brand_tint",
        "surface-text": "text",
        "surface-border": "brand_soft",
    }
    lines += [f"  --govuk-{name}-colour: {every[ours]};" for name, ours in components.items()]
    return ":root {\n" + "\n".join(lines) + "\n}\n"

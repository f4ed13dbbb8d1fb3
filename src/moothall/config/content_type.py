"""What kind of body a request says it has, before Django reads it."""

from __future__ import annotations

from django.utils.http import parse_header_parameters


def in_utf8(content_type: str) -> str:
    """Return a Content-Type without a character set: our pages are UTF-8, and so is what they send.

    Django decodes the query by this character set while it makes its request, before anything of ours
    runs, and fails there on one such as `hex`, which is a codec but not of text.
    """
    try:
        kind, parameters = parse_header_parameters(content_type)
    except (ValueError, LookupError):
        return ""
    if not parameters.keys() - {"boundary"}:
        return content_type
    boundary = parameters.get("boundary", "").replace('"', "")
    return f'{kind}; boundary="{boundary}"' if boundary else kind

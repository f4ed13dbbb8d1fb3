"""`moothall check --schema`: a JSON Schema, so that an editor completes and checks as you type.

A JSON Schema knows keys and kinds of value; it cannot know references. `moothall check` proves
those.
"""

from __future__ import annotations

import json
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from moothall.language.models import OverlayFile, ServiceFile, TranslationFile

SCHEMA_ID = "https://json-schema.org/draft/2020-12/schema"
_SCALAR: JsonSchemaValue = {"type": ["string", "number", "boolean"]}
_TEXT: JsonSchemaValue = {"type": "string"}
# The short forms that the models widen before they validate, by the name of what widens them.
_SHORT_FORMS: dict[str, JsonSchemaValue] = {
    "one_or_more": _TEXT,
    "widen": {"type": ["string", "number"]},
    "_gives": _TEXT,
    "_work_out": _SCALAR,
    "_tell_when": {"const": "starts"},
    "_example_move": _TEXT,
    "_translated": _TEXT,
    "_share": {"type": "string", "pattern": "^[0-9]+%$"},
}


class _WithShortForms(GenerateJsonSchema):
    """Adds to each block the short form in which a person may also write it."""

    ignored_warning_kinds = {"non-serializable-default", "skipped-choice"}

    def function_before_schema(
        self, schema: core_schema.BeforeValidatorFunctionSchema
    ) -> JsonSchemaValue:
        whole = super().function_before_schema(schema)
        name = getattr(schema["function"]["function"], "__name__", "")
        if name == "_row":
            return {
                "anyOf": [
                    whole,
                    {"type": "object", "required": ["is"]},
                    {"type": "object", "required": ["otherwise"]},
                ]
            }
        short = _SHORT_FORMS.get(name)
        return {"anyOf": [short, whole]} if short is not None else whole


def json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of service files, overlays and translations.

    Which of the three a file is follows from its first keys: `service` with `pages`, `uses`, or
    `language`.
    """
    parts: dict[str, Any] = {}
    blocks: dict[str, Any] = {}
    for name, model in (
        ("service", ServiceFile),
        ("overlay", OverlayFile),
        ("translation", TranslationFile),
    ):
        schema = model.model_json_schema(
            by_alias=True, schema_generator=_WithShortForms, ref_template="#/$defs/{model}"
        )
        blocks.update(schema.pop("$defs", {}))
        parts[name] = schema
    for block in [*blocks.values(), *parts.values()]:
        _tidy(block)
    blocks.update(parts)
    return {
        "$schema": SCHEMA_ID,
        "title": "Moothall service file",
        "description": "A service file, a council's overlay of one, or a file of translations.",
        "if": {"required": ["uses"]},
        "then": {"$ref": "#/$defs/overlay"},
        "else": {
            "if": {"required": ["language"]},
            "then": {"$ref": "#/$defs/translation"},
            "else": {"$ref": "#/$defs/service"},
        },
        "$defs": dict(sorted(blocks.items())),
    }


def _tidy(part: Any) -> None:
    """Take out the titles that pydantic makes from names, and finish bounds that it left raw."""
    if isinstance(part, list):
        for item in part:
            _tidy(item)
    if not isinstance(part, dict):
        return
    if isinstance(part.get("title"), str) and (
        "type" in part or "anyOf" in part or "const" in part
    ):
        del part["title"]
    for raw, proper in (("ge", "minimum"), ("le", "maximum")):
        if isinstance(part.get(raw), int):
            part[proper] = part.pop(raw)
    for item in part.values():
        _tidy(item)


def schema_text() -> str:
    """`docs/service.schema.json` as it is committed: two spaces, one newline at the end."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"

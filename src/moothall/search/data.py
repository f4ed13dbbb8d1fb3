"""The word lists beside this module: stop words, synonyms, Welsh endings and mutations."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

FOLDER = Path(__file__).parent


@lru_cache(maxsize=8)
def load(name: str) -> dict[str, Any]:
    """Read `<name>.yaml`, once for each process."""
    return dict(YAML(typ="safe", pure=True).load((FOLDER / f"{name}.yaml").read_text("utf-8")))

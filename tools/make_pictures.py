"""Make the pictures of the README from a running house: `PYTHONPATH=src:. .venv/bin/python tools/make_pictures.py`."""

from __future__ import annotations

import io
import os
from datetime import date
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

import django

django.setup()

from PIL import Image
from playwright.sync_api import sync_playwright

from tests.house import House
from tests.stories.answers import missed_bin
from tests.stories.pages import Journey, officer

OUT = Path(__file__).resolve().parents[1] / "docs" / "images"
GROUND = (232, 238, 236)
MARGIN = 40


def main() -> None:
    """Take a phone's page, the officer's queue and a chart, and put them side by side."""
    OUT.mkdir(parents=True, exist_ok=True)
    house = House.build()
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=os.environ.get("MOOTHALL_CHROMIUM", "/usr/bin/chromium"),
                args=["--no-sandbox", "--disable-gpu"],
            )

            def browse(width: int = 1280, height: int = 900, **_: object):  # type: ignore[no-untyped-def]
                context = browser.new_context(
                    viewport={"width": width, "height": height},
                    base_url=house.url,
                    device_scale_factor=1.5,
                )
                return context.new_page()

            phone = browse(360, 760)
            journey = Journey(phone)
            journey.start("missed-bin")
            answers = missed_bin(date.today())
            journey._answer("address-postcode", answers["address-postcode"])
            journey.go_on()
            journey._answer("address", "*")
            journey.go_on()
            first = _shot(phone)
            desk = officer(browse, house, "marcus.quill@wealdmere.example")
            desk.page.goto("/desk/")
            queue = _shot(desk.page)
            desk.page.goto("/insight/")
            insight = _shot(desk.page)
            browser.close()
        _side_by_side([first, queue]).save(OUT / "overview.png", optimize=True)
        insight.convert("P", palette=Image.Palette.ADAPTIVE).save(
            OUT / "insight.png", optimize=True
        )
    finally:
        house.close()


def _shot(page) -> Image.Image:  # type: ignore[no-untyped-def]
    return Image.open(io.BytesIO(page.screenshot())).convert("RGB")


def _side_by_side(pictures: list[Image.Image]) -> Image.Image:
    height = min(picture.height for picture in pictures)
    scaled = [p.resize((round(p.width * height / p.height), height)) for p in pictures]
    width = sum(p.width for p in scaled) + MARGIN * (len(scaled) + 1)
    canvas = Image.new("RGB", (width, height + 2 * MARGIN), GROUND)
    left = MARGIN
    for picture in scaled:
        canvas.paste(picture, (left, MARGIN))
        left += picture.width + MARGIN
    return canvas.resize((1600, round(canvas.height * 1600 / canvas.width))).convert(
        "P", palette=Image.Palette.ADAPTIVE
    )


if __name__ == "__main__":
    main()

"""The pack's sections "geography" (folder `geography/`) and "calendars" (`calendars.yaml`)."""

from moothall.places.pack.calendars import CalendarsSection
from moothall.places.pack.geography import GeographySection

__all__ = ["CalendarsSection", "GeographySection"]

"""Makes the geography of Wealdmere, the invented borough: `councils/wealdmere/geography/`.

The same seed gives the same files, which are committed. Run it from the project's folder:

    python tools/make_wealdmere.py

Nothing here can be real: ward codes start with X05, postcodes with XW (no British postcode area
starts with X), UPRNs with 99000000 and USRNs with 99 (ranges that gazetteers do not issue),
telephone numbers are Ofcom's for drama, and email addresses end in `.example`.
"""

from __future__ import annotations

import csv
import json
import math
import random
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from shapely import LineString, MultiPoint, Point, Polygon, STRtree, voronoi_polygons
from shapely.geometry import mapping

SEED = 20260401
HERE = Path(__file__).resolve().parent.parent / "councils" / "wealdmere" / "geography"
CENTRE = (-1.1000, 52.4500)
METRES_A_DEGREE = 111_320.0
STRETCH = math.cos(math.radians(CENTRE[1]))
TOWN = "Wealdmere"


def _list(words: str) -> list[str]:
    return words.split()


INNER = [
    "Castle Mere",
    "Priory",
    "Millbeck",
    "St Aldwyn's",
    "Tanner's Row",
    "Larkfield",
    "Gorsey Bank",
]
OUTER = [
    "Northweald",
    "Bracken Hill",
    "Almondsbrook",
    "Oxlode",
    "Fennimore",
    "Kingsweald",
    "Dunnockfield",
    "Thornmere",
    "Harrowden Vale",
]
FIRST = _list("""Abbot Acorn Alder Anvil Apple Ashlar Barley Bellwether Bilberry Birch Blackthorn Bluebell
Bracken Bramble Briar Broom Butterwell Candle Carding Chandler Cherry Clover Cooper Coppice
Cornflower Cowslip Crabtree Curlew Damson Drover Elder Falconer Fallow Farrier Fennel Fern Fieldfare
Flax Fletcher Fuller Gander Glover Goldfinch Gorse Greenfinch Hawthorn Hazel Heron Hobby Hollin
Honeywell Hornbeam Juniper Kestrel Kiln Kingcup Lapwing Larch Lavender Linnet Loom Maltster Mallow
Maple Marigold Martin Meadowsweet Mercer Mulberry Nettle Nightingale Oakum Orchard Osier Otter
Partridge Pear Pebble Piper Plover Plum Poplar Potter Primrose Quarry Quince Redwing Reed Rowan
Rushey Saddler Sallow Sawyer Saxon Sedge Shepherd Skylark Sloe Smithy Sorrel Spindle Starling
Stonebow Swallow Sycamore Tallow Teasel Thatcher Thistle Tinker Turner Twitchel Vetch Walnut Warren
Weaver Whitethorn Willow Woodruff Wren Yarrow""")
KINDS = [
    ("Road", 22),
    ("Street", 16),
    ("Lane", 13),
    ("Avenue", 12),
    ("Close", 12),
    ("Drive", 8),
    ("Way", 5),
    ("Crescent", 4),
    ("Gardens", 3),
    ("Terrace", 3),
    ("Grove", 3),
    ("Row", 2),
    ("Walk", 2),
]
OWN_NAMES = [
    "High Street",
    "Market Row",
    "Station Road",
    "Church Lane",
    "Mill Lane",
    "Moot Hill",
    "Castle Gate",
    "Priory Walk",
    "Mere Side",
    "Old Weald Road",
    "Fenn End",
    "Tannery Yard",
]
HOUSES = _list("Rose Mill Yew Orchard Ivy Brook Church Well Holly Forge Meadow Hill Stable Dairy")
HOUSE_ENDS = ["Cottage", "House", "Barn", "Lodge"]
GIVEN = _list("""Ada Alun Amina Beatrix Bernard Caleb Cora Dorcas Edmund Elspeth Farah Gideon Greta Hafsa
Harriet Idris Imogen Jasper Jocelyn Kofi Lettice Lionel Mabel Manjit Miriam Neville Nerys Octavia
Orla Percival Philippa Quentin Rafiq Rosalind Rupert Sunita Sybil Tariq Thora Ursula Vikram Wilf
Winifred Yusuf Zelda""")
FAMILY = _list("""Anstruther Ashdown Bellweather Brackley Chantry Cobbold Dunmore Ellwood Fairbrother
Fernsby Garrow Goodenough Halloran Hartnoll Inchbald Jellicoe Kilbride Langtree Lovelock Marchbanks
Merriweather Nightingale Oldershaw Pargeter Pennyfeather Quarmby Rainbird Ravenscroft Sallow
Silverlock Tattersfield Thackery Underhill Venables Wainscott Wetherby Windlass Wrayburn Yellowlees
Zeal""")
PARTIES = ["Borough Party", "Residents' Group", "Weald Alliance", "Independent"]
UNIT_LETTERS = "ABDEFGHJLNPQRSTUWXYZ"


@dataclass
class Home:
    """One address while the borough is being made (metres from the centre)."""

    label: str
    x: float
    y: float
    ward: str
    postcode: str = ""


@dataclass
class Street:
    """One street while the borough is being made (metres from the centre)."""

    name: str
    ward: str
    line: LineString
    rural: bool
    homes: list[Home] = field(default_factory=list)


def degrees(x: float, y: float) -> tuple[float, float]:
    """Longitude and latitude (6 places) of a point in metres from the centre."""
    return (
        round(CENTRE[0] + x / (METRES_A_DEGREE * STRETCH), 6),
        round(CENTRE[1] + y / METRES_A_DEGREE, 6),
    )


def outline(rng: random.Random) -> Polygon:
    """An irregular borough of about 90 square kilometres."""
    waves = [
        (n, rng.uniform(0.5, 1.0) * 0.135 / n**0.75, rng.uniform(0, math.tau)) for n in range(2, 9)
    ]
    points = []
    for step in range(160):
        angle = math.tau * step / 160
        radius = 5_300 * (1 + sum(size * math.sin(n * angle + at) for n, size, at in waves))
        points.append((radius * 1.12 * math.cos(angle), radius * 0.94 * math.sin(angle)))
    return Polygon(points)


def wiggle(a: tuple[float, float], b: tuple[float, float], deep: int) -> list[tuple[float, float]]:
    """Points between `a` and `b` of a crooked line, the same whichever way it is walked."""
    if a > b:
        return wiggle(b, a, deep)[::-1]
    length = math.dist(a, b)
    if deep == 0 or length < 160:
        return []
    rng = random.Random(f"{SEED}:{a}:{b}")
    shift = rng.uniform(-0.11, 0.11) * length
    middle = (
        round((a[0] + b[0]) / 2 - (b[1] - a[1]) / length * shift, 1),
        round((a[1] + b[1]) / 2 + (b[0] - a[0]) / length * shift, 1),
    )
    return [*wiggle(a, middle, deep - 1), middle, *wiggle(middle, b, deep - 1)]


def crooked(shape: Polygon) -> Polygon:
    """The polygon with every side made crooked; neighbours stay flush."""
    corners = [(round(x, 1), round(y, 1)) for x, y in shape.exterior.coords]
    points: list[tuple[float, float]] = []
    for a, b in pairwise(corners):
        points += [a, *wiggle(a, b, 5)]
    return Polygon(points)


def make_wards(rng: random.Random) -> dict[str, tuple[str, Polygon, bool]]:
    """Code to (name, shape in metres, is it in town); the shapes tile the borough."""
    border = outline(rng)
    seeds = [(rng.uniform(-250, 250), rng.uniform(-250, 250))]
    for n in range(6):
        angle = math.tau * (n + rng.uniform(-0.22, 0.22)) / 6
        seeds.append((1900 * math.cos(angle), 1650 * math.sin(angle)))
    for n in range(9):
        angle = math.tau * (n + 0.4 + rng.uniform(-0.25, 0.25)) / 9
        reach = rng.uniform(3_700, 4_700)
        seeds.append((reach * 1.1 * math.cos(angle), reach * 0.95 * math.sin(angle)))
    cells = list(voronoi_polygons(MultiPoint(seeds), extend_to=border.buffer(4_000)).geoms)
    wards = {}
    names = INNER + OUTER
    for number, seed in enumerate(seeds):
        cell = next(c for c in cells if c.contains(Point(seed))).intersection(border)
        wards[f"X05{number + 1:06d}"] = (names[number], crooked(cell), number < len(INNER))
    shapes = [shape for _, shape, _ in wards.values()]
    assert all(shape.is_valid for shape in shapes)
    overlap = sum(a.intersection(b).area for n, a in enumerate(shapes) for b in shapes[n + 1 :])
    assert overlap < 1, f"the wards overlap by {overlap:.1f} square metres"
    return wards


def names(rng: random.Random, n: int) -> list[str]:
    """`n` different street names."""
    kinds = [kind for kind, weight in KINDS for _ in range(weight)]
    found = list(OWN_NAMES)
    while len(found) < n:
        name = f"{rng.choice(FIRST)} {rng.choice(kinds)}"
        if name not in found:
            found.append(name)
    return found


def bend(rng: random.Random, x: float, y: float, angle: float, length: float) -> LineString:
    """A gently bending street through a point."""
    points = [(x - math.cos(angle) * length / 2, y - math.sin(angle) * length / 2)]
    pieces = rng.randint(3, 5)
    heading = angle
    turn = rng.uniform(-0.16, 0.16)
    for _ in range(pieces):
        heading += turn + rng.uniform(-0.06, 0.06)
        at = points[-1]
        points.append(
            (
                at[0] + math.cos(heading) * length / pieces,
                at[1] + math.sin(heading) * length / pieces,
            )
        )
    return LineString(points)


def make_streets(rng: random.Random, wards: dict[str, tuple[str, Polygon, bool]]) -> list[Street]:
    """About 300 streets: most inside one ward, some across a border between two."""
    everywhere = Polygon()
    for _, shape, _ in wards.values():
        everywhere = everywhere.union(shape)
    everywhere = everywhere.buffer(-40)
    wanted: list[tuple[str, bool]] = []
    for code, (_, _, town) in wards.items():
        wanted += [(code, False)] * (22 if town else 15) + [(code, True)] * 1
    labels = names(rng, len(wanted))
    rng.shuffle(wanted)
    hubs = {
        code: [_within(rng, shape.buffer(-120 if town else -300)) for _ in range(1 if town else 2)]
        for code, (_, shape, town) in wards.items()
    }
    streets: list[Street] = []
    for (code, border), name in zip(wanted, labels, strict=True):
        _, shape, town = wards[code]
        for attempt in range(400):
            length = rng.uniform(150, 420) if town else rng.uniform(140, 560)
            angle = rng.uniform(0, math.pi)
            if border:
                at = shape.exterior.interpolate(rng.uniform(0, shape.length))
                x, y = at.x, at.y
            elif town:
                x, y = _within(rng, shape)
            else:
                hub = rng.choice(hubs[code])
                spread = 380 + attempt * 4
                x, y = rng.gauss(hub[0], spread), rng.gauss(hub[1], spread)
            line = bend(rng, x, y, angle, length)
            if not everywhere.contains(line):
                continue
            if not border and not shape.buffer(-25).contains(line):
                continue
            room = 26 + max(0, 200 - attempt) * 0.2
            if any(line.distance(other.line) < room for other in streets):
                continue
            streets.append(Street(name, code, line, rural=not town))
            break
    return streets


def _within(rng: random.Random, shape: Polygon) -> tuple[float, float]:
    """A point inside the shape."""
    left, low, right, high = shape.bounds
    while True:
        x, y = rng.uniform(left, right), rng.uniform(low, high)
        if shape.contains(Point(x, y)):
            return x, y


def make_homes(
    rng: random.Random, streets: list[Street], wards: dict[str, tuple[str, Polygon, bool]]
) -> None:
    """Houses on both sides of each street, some blocks of flats, some named cottages."""
    codes = list(wards)
    tree = STRtree([shape for _, shape, _ in wards.values()])

    def ward_at(x: float, y: float) -> str:
        inside = tree.query(Point(x, y), predicate="intersects")
        return codes[min(inside)] if len(inside) else ""

    for street in streets:
        line = street.line
        gap = rng.uniform(25, 35) if not street.rural else rng.uniform(31, 52)
        used_names: set[str] = set()
        number = 0
        along = rng.uniform(8, 14)
        while along < line.length - 6 and number < 44:
            here, ahead = line.interpolate(along), line.interpolate(along + 1)
            nx, ny = -(ahead.y - here.y), ahead.x - here.x
            size = math.hypot(nx, ny) or 1
            for side in (1, -1):
                number += 1
                if rng.random() < 0.06:
                    continue
                out = rng.uniform(10, 14) * side
                x, y = here.x + nx / size * out, here.y + ny / size * out
                ward = ward_at(x, y)
                if not ward:
                    continue
                dwelling = rng.random()
                if street.rural and dwelling < 0.12:
                    name = f"{rng.choice(HOUSES)} {rng.choice(HOUSE_ENDS)}"
                    if name not in used_names:
                        used_names.add(name)
                        street.homes.append(Home(f"{name}, {street.name}", x, y, ward))
                        continue
                if not street.rural and dwelling < 0.015:
                    for flat in range(1, rng.randint(4, 7)):
                        label = f"Flat {flat}, {number} {street.name}"
                        street.homes.append(Home(label, x, y, ward))
                    continue
                street.homes.append(Home(f"{number} {street.name}", x, y, ward))
            along += gap


def give_postcodes(
    rng: random.Random, streets: list[Street], wards: dict[str, tuple[str, Polygon, bool]]
) -> None:
    """A postcode for each run of about six homes; districts follow the wards."""
    order = list(wards)
    district_of = {
        code: 1 + n // 4 if n < len(INNER) else 3 + (n - len(INNER)) // 2
        for n, code in enumerate(order)
    }
    made: Counter[int] = Counter()
    for street in sorted(streets, key=lambda s: (district_of[s.ward], s.name != "Market Row")):
        district = district_of[street.ward]
        homes = street.homes
        pieces = max(1, round(len(homes) / 6.3))
        for n in range(pieces):
            k = made[district]
            made[district] += 1
            sector, unit = 1 + k // 40, (k % 40) * 9
            assert sector <= 9, "a district holds 360 postcodes at most"
            letters = UNIT_LETTERS[unit // 20] + UNIT_LETTERS[unit % 20]
            postcode = f"XW{district} {sector}{letters}"
            for home in homes[n * len(homes) // pieces : (n + 1) * len(homes) // pieces]:
                home.postcode = postcode


def write(name: str, header: list[str], rows: list[list[object]]) -> None:
    """Writes one CSV file with its header."""
    with (HERE / name).open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def write_wards(wards: dict[str, tuple[str, Polygon, bool]]) -> None:
    """Writes wards.geojson (WGS84, longitude first), a feature a line."""
    features = []
    for code, (name, shape, _) in wards.items():
        geometry = mapping(Polygon([degrees(x, y) for x, y in shape.exterior.coords]))
        properties = {"code": code, "name": name, "valid_from": "2023-05-04", "valid_to": None}
        features.append({"type": "Feature", "properties": properties, "geometry": geometry})
    lines = ",\n".join(json.dumps(one, separators=(",", ":")) for one in features)
    (HERE / "wards.geojson").write_text(
        '{"type":"FeatureCollection","features":[\n' + lines + "\n]}\n", encoding="utf-8"
    )


def write_places(streets: list[Street], wards: dict[str, tuple[str, Polygon, bool]]) -> None:
    """Writes streets.csv, addresses.csv and postcodes.csv."""
    street_rows: list[list[object]] = []
    address_rows: list[list[object]] = []
    by_postcode: dict[str, list[Home]] = defaultdict(list)
    uprn = 990_000_000_000
    for n, street in enumerate(sorted(streets, key=lambda s: (s.name, s.ward)), start=1):
        middle = street.line.interpolate(0.5, normalized=True)
        points = ", ".join("{} {}".format(*degrees(*point)) for point in street.line.coords)
        locality = wards[street.ward][0]
        place = locality if street.rural else ""
        lon, lat = degrees(middle.x, middle.y)
        street_rows.append(
            [
                99_000_000 + n,
                street.name,
                place,
                TOWN,
                street.ward,
                lon,
                lat,
                f"LINESTRING ({points})",
            ]
        )
        for home in street.homes:
            uprn += 1
            lon, lat = degrees(home.x, home.y)
            line = ", ".join(part for part in (home.label, place, TOWN) if part)
            address_rows.append(
                [uprn, line, street.name, place, TOWN, home.postcode, home.ward, lon, lat]
            )
            by_postcode[home.postcode].append(home)
    postcode_rows: list[list[object]] = []
    for postcode, homes in sorted(by_postcode.items()):
        x = sum(home.x for home in homes) / len(homes)
        y = sum(home.y for home in homes) / len(homes)
        counted = Counter(home.ward for home in homes)
        lon, lat = degrees(x, y)
        ward = max(sorted(counted), key=lambda code: counted[code])
        split = "yes" if len(counted) > 1 else "no"
        postcode_rows.append([postcode, ward, lon, lat, split])
    write(
        "streets.csv",
        ["usrn", "name", "locality", "town", "ward", "lon", "lat", "geometry"],
        street_rows,
    )
    write(
        "addresses.csv",
        ["uprn", "line", "street", "locality", "town", "postcode", "ward", "lon", "lat"],
        address_rows,
    )
    write("postcodes.csv", ["postcode", "ward", "lon", "lat", "split"], postcode_rows)
    split = sum(1 for row in postcode_rows if row[4] == "yes")
    print(
        f"{len(street_rows)} streets, {len(address_rows)} addresses, "
        f"{len(postcode_rows)} postcodes of which {split} are split"
    )


def write_councillors(rng: random.Random, wards: dict[str, tuple[str, Polygon, bool]]) -> None:
    """Writes councillors.csv: three for each ward in town, two elsewhere."""
    people = ["Wilf Anstruther"]
    rows: list[list[object]] = []
    for code, (_, _, town) in wards.items():
        for seat in range(3 if town else 2):
            if rows or seat:
                name = ""
                while not name or name in people:
                    name = f"{rng.choice(GIVEN)} {rng.choice(FAMILY)}"
                people.append(name)
            else:
                name = people[0]
            party = rng.choices(PARTIES, weights=[5, 4, 3, 1])[0]
            email = f"{name.lower().replace(' ', '.')}@wealdmere.example"
            rows.append([f"Councillor {name}", code, party, email, f"01632 960{200 + len(rows)}"])
    write("councillors.csv", ["name", "ward", "party", "email", "phone"], rows)


def main() -> None:
    """Makes every file of the borough's geography."""
    rng = random.Random(SEED)
    HERE.mkdir(parents=True, exist_ok=True)
    wards = make_wards(rng)
    streets = make_streets(rng, wards)
    make_homes(rng, streets, wards)
    streets = [street for street in streets if street.homes]
    give_postcodes(rng, streets, wards)
    write_wards(wards)
    write_places(streets, wards)
    write_councillors(rng, wards)


if __name__ == "__main__":
    main()

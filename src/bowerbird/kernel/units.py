"""Units of measure as written, to one name each, and to a size by which they can be compared."""

from dataclasses import dataclass

__all__ = ["SCALES", "Unit", "unit_of"]


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit: its name, what it measures, and how many of that dimension's smallest step it is."""

    name: str
    dimension: str
    size: float


SCALES = {
    "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12, "thousands": 1e3, "millions": 1e6,
    "billions": 1e9, "hundred": 1e2, "hundreds": 1e2, "dozen": 12.0, "bn": 1e9, "mn": 1e6, "lakh": 1e5, "crore": 1e7,
}  # fmt: skip

_TABLE = """
    length: mm millimetre millimetres millimeter millimeters = 0.001
    length: cm centimetre centimetres centimeter centimeters = 0.01
    length: m metre metres meter meters = 1
    length: km kilometre kilometres kilometer kilometers kms = 1000
    length: in inch inches = 0.0254
    length: ft foot feet = 0.3048
    length: yd yard yards = 0.9144
    length: mi mile miles = 1609.344
    length: nm nanometre nanometres nanometer nanometers = 0.000000001
    length: µm μm um micron microns micrometre micrometres micrometer micrometers = 0.000001
    mass: mg milligram milligrams = 0.001
    mass: µg μg ug mcg microgram micrograms = 0.000001
    mass: g gram grams gramme grammes = 1
    mass: kg kilogram kilograms kilo kilos = 1000
    mass: lb lbs pound pounds = 453.59237
    mass: oz ounce ounces = 28.349523
    mass: t tonne tonnes = 1000000
    mass: ton tons = 907184.74
    time: ms millisecond milliseconds = 0.001
    time: s sec secs second seconds = 1
    time: min mins minute minutes = 60
    time: h hr hrs hour hours = 3600
    time: d day days = 86400
    time: wk week weeks = 604800
    months: month months mo = 1
    months: year years yr yrs = 12
    months: decade decades = 120
    months: century centuries = 1200
    volume: ml millilitre millilitres milliliter milliliters = 0.001
    volume: l litre litres liter liters = 1
    volume: gal gallon gallons = 3.785411784
    area: ha hectare hectares = 10000
    area: acre acres = 4046.8564
    bytes: kb kilobyte kilobytes = 1000
    bytes: mb megabyte megabytes = 1000000
    bytes: gb gigabyte gigabytes = 1000000000
    bytes: tb terabyte terabytes = 1000000000000
    frequency: hz hertz = 1
    frequency: khz kilohertz = 1000
    frequency: mhz megahertz = 1000000
    frequency: ghz gigahertz = 1000000000
    power: w watt watts = 1
    power: kw kilowatt kilowatts = 1000
    power: mw megawatt megawatts = 1000000
    power: gw gigawatt gigawatts = 1000000000
    speed: mph = 0.44704
    speed: kmh kph = 0.2777778
    share: % percent percentage = 0.01
    share: ‰ permille = 0.001
    dollars: $ usd us$ dollar dollars = 1
    euros: € eur euro euros = 1
    sterling: £ gbp = 1
    yen: ¥ jpy yen = 1
    celsius: °c celsius centigrade = 1
    fahrenheit: °f fahrenheit = 1
    kelvin: kelvin kelvins = 1
    degrees: ° degree degrees = 1
"""


def _read(table: str) -> dict[str, Unit]:
    found: dict[str, Unit] = {}
    for line in table.strip().splitlines():
        dimension, rest = line.strip().split(": ")
        names, size = rest.split(" = ")
        name = names.split()[0]
        for written in names.split():
            found[written] = Unit(name, dimension, float(size))
    return found


_UNITS = _read(_TABLE)


def unit_of(written: str) -> Unit | None:
    """The unit that `written` names, in any of its spellings; None for other words."""
    return _UNITS.get(written.casefold())

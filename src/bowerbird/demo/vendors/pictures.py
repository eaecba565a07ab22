"""A picture for each vendor, drawn from its name: a sky, two hills, and the sign of its trade."""

import random
from html import escape
from typing import Final

from bowerbird.demo.vendors.data import Vendor

__all__ = ["drawn"]

# Sky, sun, far hill, near hill, and the sign.
_COLOURS: Final = (
    ("#f6e7d8", "#e98a6b", "#8aa6a3", "#2f5d62", "#fdf8f2"),
    ("#dfe9f5", "#f2c14e", "#7a9cc6", "#274472", "#f7fbff"),
    ("#efe3f2", "#f29e4c", "#a58fb8", "#4a3b6b", "#fffaf5"),
    ("#e4f0e2", "#f4d35e", "#86ab89", "#2d5a3d", "#fbfff8"),
    ("#fbe5e1", "#d1495b", "#c58f84", "#5b2e35", "#fff7f4"),
)
# Each is drawn around 0, 0 and about 120 wide.
_SIGNS: Final = {
    "photographer": (
        '<rect x="-60" y="-36" width="120" height="76" rx="12"/><rect x="-22" y="-50" width="44" height="18" rx="5"/>'
        '<circle r="25" cy="2" fill="{dark}"/><circle r="13" cy="2"/>'
    ),
    "florist": (
        '<circle cy="-30" r="19"/><circle cx="28" cy="-9" r="19"/><circle cx="17" cy="24" r="19"/>'
        '<circle cx="-17" cy="24" r="19"/><circle cx="-28" cy="-9" r="19"/><circle r="15" fill="{dark}"/>'
    ),
    "venue": '<path d="M-62 0 0-52 62 0V52H-62Z"/><path d="M-15 52V16a15 15 0 0 1 30 0v36Z" fill="{dark}"/>',
    "celebrant": (
        '<g fill="none" stroke="{light}" stroke-width="10"><circle cx="-20" r="32"/><circle cx="20" r="32"/></g>'
    ),
}


def drawn(vendor: Vendor) -> str:
    """The picture as SVG, 640 by 400; the same each time."""
    chance = random.Random(vendor.slug)  # noqa: S311  hills, not secrets
    sky, sun, far, near, light = chance.choice(_COLOURS)
    x, y = chance.randint(90, 550), chance.randint(60, 150)
    sign = _SIGNS[vendor.trade.name].format(dark=near, light=light)
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 400" role="img"'
        f' aria-label="A drawing for {escape(vendor.name)}">'
        f'<rect width="640" height="400" fill="{sky}"/><circle cx="{x}" cy="{y}" r="{chance.randint(30, 52)}"'
        f' fill="{sun}"/><path d="{_hill(chance, 230)}" fill="{far}"/><path d="{_hill(chance, 300)}" fill="{near}"/>'
        f'<g transform="translate(320 270)" fill="{light}">{sign}</g></svg>\n'
    )


def _hill(chance: random.Random, height: int) -> str:
    a, b, c = (height + chance.randint(-50, 30) for _ in range(3))
    return f"M0 {height}C160 {a} 220 {b} 330 {height}S540 {c} 640 {height}V400H0Z"

"""
The picture of what diversity costs: each way of composing a slate by the relevance that it keeps and what it gains.

Drawn from the figures of `bench.quality.feed`, which calls this; by itself it draws the kept ones again:

    python -m bench.quality.feed_frontier
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bench.report import RESULTS, ROOT

__all__ = ["PICTURE", "draw_frontier"]

PICTURE: Final = ROOT / "docs" / "pictures" / "diversity.svg"
AIM_RELEVANCE: Final = 0.99
WIDTH, HEIGHT, GAP, LEFT, TOP = 250, 210, 64, 50, 52
STYLE: Final = (
    ".axis{stroke:#8a8f98;fill:none}.aim{stroke:#8a8f98;stroke-dasharray:2 3;fill:none}.own0{fill:#3b6fd4}"
    ".own3{fill:#7d9fe3}.own6{fill:#b9cbf1}.mmr{fill:#b3632c}.best{fill:none;stroke:#3b6fd4}"
    "text{fill:#6b7079}.mark{stroke:#20242b;fill:none;stroke-width:2}@media(prefers-color-scheme:dark){"
    ".mark{stroke:#e8eaee}text{fill:#a5abb5}}"
)
NAMED: Final = {"top-k": "top-k", "composed": "the product", "the truth's own ten": "the truth's own ten"}


@dataclass(frozen=True, slots=True)
class Panel:
    """One of the three measures, all against top-k."""

    title: str
    figure: str
    aim: float
    is_better: Callable[[float, float], bool]  # the first than the second
    low: float
    high: float


PANELS: Final = (
    Panel("diversity within a slate (ILD)", "ILD@10", 1.2, float.__gt__, 0.95, 1.25),
    Panel("coverage of the catalogue", "coverage", 2.0, float.__gt__, 0.8, 2.1),
    Panel("divergence from what people like", "calibration", 0.5, float.__lt__, 0.35, 1.1),
)
LOW, HIGH = 0.88, 1.01  # of relevance


def draw_frontier(figures: Mapping[str, Any]) -> str:
    """An SVG of the figures of `bench.quality.feed`."""
    swept: Mapping[str, Mapping[str, float]] = figures["frontier, one seed"]
    versus: Mapping[str, Mapping[str, float]] = figures["against top-k"]
    base = versus["top-k"]
    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" role="img" font-family="system-ui, sans-serif" font-size="12"',
        f' viewBox="0 0 {LEFT + 3 * (WIDTH + GAP)} {TOP + HEIGHT + 96}">',
        "<title>What diversity costs: relevance kept against diversity, coverage and calibration, by weights</title>",
        f"<style>{STYLE}</style>",
    ]
    for number, panel in enumerate(PANELS):
        left = LEFT + number * (WIDTH + GAP)
        parts += _frame(panel, left)
        points = {name: _point(panel, one, base) for name, one in swept.items() if name not in NAMED}
        points = {name: point for name, point in points.items() if LOW <= point[0] <= HIGH}
        parts += [_dot(panel, left, name, point) for name, point in points.items()]
        parts.append(_best(panel, left, list(points.values())))
        parts += [_mark(panel, left, NAMED[name], _point(panel, versus[name], base)) for name in NAMED]
    parts.append(_legend())
    return "".join([*parts, "</svg>\n"])


def _point(panel: Panel, one: Mapping[str, float], base: Mapping[str, float]) -> tuple[float, float]:
    """Relevance and the measure, both against top-k."""
    return one["nDCG@10"] / base["nDCG@10"], one[panel.figure] / base[panel.figure]


def _x(left: int, relevance: float) -> float:
    return round(left + WIDTH * (min(max(relevance, LOW), HIGH) - LOW) / (HIGH - LOW), 1)


def _y(panel: Panel, value: float) -> float:
    value = min(max(value, panel.low), panel.high)
    return round(TOP + HEIGHT * (panel.high - value) / (panel.high - panel.low), 1)


def _frame(panel: Panel, left: int) -> list[str]:
    bottom, right = TOP + HEIGHT, left + WIDTH
    aim_x, aim_y = _x(left, AIM_RELEVANCE), _y(panel, panel.aim)
    edge = TOP if panel.is_better(2.0, 1.0) else bottom
    ticks = [
        f'<text x="{_x(left, share)}" y="{bottom + 16}" text-anchor="middle">{share:.0%}</text>'
        for share in (0.9, 0.95, 1.0)
    ]
    step = (panel.high - panel.low) / 3
    values = [panel.low + step * each for each in range(4)]
    ticks += [f'<text x="{left - 6}" y="{_y(panel, one) + 4}" text-anchor="end">{one:.2f}</text>' for one in values]
    return [
        f'<text x="{left}" y="{TOP - 30}" font-size="14">{panel.title}</text>',
        f'<text x="{left}" y="{TOP - 13}">against top-k, by relevance against top-k</text>',
        f'<path class="axis" d="M{left} {TOP}V{bottom}H{right}"/>',
        f'<path class="aim" d="M{aim_x} {edge}V{aim_y}H{right}"/>',
        *ticks,
    ]


def _dot(panel: Panel, left: int, name: str, point: tuple[float, float]) -> str:
    kind = "mmr" if name.startswith("MMR") else f"own{name[6:7]}" if name.startswith("own 0.") else "own0"
    return (
        f'<circle class="{kind}" cx="{_x(left, point[0])}" cy="{_y(panel, point[1])}" r="3.5"><title>{name}</title>'
        "</circle>"
    )


def _best(panel: Panel, left: int, points: Sequence[tuple[float, float]]) -> str:
    """The line through what nothing else beats in both."""
    line: list[tuple[float, float]] = []
    for point in sorted(points, key=lambda one: -one[0]):
        if not line or panel.is_better(point[1], line[-1][1]):
            line.append(point)
    steps = " ".join(f"{_x(left, x)},{_y(panel, y)}" for x, y in line)
    return f'<polyline class="best" points="{steps}"/>'


def _mark(panel: Panel, left: int, name: str, point: tuple[float, float]) -> str:
    """Top-k, the product and the truth, with what they are; the truth keeps all relevance that there is."""
    x, y = _x(left, point[0]), _y(panel, point[1])
    shape = {
        "top-k": f'<circle class="mark" cx="{x}" cy="{y}" r="5.5"/>',
        "the product": f'<path class="mark" d="M{x - 6} {y}H{x + 6}M{x} {y - 6}V{y + 6}"/>',
    }.get(name, f'<path class="mark" d="M{x - 5} {y - 5}L{x + 5} {y + 5}M{x - 5} {y + 5}L{x + 5} {y - 5}"/>')
    return f"<g>{shape}<title>{name}: {point[0]:.3f} of the relevance, {point[1]:.3f} of the figure</title></g>"


def _legend() -> str:
    y, x = TOP + HEIGHT + 44, LEFT
    told = [
        ('<circle class="mark" cx="{x}" cy="{y}" r="5.5"/>', "top-k", 70),
        ('<path class="mark" d="M{l} {y}H{r}M{x} {t}V{b}"/>', "the product", 105),
        (
            '<path class="mark" d="M{l} {t}L{r} {b}M{l} {b}L{r} {t}"/>',
            "the truth's own ten (relevance beyond the edge)",
            345,
        ),
        ('<circle class="own0" cx="{x}" cy="{y}" r="3.5"/>', "agents' own say 0", 125),
        ('<circle class="own3" cx="{x}" cy="{y}" r="3.5"/>', ".3", 45),
        ('<circle class="own6" cx="{x}" cy="{y}" r="3.5"/>', ".6", 45),
        ('<circle class="mmr" cx="{x}" cy="{y}" r="3.5"/>', "MMR", 60),
    ]
    parts: list[str] = []
    for shape, name, width in told:
        drawn = shape.format(x=x, y=y, l=x - 5, r=x + 5, t=y - 5, b=y + 5)
        parts.append(f'{drawn}<text x="{x + 11}" y="{y + 4}">{name}</text>')
        x += width
    parts.append(
        f'<text x="{LEFT - 5}" y="{y + 28}">dotted: the aim (a loss of 1 % at most; ILD 1.2, coverage 2,'
        " divergence .5); solid: the best of all weights that were tried and keep 88 %</text>"
    )
    return "".join(parts)


def main() -> None:
    """Draw what is kept."""
    figures = json.loads((RESULTS / "feed.json").read_text())["figures"]
    PICTURE.write_text(draw_frontier(figures))
    print(PICTURE.relative_to(Path.cwd()) if PICTURE.is_relative_to(Path.cwd()) else PICTURE)


if __name__ == "__main__":
    main()

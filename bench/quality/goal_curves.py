"""The curves of the goal-directed crawl as an SVG, drawn by hand: three small charts beside each other."""

from html import escape

WIDTH, HEIGHT, LEFT, TOP, GAP = 260, 190, 44, 34, 34

FONT = 'font-family="system-ui, sans-serif" font-size="12"'
STYLE = (
    ".axis{stroke:#8a8f98;fill:none}.best{stroke:#3b6fd4;fill:none;stroke-width:2}"
    ".broad{stroke:#b3632c;fill:none;stroke-width:2;stroke-dasharray:5 4}.mark{stroke:#8a8f98;stroke-dasharray:2 3}"
    "text{fill:#6b7079}.b{fill:#3b6fd4}.w{fill:#b3632c}"
)


def draw_curves(curves: dict[str, tuple[list[float], list[float]]]) -> str:
    """One chart for each goal: share of its pages found by share of the site fetched, both orders."""
    width = LEFT + len(curves) * (WIDTH + GAP)
    height = TOP + HEIGHT + 62
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" {FONT}>',
        "<title>Share of a goal's pages found, by pages fetched: goal-directed against breadth-first</title>",
        f"<style>{STYLE}</style>",
    ]
    for number, (goal, (broad, best)) in enumerate(curves.items()):
        parts += _chart(goal, broad, best, LEFT + number * (WIDTH + GAP))
    parts.append("</svg>")
    return "\n".join(parts) + "\n"


def _chart(goal: str, broad: list[float], best: list[float], x: int) -> list[str]:
    bottom = TOP + HEIGHT
    mark = bottom - 0.9 * HEIGHT
    last = max(len(broad), len(best))
    return [
        f'<text x="{x}" y="{TOP - 14}" font-size="14">{escape(goal)}</text>',
        f'<path class="axis" d="M{x} {TOP}V{bottom}H{x + WIDTH}"/>',
        f'<path class="mark" d="M{x} {mark:.1f}H{x + WIDTH}"/><text x="{x - 34}" y="{mark + 4:.1f}">90 %</text>',
        f'<text x="{x - 24}" y="{bottom + 4}">0</text><text x="{x}" y="{bottom + 18}">0</text>',
        f'<text x="{x + WIDTH}" y="{bottom + 18}" text-anchor="end">{last} pages fetched</text>',
        f'<path class="broad" d="{_path(broad, last, x)}"/>',
        f'<path class="best" d="{_path(best, last, x)}"/>',
        f'<text class="b" x="{x}" y="{bottom + 38}">— goal-directed: {_at(best)} fetches to 90 %</text>',
        f'<text class="w" x="{x}" y="{bottom + 54}">- - breadth-first: {_at(broad)}</text>',
    ]


def _path(shares: list[float], last: int, x: int) -> str:
    points: list[tuple[float, float]] = [(x, float(TOP + HEIGHT))]
    points += [(x + WIDTH * at / last, TOP + HEIGHT * (1 - share)) for at, share in enumerate(shares, 1)]
    return "M" + "L".join(f"{px:.1f} {py:.1f}" for px, py in points)


def _at(shares: list[float]) -> int:
    return next((number for number, share in enumerate(shares, 1) if share >= 0.9), len(shares))

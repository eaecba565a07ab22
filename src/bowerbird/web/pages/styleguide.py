"""`/styleguide`: every component in every state, drawn by the very macros that the pages use."""

from dataclasses import dataclass, replace
from functools import cache
from operator import itemgetter
from pathlib import Path
from typing import Any, Final

from fastapi import Request
from starlette.responses import RedirectResponse, Response

from bowerbird.answer import Cited, QuestionRow, Thumb
from bowerbird.kernel.nouns import Span
from bowerbird.web.access import Routes
from bowerbird.web.acts import with_acts
from bowerbird.web.answers import AnswerView, answer_view
from bowerbird.web.charts import Icicle, Share, Tree, icicle, shares, spark
from bowerbird.web.frame import Toast, Undo
from bowerbird.web.listings import EntityCardView, Link, PassageView, State, state_of
from bowerbird.web.live import Figure
from bowerbird.web.pages.explorer import Tab
from bowerbird.web.reading import Group, Piece, mark_terms, read
from bowerbird.web.render import render
from bowerbird.web.tables import Column, columns_of, csv_file, is_descending

__all__ = ["StyleGuide", "routes", "style_guide"]

_TOKENS: Final = (
    *("ink", "ink-soft", "paper", "panel", "raised", "line", "line-strong", "blue", "blue-fill", "blue-tint"),
    *("straw", "straw-line", "good", "good-tint", "warn", "warn-tint", "bad", "bad-tint"),
)
_COLUMNS: Final = (
    Column("Source", "source"),
    Column("Pages", "pages", is_number=True),
    Column("Asked, hours ago", "asked", is_number=True),
)
_SORTS: Final = tuple(column.sort for column in _COLUMNS)
_NOW_S: Final = 1_750_000_000.0
_TEXT: Final = """# Reading text

Supervised learning trains a model on labelled examples. Each example pairs an input with the output that is wanted.

- Classification predicts a category.
- Regression predicts a number.

 | Output | Example
Classification | a category | spam or not
Regression | a number

```
model.fit(inputs, labels)
```"""

routes = Routes(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class StyleGuide:
    """One of everything."""

    tokens: tuple[str, ...]
    reading: tuple[Group, ...]
    states: tuple[State, ...]
    figures: tuple[Figure, ...]
    shares: tuple[Share, ...]
    map: Icicle
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, int, float], ...]  # a site, its pages, when it was asked last in hours
    tabs: tuple[Tab, ...]
    toasts: tuple[Toast, ...]
    cards: tuple[EntityCardView, ...]
    passage: PassageView
    answers: tuple[AnswerView, ...]
    icons: tuple[str, ...]


@routes.get("/styleguide")
async def show(request: Request, sort: str = "", order: str = "") -> Response:
    """The style guide; its table sorts."""
    guide = style_guide()
    if sort in _SORTS:
        rows = tuple(sorted(guide.rows, key=itemgetter(_SORTS.index(sort)), reverse=is_descending(order)))
        columns = columns_of("/styleguide", _COLUMNS, sort=sort, order=order)
        guide = replace(guide, rows=rows, columns=columns)
    return render(request, "styleguide.html", guide, here="other")


@routes.get("/styleguide.csv")
async def download() -> Response:
    """The style guide's table as a file."""
    return csv_file("table.csv", tuple(column.title for column in _COLUMNS), style_guide().rows)


@routes.post("/styleguide")
async def nothing() -> Response:
    """Where the guide's forms lead: back to it."""
    return RedirectResponse("/styleguide", status_code=303)


@cache
def style_guide() -> StyleGuide:
    """One of everything."""
    start = _TEXT.index("Each example")
    return StyleGuide(
        tokens=_TOKENS,
        reading=read(_TEXT, Span(0, len(_TEXT)), Span(start, _TEXT.index("\n", start))),
        states=tuple(state_of(name) for name in ("queued", "running", "completed", "failed", "cancelled")),
        figures=(
            Figure("fetched", "pages fetched", "1,204"),
            Figure("kept", "kept", "980"),
            Figure("skipped", "skipped", "224"),
            Figure("bytes", "received", "48 MB"),
        ),
        shares=shares({"kept": 620, "unchanged": 120, "deleted": 20, "skipped": 224, "queued": 220}),
        map=icicle(_site()),
        columns=columns_of("/styleguide", _COLUMNS, sort="pages", order="descending"),
        rows=(("docs.example.org", 1204, 0.5), ("example.com/guide", 38, 26.0), ("blog.example.net", 7, 3.0)),
        tabs=(
            Tab("#s-tabs", "Best", "", is_chosen=True),
            Tab("#s-tabs", "Things", "4", is_chosen=False),
            Tab("#s-tabs", "Passages", "20", is_chosen=False),
        ),
        toasts=(
            Toast("Copied with its citations."),
            Toast("docs.example.org is gathered again every week.", Undo("Undo", "/styleguide")),
        ),
        cards=(_card("Random forest", spark([9, 7, 4, 4, 2, 1])), _card("Kernel", ())),
        passage=PassageView(
            where="docs.example.org/ensembles",
            href="#s-card",
            title="Ensemble methods",
            heading="Forests › Bagging",
            text=mark_terms(
                "A random forest averages many trees, each grown on a sample of the examples.", "random forest"
            ),
            live_href="#s-card",
        ),
        answers=(_answered(), _conflicting(), _abstained()),
        icons=tuple(sorted(path.stem for path in (Path(__file__).parent.parent / "static/icons").glob("*.svg"))),
    )


def _site() -> Tree:
    guide = Tree("guide", "/guide", {"kept": 40, "skipped": 8, "queued": 12})
    api = Tree("api", "/api", {"kept": 22, "skipped": 60}, (Tree("old", "/api/old", {"skipped": 48}),))
    blog = Tree("blog", "/blog", {"unchanged": 9, "deleted": 3})
    return Tree(
        "docs.example.org",
        "/",
        {"kept": 62, "skipped": 68, "queued": 12, "unchanged": 9, "deleted": 3},
        (guide, api, blog),
    )


def _card(name: str, points: tuple[Any, ...]) -> EntityCardView:
    return EntityCardView(
        href="#s-card",
        name=name,
        type_title="term",
        counts="27 mentions on 6 pages",
        relations=(Link("#s-card", "is a learning method"),) if points else (),
        quote=(Piece("A "), Piece(name.lower(), marked=True), Piece(" is described on several pages of the site.")),
        spark=points,
        spark_label="Mentions on its pages",
        evidence=Link("#s-card", "Ensemble methods"),
    )


def _citation(n: int, version: int) -> dict[str, Any]:
    where = {"url": f"https://docs.example.org/page-{n}", "title": f"Page {n}", "version": version}
    return {"n": n, "quote": "a quote", "start": 0, "end": 7, **where}


def _view(question: str, **changed: Any) -> AnswerView:
    answer = {
        "question": question,
        "answer": "",
        "abstained": False,
        "claims": [],
        "conflicts": [],
        "suggestions": [],
        "steps": [
            {"agent": "planner", "words": "planned 2 searches"},
            {"agent": "retriever", "words": "read 14 passages of 9 pages"},
        ],
        "took_ms": 212.0,
    }
    cited = {1: Cited(1, 1, _NOW_S - 86_400, is_current=True), 2: Cited(2, 2, _NOW_S - 864_000, is_current=False)}
    return answer_view(question, answer | changed, cited, now_s=_NOW_S)


def _answered() -> AnswerView:
    texts = {
        "supported": "The main types are supervised, unsupervised and reinforcement learning.",
        "partial": "Most methods in use are supervised.",
        "contradicted": "A forest always beats a single tree.",
        "unsupported": "This was found nowhere.",
    }
    claims = [
        {"text": text, "verdict": verdict, "citations": [_citation(n, n)] if n < 3 else []}
        for n, (verdict, text) in enumerate(texts.items(), start=1)
    ]
    row = QuestionRow("sg-up", "sg", "What are the main types?", None, _NOW_S)
    return with_acts(_view(row.text, claims=claims), row, None, now_s=_NOW_S)


def _conflicting() -> AnswerView:
    values = [
        {**_citation(1, 1), "quote": "It was founded in 1998.", "at": _NOW_S - 86_400},
        {**_citation(2, 2), "quote": "It was founded in 2001.", "at": _NOW_S - 864_000},
    ]
    claims = [{"text": "It was founded in 1998.", "verdict": "supported", "citations": [_citation(1, 1)]}]
    view = _view("When was it founded?", claims=claims, conflicts=[{"subject": "founded", "values": values}])
    row = QuestionRow("sg-down", "sg", "When was it founded?", None, _NOW_S, shared_at=_NOW_S - 3600)
    return with_acts(view, row, Thumb("sg", row.id, "down", None, "", _NOW_S), now_s=_NOW_S)


def _abstained() -> AnswerView:
    near = {"kind": "evidence", "text": "Prices are not part of this documentation.", **_citation(1, 1)}
    words = "Nothing that was gathered answers this. The nearest is below."
    return _view("What does it cost?", abstained=True, answer=words, suggestions=[near])

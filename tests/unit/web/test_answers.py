from typing import Any

from bowerbird.answer import Cited, versions_in
from bowerbird.web.answers import (
    AnswerView,
    CitationView,
    ClaimView,
    SourceView,
    StepView,
    answer_view,
)

NOW_S = 1_750_000_000.0


def citation(n: int, version: int, **fields: Any) -> dict[str, Any]:
    """A citation of version `version` under the number `n`."""
    values = {"n": n, "quote": "A quote.", "url": f"https://e.org/{version}", "title": f"Page {version}"}
    values |= {"version": version, "start": 10, "end": 18, "heading": "Above", "before": "What stands before."}
    return values | fields


def answer(**fields: Any) -> dict[str, Any]:
    """An answer's JSON."""
    values: dict[str, Any] = {"question": "What?", "answer": "A quote.", "abstained": False, "claims": []}
    return values | {"conflicts": [], "suggestions": [], "steps": [], "took_ms": 212.0} | fields


def claim(text: str, verdict: str, *citations: dict[str, Any]) -> dict[str, Any]:
    """A claim's JSON."""
    return {"text": text, "verdict": verdict, "citations": list(citations)}


def test_each_sentence_leads_to_its_span_of_the_stored_page() -> None:
    """A citation opens the page at the span, the panel gets a part of it, the source tells its date and state."""
    shown = answer_view(
        "What?",
        answer(
            claims=[claim("A quote.", "supported", citation(1, 5))],
            steps=[{"agent": "planner", "words": "planned a search"}],
        ),
        {5: Cited(version=5, page=3, fetched_at=NOW_S - 7200, is_current=False)},
        now_s=NOW_S,
    )
    href = "/knowledge/pages/3?version=5&start=10&end=18#cited"
    fragment = "/knowledge/pages/3?version=5&start=10&end=18&fragment=1"
    number = CitationView(1, "Page 5", "e.org/5", "A quote.", "What stands before.", "Above", href, fragment)
    assert shown == AnswerView(
        abstained=False,
        text="A quote.",
        steps_line="planned a search · 0.2 s",
        steps=(StepView("planner", "planned a search"),),
        claims=(ClaimView("A quote.", "supported", "", (number,)),),
        left_out=(),
        conflicts=(),
        nearest=(),
        sources=(SourceView((number,), "Page 5", "e.org/5", "2 h ago", is_stale=True),),
        notice="",
        written_by="",
        gather_href="/scraping/new?scraping-goal=What%3F",
        plain="What?\n\nA quote. [1]\n\n[1] Page 5, https://e.org/5",
    )


def test_what_is_not_supported_is_never_among_what_is_said() -> None:
    """Unsupported claims are left out, with their verdict in words; doubtful ones say so."""
    shown = answer_view(
        "What?",
        answer(claims=[claim("Some.", "partial", citation(1, 5))], left_out=[claim("No.", "unsupported")]),
        {},
        now_s=NOW_S,
    )
    assert [one.text for one in shown.claims] == ["Some."]
    assert [(one.text, one.verdict_words) for one in shown.left_out] == [("No.", "not supported")]
    assert shown.claims[0].verdict_words == "partly supported"
    assert "No." not in shown.plain


def test_a_version_that_is_gone_leads_to_the_live_page() -> None:
    """When the stored page may not be seen any more, the link goes to the site, and no panel is offered."""
    shown = answer_view("What?", answer(claims=[claim("A.", "supported", citation(1, 5))]), {}, now_s=NOW_S)
    number = CitationView(1, "Page 5", "e.org/5", "A quote.", "What stands before.", "Above", "https://e.org/5", "")
    assert shown.sources == (SourceView((number,), "Page 5", "e.org/5", "", is_stale=False),)


def test_a_page_is_listed_once_with_all_its_numbers() -> None:
    """Sources follow their first numbers."""
    second = citation(3, 5, start=30, end=40)
    claims = [claim("B.", "supported", citation(2, 6), citation(1, 5)), claim("A.", "supported", second)]
    shown = answer_view("What?", answer(claims=claims), {}, now_s=NOW_S)
    assert [[one.n for one in source.citations] for source in shown.sources] == [[1, 3], [2]]


def test_the_sides_of_a_conflict_are_dated() -> None:
    """Each side shows what it says, where, and of when that is."""
    values = [citation(1, 5, quote="In 1998.", at=NOW_S - 86_400), citation(2, 6, quote="In 2001.", at=NOW_S - 172_800)]
    told = answer(conflicts=[{"subject": "founded", "values": values}])
    shown = answer_view("When?", told, {}, now_s=NOW_S)
    (conflict,) = shown.conflicts
    assert [[one.n for one in source.citations] for source in shown.sources] == [[1], [2]]
    assert conflict.subject == "founded"
    assert [(side.text, side.dated, side.citation.n) for side in conflict.sides] == [
        ("In 1998.", "1 day ago", 1),
        ("In 2001.", "2 days ago", 2),
    ]


def test_who_abstains_shows_the_nearest_and_what_to_gather() -> None:
    """The evidence is cited like an answer, and the form is filled in with the goal."""
    near = {"kind": "evidence", "text": "Near.", **citation(1, 5)}
    crawl = {"kind": "crawl", "text": "Gather pages about prices.", "goal": "find prices", "url": None}
    shown = answer_view("What?", answer(abstained=True, suggestions=[near, crawl]), {}, now_s=NOW_S)
    assert [(one.text, [c.n for c in one.citations]) for one in shown.nearest] == [("Near.", [1])]
    assert [[c.n for c in source.citations] for source in shown.sources] == [[1]]
    assert shown.gather_href == "/scraping/new?scraping-goal=find+prices"


def test_all_cited_versions_are_asked_for() -> None:
    """Claims, conflicts and nearest evidence alike."""
    told = answer(
        claims=[claim("A.", "supported", citation(1, 5))],
        conflicts=[{"subject": "it", "values": [citation(2, 6, at=NOW_S)]}],
        suggestions=[{"kind": "evidence", "text": "Near.", **citation(3, 7)}],
    )
    assert versions_in(told) == {5, 6, 7}

"""
Stale flags: real pages, answers that cite them, then pages that are edited, moved about, reformatted or taken away.

What was decided about the rule was decided on the half of the pages that `--chosen` shows; the figures are of the
other.
"""

import argparse
import hashlib
import json
import lzma
import random
import re
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import sqlalchemy as sa

from bench.quality.corpora import TOPICS
from bench.report import data_dir, write
from bowerbird.acquire import CrawlRequest, request_crawl, store
from bowerbird.acquire.outcomes import Checked, Content, Effect, Found, Gone, Outcome, Row
from bowerbird.answer import begin_question, save_answer
from bowerbird.answer.sentences import is_readable
from bowerbird.kernel.clock import ManualClock
from bowerbird.kernel.nouns import Span
from bowerbird.knowledge import blocks
from bowerbird.knowledge.text import sentences_of
from bowerbird.reading import neardup
from bowerbird.records import Records, jobs, local_scope, open_records
from bowerbird.records.tables import pages, questions

PAGES_A_TOPIC = 120
SEED = 20261125
SITE = "https://example.org"
MAX_CHARACTERS = 60_000
_NUMBER = re.compile(r"\d+")


@dataclass
class Page:
    """A page, what answers cite of it, and what became of it."""

    path: str
    topic: str
    text: str
    cited: list[Span] = field(default_factory=list[Span])
    change: str = "unchanged"
    now: str | None = ""  # what it says then; None: it is gone
    hit: set[int] = field(default_factory=set[int])  # which of `cited` it no longer says
    version: int = 0


def load() -> list[Page]:
    """The pages, with the sentences that are going to be cited."""
    found: list[Page] = []
    for topic in TOPICS:
        with lzma.open(data_dir("evidence/wildgraphbench") / "dev" / f"{topic}.pages.jsonl.xz", "rt") as file:
            rows = [json.loads(line) for line in file]
        fit = [row for row in rows if 600 <= len(row["text"]) <= MAX_CHARACTERS]
        found += [Page(f"/{topic}/{row['_id']}", topic, row["text"]) for row in fit[:PAGES_A_TOPIC]]
    for page in found:
        chance = random.Random(f"{SEED}{page.path}")
        page.cited = cited_in(page.text, chance)
    return [page for page in found if page.cited]


def cited_in(text: str, chance: random.Random) -> list[Span]:
    """Two sentences that read as such, which is what the writer chooses, and any other: short ones, rows, furniture."""
    spans = quotable(text)
    fit = [span for span in spans if is_readable(span.of(text))]
    chosen = chance.sample(fit, min(2, len(fit)))
    others = [span for span in spans if span not in fit]
    return sorted(chosen + chance.sample(others, min(1, len(others))), key=lambda span: span.start)


def quotable(text: str) -> list[Span]:
    """Sentences, items and rows with at least two words that stand in the page once: one knows what an edit does."""
    spans = [
        span
        for block in blocks(text)
        if block.kind not in ("heading", "code")
        for span in sentences_of(text, block)
        if len(span.of(text).split()) >= 2 and any(mark.isalpha() for mark in span.of(text))
    ]
    times = Counter(plain(span.of(text)) for span in spans)
    return [span for span in spans if times[plain(span.of(text))] == 1]


def plain(text: str) -> str:
    return re.sub(r"\W+", " ", text).strip().casefold()


def replaced(text: str, span: Span, said: str) -> str:
    return text[: span.start] + said + text[span.end :]


def turned(said: str, chance: random.Random) -> str:
    """The sentence with another number, or with another word where it has none."""
    numbers = list(_NUMBER.finditer(said))
    if numbers and chance.random() < 0.7:
        number = chance.choice(numbers)
        return said[: number.start()] + str(int(number[0][:9]) + chance.randint(1, 9)) + said[number.end() :]
    words = [*re.finditer(r"[A-Za-z]{4,}", said)] or [*re.finditer(r"\w+", said)]
    word = chance.choice(words)
    return said[: word.start()] + chance.choice(("bower", "quartz", "never", "twelve")) + said[word.end() :]


def fact_edited(page: Page, chance: random.Random) -> None:
    number = chance.randrange(len(page.cited))
    span = page.cited[number]
    page.now, page.hit = replaced(page.text, span, turned(span.of(page.text), chance)), {number}


def fact_removed(page: Page, chance: random.Random) -> None:
    number = chance.randrange(len(page.cited))
    page.now, page.hit = replaced(page.text, page.cited[number], ""), {number}


def others_edited(page: Page, chance: random.Random) -> None:
    """Three sentences that nobody cites."""
    cited = set(page.cited)
    free = [span for span in quotable(page.text) if span not in cited]
    text = page.text
    for span in sorted(chance.sample(free, min(3, len(free))), key=lambda span: -span.start):
        text = replaced(text, span, turned(span.of(page.text), chance))
    page.now = text


def sentences_added(page: Page, chance: random.Random) -> None:
    text = page.text
    paragraphs = [block for block in blocks(text) if block.kind == "prose"]
    for block in sorted(chance.sample(paragraphs, min(3, len(paragraphs))), key=lambda block: -block.start):
        at = block.start
        text = f"{text[:at]}A bower was built here in {chance.randint(1900, 2020)}.\n\n{text[at:]}"
    page.now = text


def reordered(page: Page, chance: random.Random) -> None:
    """Sections in another order; with few of them, the paragraphs of each."""
    first, *rest = re.split(r"(?m)^(?=#{1,6} )", page.text)
    if len(rest) > 2:
        chance.shuffle(rest)
        page.now = "".join([first, *rest])
    else:
        page.now = "".join(shuffled(section, chance) for section in (first, *rest))


def shuffled(section: str, chance: random.Random) -> str:
    """The section with its paragraphs in another order below its heading."""
    heading, *rest = [f"{part}\n\n" for part in re.split(r"\n\s*\n", section)]
    if not heading.startswith("#"):
        heading, rest = "", [heading, *rest]
    chance.shuffle(rest)
    return "".join([heading, *rest])


def reformatted(page: Page, chance: random.Random) -> None:
    """Emphasis put on words, double blanks, prose wrapped at another width."""
    text = page.text
    for block in sorted(blocks(page.text), key=lambda block: -block.start):
        said = text[block.start : block.end]
        if block.kind == "prose":
            words = said.split()
            number = chance.randrange(len(words))
            if words[number].isalpha():
                words[number] = chance.choice(("**{}**", "*{}*", "`{}`")).format(words[number])
            lines: list[str] = [""]
            for word in words:
                if len(lines[-1]) > 70:
                    lines.append("")
                lines[-1] += (chance.choice((" ", "  ")) if lines[-1] else "") + word
            text = text[: block.start] + "\n".join(lines) + text[block.end :]
    page.now = text


def deleted(page: Page, _chance: random.Random) -> None:
    page.now, page.hit = None, set(range(len(page.cited)))


CHANGES: dict[str, Callable[[Page, random.Random], None]] = {
    "a cited fact edited": fact_edited,
    "a cited sentence removed": fact_removed,
    "other sentences edited": others_edited,
    "sentences added": sentences_added,
    "reordered": reordered,
    "reformatted": reformatted,
    "page gone": deleted,
}
WEIGHTS = (3, 1, 3, 2, 2, 2, 1)


def is_reported(path: str) -> bool:
    return hashlib.sha1(path.encode()).digest()[0] & 1 == 1


class Site:
    """The pages in the records, and the crawls that read them."""

    def __init__(self, records: Records) -> None:
        self.records = records
        self.clock = ManualClock()
        self.scope = records.write(lambda conn: local_scope(conn, self.clock))
        self.source = self.job = ""
        self.epoch = 0

    def crawl(self, found: Sequence[tuple[str, Effect]]) -> float:
        """Decide what became of the pages, as a crawl does, 32 in a transaction; the seconds that it took."""
        self.clock.advance(1000)

        def begin(conn: sa.Connection) -> list[Row]:
            if self.job:
                jobs.finish(conn, self.job, self.epoch, status="completed", clock=self.clock)
            wanted = CrawlRequest(SITE, "all of it", 10_000, 5, all=True, allow_private=False)
            self.source, self.job = request_crawl(conn, wanted, self.scope, self.clock)
            lease = jobs.claim(conn, owner="bench", lease_s=9e6, clock=self.clock, kinds=("crawl",), job=self.job)
            assert lease is not None
            self.epoch = lease.epoch
            store.begin(conn, self.job, self.epoch, source=self.source, clock=self.clock)
            waiting = {row.url for row in store.queued(conn, self.job)}
            new = [Found(SITE + path, "", 1) for path, _ in found if SITE + path not in waiting]
            store.add(conn, self.job, self.epoch, new, clock=self.clock)
            return store.queued(conn, self.job)

        rows = {row.url: row for row in self.records.write(begin)}
        outcomes = [Outcome(rows[SITE + path], fetched=True, effect=effect) for path, effect in found]
        begun = time.perf_counter()
        for first in range(0, len(outcomes), 32):
            decide = partial(
                store.decide,
                job=self.job,
                epoch=self.epoch,
                outcomes=outcomes[first : first + 32],
                source=self.source,
                clock=self.clock,
            )
            self.records.write(decide)
        return time.perf_counter() - begun

    def answer(self, cited: Sequence[tuple[Page, int]]) -> str:
        """The id of an answer that rests on those spans."""

        def keep(conn: sa.Connection) -> str:
            row = begin_question(conn, self.scope, "What is so?", conversation=None, clock=self.clock)
            spans = [
                {"n": n, "version": page.version, "start": page.cited[at].start, "end": page.cited[at].end}
                for n, (page, at) in enumerate(cited, start=1)
            ]
            save_answer(conn, row.id, {"claims": [{"citations": spans}]}, clock=self.clock)
            return row.id

        return self.records.write(keep)


def content(text: str) -> Content:
    sign = neardup.signature(text)
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Content("", text, digest, "html", "en", {}, None, None, sign.to_bytes(), neardup.bands(sign), (), None, None, digest, 0.5)  # fmt: skip # noqa: E501


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chosen", action="store_true", help="the half that the rule was chosen on; writes nothing")
    chosen = parser.parse_args().chosen
    chance = random.Random(SEED)
    every = load()
    with tempfile.TemporaryDirectory() as folder:
        site = Site(open_records(f"sqlite:///{Path(folder) / 'bowerbird.db'}"))
        site.crawl([(page.path, content(page.text)) for page in every])
        kept = site.records.read(
            lambda conn: {row.url: row.version for row in conn.execute(sa.select(pages).where(pages.c.state == "live"))}
        )
        every = [page for page in every if SITE + page.path in kept]
        for page in every:
            page.version = kept[SITE + page.path]
        answers = asked(site, every, chance)
        same_s = site.crawl([(page.path, Checked(None, None)) for page in every])
        for page in every:
            page.change = chance.choices(list(CHANGES), WEIGHTS)[0]
            CHANGES[page.change](page, random.Random(f"{SEED}{page.path}"))
        found: list[tuple[str, Effect]] = [
            (page.path, Gone() if page.now is None else content(page.now)) for page in every
        ]
        changed_s = site.crawl(found)
        flagged = site.records.read(
            lambda conn: set(conn.execute(sa.select(questions.c.id).where(questions.c.stale_at.is_not(None))).scalars())
        )
        site.records.close()
        report(every, answers, flagged, same_s, changed_s, chosen=chosen)


def asked(site: Site, every: Sequence[Page], chance: random.Random) -> dict[str, list[tuple[Page, int]]]:
    """Each cited sentence in one answer of its own, and in one with two others of the same half."""
    answers: dict[str, list[tuple[Page, int]]] = {}
    for half in (True, False):
        spans = [(page, n) for page in every for n in range(len(page.cited)) if is_reported(page.path) is half]
        chance.shuffle(spans)
        groups = [*([one] for one in spans), *(spans[first : first + 3] for first in range(0, len(spans), 3))]
        answers |= {site.answer(group): group for group in groups}
    return answers


def report(
    every: Sequence[Page],
    answers: dict[str, list[tuple[Page, int]]],
    flagged: set[str],
    same_s: float,
    changed_s: float,
    *,
    chosen: bool,
) -> None:
    half = {key: spans for key, spans in answers.items() if is_reported(spans[0][0].path) is not chosen}
    hit = {key for key, spans in half.items() if any(at in page.hit for page, at in spans)}
    missed, false = hit - flagged, (flagged & half.keys()) - hit
    kinds: dict[str, list[int]] = {name: [0, 0] for name in CHANGES}
    for key, spans in half.items():
        if len(spans) == 1:
            kinds[spans[0][0].change][0] += 1
            kinds[spans[0][0].change][1] += (key in missed) + (key in false)
    if chosen:
        for key in sorted(missed | false):
            for page, at in answers[key]:
                was = page.cited[at].of(page.text)
                print("MISSED" if key in missed else "FALSE", page.change, at in page.hit, repr(was[:160]))
    readable = {
        key for key, spans in half.items() if all(is_readable(page.cited[at].of(page.text)) for page, at in spans)
    }
    figures = {
        "pages": len(every),
        "answers": len(half),
        "affected": len(hit),
        "affected_flagged": round(1 - len(missed) / len(hit), 4),
        "not_affected": len(half) - len(hit),
        "falsely_flagged": round(len(false) / (len(half) - len(hit)), 4),
        "not_affected_of_readable_sentences": len(readable - hit),
        "falsely_flagged_of_readable_sentences": round(len(false & readable) / len(readable - hit), 4),
        "wrong_by_change": {name: f"{wrong} of {count}" for name, (count, wrong) in kinds.items()},
        "pages_changed_per_s": round(len(every) / changed_s, 1),
        "pages_unchanged_per_s": round(len(every) / same_s, 1),
        "ms_a_changed_page": round(1000 * changed_s / len(every), 2),
    }
    if chosen:
        print(json.dumps(figures, indent=2))
        return
    write(
        "stale",
        figures,
        headline={
            "answers whose cited words an edit changed: flagged in the same transaction (≥ 0.98)": figures[
                "affected_flagged"
            ],
            "other answers flagged (≤ 0.02)": figures["falsely_flagged"],
        },
    )


if __name__ == "__main__":
    main()

"""What a person follows: what is new of it is among the candidates, with the reason, until they stop."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bowerbird.feed import local_feeds
from bowerbird.feed.agents import default_agents
from bowerbird.feed.candidates import gather
from bowerbird.feed.catalogue import DAY_S
from bowerbird.feed.followed import EACH, MOST, NEW_S, Followed, New, News, TopicNews, read_followed
from bowerbird.feed.follows import (
    MAX_THINGS,
    FollowedThing,
    ThingKind,
    called_follows,
    follow_thing,
    followed_now,
    list_things,
    resume_thing,
    stop_thing,
)
from bowerbird.feed.people import export, forget
from bowerbird.feed.profile import Profile, read_profile
from bowerbird.feed.view import taste_of
from bowerbird.kernel.errors import InputWrong, ModelUnavailable, NotFound, Refused
from bowerbird.kernel.nouns import Scope
from bowerbird.knowledge.index.nearest import Mask
from bowerbird.records import choices_of
from bowerbird.records.tables import citations, entities, follows, items, mentions, questions, sources, versions
from bowerbird.testing.builders import Library

from .shelves import change, did, half, loaded, put, unit_vectors
from .test_ranker import Made

TOPIC = unit_vectors(1, seed=42)[0]


def begin(library: Library, kind: ThingKind, of: object, *, by: Scope | None = None) -> FollowedThing:
    """The person follows it."""
    scope = by or library.scope
    return library.records.write(lambda conn: follow_thing(conn, scope, kind, str(of), clock=library.clock))


def stop(library: Library, follow: str) -> None:
    library.records.write(lambda conn: stop_thing(conn, library.scope, follow, clock=library.clock))


def known(library: Library) -> Followed:
    now_s = library.clock.now_s()
    return library.records.read(lambda conn: read_followed(conn, library.scope, now_s=now_s))


def new_rows(library: Library, *, open_: Mask | None = None) -> dict[int, str]:
    """Items that are new of what the person follows, and the follow of each."""
    catalogue, now_s = loaded(library), library.clock.now_s()
    followed = known(library)
    topics = TopicNews(lambda _: TOPIC, library.clock)
    found = [(topics.rows(topic, catalogue), follow) for topic, follow in followed.topics]
    news = News(followed, catalogue, found, now_s=now_s)
    rows = news.among(catalogue.visible(catalogue.source_ids) if open_ is None else open_)
    return {int(catalogue.ids[row]): news.follow_of(row) for row in rows.tolist()}


def entity(library: Library, name: str = "Glass frogs", *, merged_into: int | None = None) -> int:
    """A thing that pages may speak of."""
    values = {
        "workspace": library.scope.workspace, "key": name.casefold(), "name": name, "type": "name", "read_name": name,
        "read_type": "name", "aliases": [], "created_at": library.clock.now_s(), "merged_into": merged_into,
    }  # fmt: skip
    made = library.records.write(lambda conn: conn.execute(sa.insert(entities).values(values)).inserted_primary_key)
    assert made is not None
    return int(made[0])


def names(library: Library, item: int, thing: int) -> None:
    """Let the item's page speak of it."""

    def work(conn: sa.Connection) -> None:
        row = conn.execute(sa.select(items).where(items.c.id == item)).one()
        conn.execute(sa.text("UPDATE pages SET version = :version WHERE id = :page"), dict(row._mapping))
        values = {"entity": thing, "named": thing, "version": row.version, "page": row.page, "source": row.source}
        values |= {"start": 0, "end": 1, "sentence_start": 0, "sentence_end": 1}
        conn.execute(sa.insert(mentions).values(values))

    library.records.write(work)


def question(library: Library, *cited: int) -> str:
    """A standing question whose answer cites the pages of these items; its follow."""
    name = f"q{library.clock.now_s():.0f}"

    def work(conn: sa.Connection) -> str:
        asked = {"id": name, "workspace": library.scope.workspace, "person": library.scope.person,
                 "conversation": name, "text": "How do they glow?", "answer": {}, "asked_at": 1.0}  # fmt: skip
        conn.execute(sa.insert(questions).values(asked))
        for number, item in enumerate(cited, 1):
            row = conn.execute(sa.select(items).where(items.c.id == item)).one()
            conn.execute(
                sa.insert(citations).values(question=name, n=number, version=row.version, page=row.page, start=0, end=1)
            )
        values = {"id": f"f{name}", "workspace": library.scope.workspace, "person": library.scope.person,
                  "kind": "standing", "question": name, "created_at": library.clock.now_s(),
                  "checked_at": 0.0}  # fmt: skip
        conn.execute(sa.insert(follows).values(values))
        return f"f{name}"

    return library.records.write(work)


def came(library: Library, item: int, at: float) -> None:
    """Let the text of the item's page be of then."""
    version = sa.select(items.c.version).where(items.c.id == item).scalar_subquery()
    library.records.write(
        lambda conn: conn.execute(sa.update(versions).where(versions.c.id == version).values(fetched_at=at))
    )


# -- following ------------------------------------------------------------------------------------------------------


def test_each_is_followed_once_and_named(library: Library) -> None:
    """A thing, a source by its id or address, a topic; again it is the same; the newest first."""
    source = library.source()
    (item,) = put(library, source, unit_vectors(1))
    frogs = entity(library)
    names(library, item, frogs)
    made = [begin(library, "entity", frogs), begin(library, "source", source), begin(library, "topic", " film  noir ")]
    assert [one.name for one in made] == ["Glass frogs", "https://docs.example.org/", "film noir"]
    assert [one.of for one in made] == [str(frogs), source, "film noir"]
    again = [begin(library, "entity", frogs), begin(library, "source", "https://docs.example.org/")]
    assert [one.id for one in again] == [one.id for one in made[:2]]
    listed = library.records.read(lambda conn: list_things(conn, library.scope))
    assert sorted(one.id for one in listed) == sorted(one.id for one in made)
    assert library.records.read(lambda conn: followed_now(conn, library.scope, "source")) == {source: made[1].id}


def test_a_stop_is_taken_back(library: Library) -> None:
    """What was stopped is listed as ended; another follow of the same is another one."""
    follow = begin(library, "topic", "frogs").id
    stop(library, follow)
    stop(library, follow)
    assert known(library) == Followed()
    assert library.records.read(lambda conn: list_things(conn, library.scope))[0].ended_at is not None
    library.records.write(lambda conn: resume_thing(conn, library.scope, follow))
    assert known(library).topics == (("frogs", follow),)
    with pytest.raises(NotFound):
        stop(library, "01k")


def test_what_one_may_not_see_cannot_be_followed(library: Library) -> None:
    """Neither somebody else's source nor a thing that only it speaks of; nobody learns that they are there."""
    bea = Scope(library.scope.workspace, library.person("bea"))
    source = library.source("https://bea.example.org/", person=bea.person)
    (item,) = put(library, source, unit_vectors(1))
    frogs = entity(library)
    names(library, item, frogs)
    for kind, of in (("source", source), ("source", "https://bea.example.org/"), ("entity", frogs), ("entity", 10**30),
                     ("entity", "x"), ("source", "")):  # fmt: skip
        with pytest.raises(NotFound):
            begin(library, kind, of)  # type: ignore[arg-type]
    assert begin(library, "entity", frogs, by=bea).name == "Glass frogs"
    with pytest.raises(NotFound):  # another's follow is nobody's here
        stop(library, begin(library, "source", source, by=bea).id)


@pytest.mark.parametrize("topic", ["", "   ", "x" * 81, "a\x07b"])
def test_a_topic_that_is_none_is_refused(library: Library, topic: str) -> None:
    """With what was expected."""
    with pytest.raises(InputWrong, match="expected 1 to 80 printable"):
        begin(library, "topic", topic)


def test_there_is_an_end_to_it(library: Library) -> None:
    """A hundred things; and who sees only some sources follows nothing."""
    for number in range(MAX_THINGS):
        begin(library, "topic", f"topic {number}")
    begin(library, "topic", "topic 1")
    with pytest.raises(InputWrong, match="stop one first"):
        begin(library, "topic", "one more")
    with pytest.raises(Refused):
        begin(library, "topic", "frogs", by=Scope(library.scope.workspace, library.scope.person, ("a",)))


def test_what_is_closed_since_is_not_named(library: Library) -> None:
    """Neither in the list nor as a reason; it can still be stopped."""
    source = library.source()
    (item,) = put(library, source, unit_vectors(1))
    frogs = entity(library)
    names(library, item, frogs)
    follow = [begin(library, "entity", frogs).id, begin(library, "source", source).id]
    assert len(library.records.read(lambda conn: called_follows(conn, library.scope, follow))) == 2
    other = library.person("bea")
    library.records.write(lambda conn: conn.execute(sa.update(sources).values(private_to=other)))
    listed = library.records.read(lambda conn: list_things(conn, library.scope))
    assert {(one.name, one.of) for one in listed} == {("", "")}
    assert library.records.read(lambda conn: called_follows(conn, library.scope, follow)) == {}
    for one in follow:
        stop(library, one)


def test_every_process_hears_of_it(library: Library) -> None:
    """Following, stopping and following again mark what the person chose, when it is committed."""
    stamps, key = library.records.stamps, choices_of(library.scope.person)
    seen = [stamps.look(key)]
    follow = begin(library, "topic", "frogs").id
    seen.append(stamps.look(key))
    stop(library, follow)
    seen.append(stamps.look(key))
    library.records.write(lambda conn: resume_thing(conn, library.scope, follow))
    seen.append(stamps.look(key))
    assert len(set(seen)) == 4


def test_it_is_taken_along_and_forgotten(library: Library) -> None:
    """With what else the feed has of a person; the questions that they follow are not the feed's."""
    begin(library, "topic", "frogs")
    question(library)
    told = library.records.read(lambda conn: export(conn, library.scope))
    assert [one["name"] for one in told["follows"]] == ["frogs"]
    library.records.write(lambda conn: forget(conn, library.scope))
    left = library.records.read(lambda conn: conn.execute(sa.select(follows.c.kind)).scalars().all())
    assert left == ["standing"]


# -- what is new ----------------------------------------------------------------------------------------------------


def test_what_a_source_brings_is_new_for_two_weeks(library: Library) -> None:
    """Only of the source that is followed, the newest first."""
    ours, other = library.source(), library.source("https://other.example.org/")
    now_s = library.clock.now_s()
    ages = [0.0, 3 * DAY_S, NEW_S - 60, NEW_S + 60]
    made = put(library, ours, unit_vectors(4), added_at=[now_s - age for age in ages])
    put(library, other, unit_vectors(3, seed=1))
    follow = begin(library, "source", ours).id
    assert list(new_rows(library).items()) == [(item, follow) for item in made[:3]]


def test_what_names_an_entity_is_new_while_its_text_is(library: Library) -> None:
    """Also by what it was merged into; a version that names it no more does not."""
    made = put(library, library.source(), unit_vectors(5))
    frogs = entity(library)
    merged = entity(library, "Centrolenidae", merged_into=frogs)
    for item in made[:4]:
        names(library, item, frogs)
    came(library, made[1], library.clock.now_s() - NEW_S - 60)
    change(library, made[2], gone_at=library.clock.now_s())
    library.records.write(
        lambda conn: conn.execute(
            sa.update(items).where(items.c.id == made[3]).values(
                version=sa.select(items.c.version).where(items.c.id == made[4]).scalar_subquery()
            )
        )
    )  # fmt: skip
    follow = begin(library, "entity", frogs).id
    assert new_rows(library) == {made[0]: follow}
    stop(library, follow)
    library.records.write(
        lambda conn: conn.execute(sa.update(follows).values(entity=merged, ended_at=None))  # it was followed before
    )
    assert new_rows(library) == {made[0]: follow}


def test_what_is_named_everywhere_leaves_room_for_what_is_rare(library: Library) -> None:
    """However many newer pages name another thing that is followed."""
    rare, *many = put(library, library.source(), unit_vectors(140))
    seldom, everywhere = entity(library, "Glass frogs"), entity(library, "Frogs")
    names(library, rare, seldom)
    for item in many:
        names(library, item, everywhere)
    follow = begin(library, "entity", seldom).id
    begin(library, "entity", everywhere)
    assert new_rows(library)[rare] == follow


def test_what_is_near_to_a_topic_is_new(library: Library) -> None:
    """Not what is about something else, has no vector, or is old."""
    near = unit_vectors(3, like=TOPIC, noise=0.5)
    now_s = library.clock.now_s()
    made = put(library, library.source(), [*near, *unit_vectors(3, seed=3), None],
               added_at=[now_s, now_s - DAY_S, now_s - NEW_S - 60, now_s, now_s, now_s, now_s])  # fmt: skip
    follow = begin(library, "topic", "glass frogs").id
    assert list(new_rows(library).items()) == [(made[0], follow), (made[1], follow)]


def test_what_a_standing_questions_answer_cites_is_news_if_it_came_since(library: Library) -> None:
    """What was cited when it was asked is none."""
    old, new = put(library, library.source(), unit_vectors(2))
    library.clock.advance(60)
    follow = question(library, old, new)
    library.clock.advance(60)
    came(library, new, library.clock.now_s())
    assert new_rows(library) == {new: follow}


def test_a_source_is_found_behind_a_flood_of_others(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    """More has come since than the list of the newest holds."""
    monkeypatch.setattr("bowerbird.feed.catalogue._LISTED", 10)
    ours = library.source()
    now_s = library.clock.now_s()
    made = put(library, ours, unit_vectors(3), added_at=[now_s - 60, now_s - 120, now_s - NEW_S - 1])
    put(library, library.source("https://flood.example.org/"), unit_vectors(50, seed=2))
    begin(library, "source", ours)
    assert list(new_rows(library)) == made[:2]


def test_one_follow_leaves_room_for_the_others(library: Library) -> None:
    """Some of each, and not more than are weighed in all."""
    many = [library.source(f"https://s{number}.example.org/") for number in range(6)]
    for number, source in enumerate(many):
        put(library, source, unit_vectors(EACH + 5, seed=number))
    begin(library, "source", many[0])
    assert len(new_rows(library)) == EACH
    for source in many[1:]:
        begin(library, "source", source)
    found = new_rows(library)
    assert len(found) == MOST


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seen=st.lists(st.booleans(), min_size=30, max_size=30),
    news=st.lists(st.tuples(st.integers(0, 40), st.floats(0, 2e6), st.sampled_from(["a", "b"])), max_size=30),
    followed=st.sets(st.integers(0, 3)),
)
def test_only_what_is_open_is_new(
    library: Library, seen: list[bool], news: list[tuple[int, float, str]], followed: set[int]
) -> None:
    """Each item once, the newest first, of what may be shown and of nothing else, whatever is followed."""
    if not library.records.read(lambda conn: conn.execute(sa.select(sa.func.count()).select_from(items)).scalar()):
        for number in range(3):
            put(library, library.source(f"https://s{number}.example.org/"), unit_vectors(10, seed=number))
    catalogue, now_s = loaded(library), library.clock.now_s()
    what = Followed(
        items=tuple(New(item, now_s - ago, follow) for item, ago, follow in news),
        sources={
            source: f"s{code}" for code, source in enumerate([*catalogue.source_ids, "nowhere"]) if code in followed
        },
    )
    open_ = np.array(seen)
    found = News(what, catalogue, (), now_s=now_s)
    rows = found.among(open_)
    assert open_[rows].all()
    assert len(set(rows.tolist())) == len(rows) <= MOST
    assert all(found.follow_of(row) for row in rows.tolist())
    fresh = found.freshness(rows)
    assert ((fresh > 0) & (fresh <= 1)).all()
    assert fresh.tolist() == sorted(fresh.tolist(), reverse=True)


# -- in the feed ----------------------------------------------------------------------------------------------------


def gathered(library: Library, profile: Profile) -> list[int]:
    catalogue = loaded(library)
    news = News(profile.followed, catalogue, (), now_s=library.clock.now_s())
    visible = catalogue.visible(catalogue.source_ids)
    taste = taste_of(profile, catalogue, ())
    rows = gather(profile, taste, catalogue, visible, seed=1, wanted=20, followed=news.among)
    return [int(catalogue.ids[row]) for row in rows]


def profile_of(library: Library) -> Profile:
    return library.records.read(lambda conn: read_profile(conn, library.scope, clock=library.clock))


def test_it_is_weighed_unless_it_was_seen_or_hidden(library: Library) -> None:
    """Before all else that is weighed; of a muted source nothing is."""
    now_s = library.clock.now_s()
    put(library, library.source(), unit_vectors(300))
    ours = library.source("https://ours.example.org/")
    made = put(library, ours, unit_vectors(4, seed=9), added_at=[now_s - DAY_S - number for number in range(4)])
    begin(library, "source", ours)
    did(library, made[1], "opened")
    did(library, made[2], "hidden")
    found = gathered(library, profile_of(library))
    assert found[:2] == [made[0], made[3]]
    assert made[2] not in found


def test_the_slate_holds_it_and_says_so(library: Library) -> None:
    """A few new items of a followed source among five hundred better ones: always one of them is in twenty places."""
    now_s = library.clock.now_s()
    put(library, library.source(), unit_vectors(500), added_at=[now_s - DAY_S] * 500, quality=[0.9] * 500)
    ours = library.source("https://ours.example.org/")
    made = put(library, ours, unit_vectors(4, seed=9), added_at=[now_s - DAY_S] * 4, quality=[0.4] * 4)
    one = Made(library, default_agents())
    try:
        held = [_held(one, made, seed) for seed in range(12)]
        begin(library, "source", ours)
        one.profile = profile_of(library)
        holds = [_held(one, made, seed) for seed in range(12)]
        follow = next(iter(one.profile.followed.sources.values()))
        entries = {entry.item: entry.follow for entry in one.slate(length=20, seed=1).entries}
    finally:
        one.panel.close()
    assert sum(map(bool, held)) <= 6
    assert sum(map(bool, holds)) >= 11
    assert {follow if item in made else "" for item in entries} >= set(entries.values())
    assert follow in entries.values()


def _held(one: Made, made: Sequence[int], seed: int) -> set[int]:
    return {entry.item for entry in one.slate(length=20, seed=seed).entries} & set(made)


async def test_stopping_drops_it_from_the_next_feed(library: Library) -> None:
    """And following has it in the next one; the slate can be made again from its log."""
    now_s = library.clock.now_s()
    put(library, library.source(), unit_vectors(300))
    ours = library.source("https://ours.example.org/")
    made = set(put(library, ours, unit_vectors(3, seed=9), added_at=[now_s - 3 * DAY_S - 1] * 3))
    feeds = local_feeds(library.records, lambda _: TOPIC, library.clock)
    try:

        async def reasons() -> set[str]:
            slate = (await feeds.slate(library.scope, length=50)).slate
            assert (await feeds.replay(library.scope, slate.id)).is_same
            return {entry.follow for entry in slate.entries if entry.item in made}

        assert await reasons() <= {""}
        follow = begin(library, "source", ours).id
        assert await reasons() == {follow}
        stop(library, follow)
        assert await reasons() <= {""}
    finally:
        await feeds.close()


async def test_nothing_that_they_may_not_see_comes_by_following(library: Library) -> None:
    """A source that is closed after it was followed; a page of another's that names a followed thing."""
    bea = library.person("bea")
    ours, theirs = library.source(), library.source("https://bea.example.org/", person=bea)
    mine, hidden = put(library, ours, unit_vectors(1))[0], put(library, theirs, unit_vectors(1, seed=1))[0]
    frogs = entity(library)
    names(library, mine, frogs)
    names(library, hidden, frogs)
    begin(library, "entity", frogs)
    feeds = local_feeds(library.records, lambda _: TOPIC, library.clock)
    try:
        slate = (await feeds.slate(library.scope, length=9)).slate
        assert {entry.item for entry in slate.entries} == {mine}
    finally:
        await feeds.close()


def test_without_the_model_topics_bring_nothing(library: Library) -> None:
    """A feed does not wait for what only makes it better; all else that is followed is there."""
    ours = library.source()
    made = put(library, ours, unit_vectors(3))
    begin(library, "topic", "frogs")
    begin(library, "source", ours)

    def fails(_: str) -> Any:
        raise ModelUnavailable("no model")

    one = Made(library, default_agents(), embed=fails)
    one.profile = profile_of(library)
    try:
        slate = one.slate(length=5)
    finally:
        one.panel.close()
    assert {entry.item for entry in slate.entries if entry.follow} == set(made)


def test_vectors_of_a_topic_are_compared_once_a_minute(library: Library) -> None:
    """Whoever follows it; what came since is there after that."""
    source = library.source()
    put(library, source, [half(TOPIC)])
    catalogue = loaded(library)
    asked: list[str] = []

    def embed(topic: str) -> Any:
        asked.append(topic)
        return TOPIC

    topics = TopicNews(embed, library.clock)
    assert len(topics.rows("frogs", catalogue)) == len(topics.rows("frogs", catalogue)) == 1
    put(library, source, [half(TOPIC)])
    library.records.read(catalogue.catch_up)
    assert len(topics.rows("frogs", catalogue)) == 1
    library.clock.advance(61)
    assert len(topics.rows("frogs", catalogue)) == 2
    assert asked == ["frogs", "frogs"]

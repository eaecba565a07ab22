"""
The records: what is true. Everything else (index, caches, counts) can be rebuilt from these tables.

    workspaces ─┬─ persons
                └─ sources ─┬─ jobs ── job_urls (the frontier and the coverage report)
                            └─ pages ── versions ── passages ── index_log
                                                └── mentions ── entities ─┬─ relations (what pages state of them)
                                                                          ├─ entity_aliases (by the source that says it)
                                                                          ├─ entity_decisions (what people decided)
                                                                          ├─ entity_links (what was found to be one)
                                                                          ├─ entity_senses (which pages mean another)
                                                                          └─ entity_blocks (what may be one)
    questions ─┬─ citations (the spans an answer rests on; flagged when they change)
               └─ follows (asked again when what was gathered changes)
    messages (between agents)     exam_questions ── exams (what each index scored)
    embeddings (by model and text, so that nothing is embedded twice)     model_replies, model_usage (by day)

    accounts ─┬─ members (a role in a workspace, and the person they are there)
              └─ sessions, devices
    keys ── key_secrets     links (invitations, sign-in links)     failures (of signing in)     audit
    goal_tables (what is collected from the pages, by fields) ── goal_rows ── goal_cells (each with its span)
    notices (what a person should know)     feedback (what a person told us)

    items (what a feed can show; made from pages) ── events (what people did; append-only) ── agent_tallies (counted)
    persons ─┬─ slates (each feed page as it was made, to be replayed)
             ├─ feed_people (what they chose for their feed)
             ├─ boards ── board_items (where they put what they saved)
             └─ news_put_aside (what they were told and have done with)

    experiments ─┬─ experiment_phases ── exposures (who got which variant, once) ── experiment_units (what they did)
                 ├─ experiment_layers (experiments of one have nobody in common)
                 └─ experiment_log (who did what to it), learnings

Of sessions, devices, keys and links only the SHA-256 of the secret is stored: who reads the records cannot sign in.

Times are seconds since 1970 in UTC (`_at`). Portable SQL only: the few differences live in `engine.py`.
"""

import sqlalchemy as sa

__all__ = [
    "accounts",
    "agent_tallies",
    "audit",
    "board_items",
    "boards",
    "citations",
    "devices",
    "embeddings",
    "entities",
    "entity_aliases",
    "entity_blocks",
    "entity_decisions",
    "entity_links",
    "entity_senses",
    "events",
    "exam_questions",
    "exams",
    "experiment_counts",
    "experiment_hours",
    "experiment_layers",
    "experiment_log",
    "experiment_looks",
    "experiment_phases",
    "experiment_totals",
    "experiment_units",
    "experiments",
    "exposures",
    "failures",
    "feed_people",
    "feedback",
    "follows",
    "goal_cells",
    "goal_rows",
    "goal_tables",
    "index_log",
    "items",
    "job_urls",
    "jobs",
    "key_secrets",
    "keys",
    "learnings",
    "links",
    "members",
    "mentions",
    "messages",
    "metadata",
    "model_replies",
    "model_usage",
    "news_put_aside",
    "notices",
    "page_bands",
    "pages",
    "passages",
    "persons",
    "questions",
    "relations",
    "sessions",
    "slates",
    "sources",
    "versions",
    "workspaces",
]

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite counts up only INTEGER keys, PostgreSQL needs the room of a BIGINT.
RowId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Id = sa.String(26)
Moment: sa.Double[float] = sa.Double()
Secret = sa.String(64)  # the SHA-256 of a secret, in hex


def _row_id() -> "sa.Column[int]":
    return sa.Column("id", RowId, primary_key=True, autoincrement=True)


workspaces = sa.Table(
    "workspaces",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
)

persons = sa.Table(
    "persons",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("workspace", Id, sa.ForeignKey("workspaces.id"), nullable=False),
    sa.Column("external_id", sa.Text, nullable=False),  # the integrator's own name for this person
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.UniqueConstraint("workspace", "external_id"),
)

sources = sa.Table(
    "sources",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("workspace", Id, sa.ForeignKey("workspaces.id"), nullable=False),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("goal", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False, server_default=""),
    sa.Column("private_to", Id, nullable=False, server_default=""),  # the one person who sees it; empty: all
    sa.Column("created_by", Id, sa.ForeignKey("persons.id"), nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column(
        "limits", sa.JSON, nullable=False
    ),  # max_pages, max_depth, all, allow_private of the last crawl asked for
    sa.Column("every_s", sa.Double),  # how often it is gathered again; NULL: only when asked
    sa.Column("next_run_at", Moment),
    sa.UniqueConstraint("workspace", "url", "goal", "private_to"),
)

jobs = sa.Table(
    "jobs",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("workspace", Id, sa.ForeignKey("workspaces.id"), nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),  # crawl | import | rebuild
    sa.Column("source", Id, sa.ForeignKey("sources.id")),
    sa.Column("args", sa.JSON, nullable=False),
    sa.Column("status", sa.String(16), nullable=False),  # queued | running | completed | failed | cancelled
    sa.Column("step", sa.String(32), nullable=False, server_default=""),  # where a resumed job goes on
    sa.Column("epoch", sa.Integer, nullable=False, server_default="0"),  # grows with each claim; old owners are fenced
    sa.Column("owner", sa.String(64)),
    sa.Column("lease_until", Moment),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("cancel_requested", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("progress", sa.JSON, nullable=False),  # counts for people; the truth of a crawl is job_urls
    sa.Column("result", sa.JSON),
    sa.Column("error", sa.Text),
    sa.Column("created_by", Id, sa.ForeignKey("persons.id"), nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("started_at", Moment),
    sa.Column("finished_at", Moment),
    sa.Column("updated_at", Moment, nullable=False),
    sa.Index("ix_jobs_status", "status", "created_at"),
    sa.Index("ix_jobs_source", "source", "created_at"),
)

job_urls = sa.Table(
    "job_urls",
    metadata,
    sa.Column("id", RowId, primary_key=True, autoincrement=True),
    sa.Column("job", Id, sa.ForeignKey("jobs.id"), nullable=False),
    sa.Column("url", sa.Text, nullable=False),  # normalised
    sa.Column("state", sa.String(12), nullable=False),  # queued | kept | unchanged | deleted | skipped
    sa.Column("reason", sa.String(24)),  # why it was skipped (A4)
    sa.Column("detail", sa.Text),  # the reason in words
    sa.Column("score", sa.Double, nullable=False, server_default="0"),  # expected relevance to the goal
    sa.Column("depth", sa.Integer, nullable=False, server_default="0"),
    sa.Column("via", RowId),  # job_urls.id of the page that linked here first
    sa.Column("anchor", sa.Text, nullable=False, server_default=""),
    sa.Column("lastmod", sa.Text),  # what the sitemap says
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("status", sa.Integer),  # HTTP
    sa.Column("bytes", sa.BigInteger, nullable=False, server_default="0"),  # on the wire
    sa.Column("fetched", sa.Boolean, nullable=False, server_default=sa.false()),  # a response came
    sa.Column("page", RowId),
    sa.Column("seen_at", Moment, nullable=False),
    sa.Column("done_at", Moment),
    sa.UniqueConstraint("job", "url"),
    sa.Index("ix_job_urls_state", "job", "state", "score"),
    sa.Index("ix_job_urls_done", "job", "done_at"),
)

pages = sa.Table(
    "pages",
    metadata,
    _row_id(),
    sa.Column("source", Id, sa.ForeignKey("sources.id"), nullable=False),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("state", sa.String(12), nullable=False),  # live | gone | folded (a near-duplicate of another)
    sa.Column("same_as", RowId, sa.ForeignKey("pages.id")),  # for a folded page: the one that was kept
    sa.Column("version", RowId),  # the current one; NULL until there is one
    sa.Column("title", sa.Text, nullable=False, server_default=""),
    sa.Column("kind", sa.String(16), nullable=False, server_default="html"),  # html | pdf | docx | … | an item's own
    sa.Column("lang", sa.String(8), nullable=False, server_default=""),  # what the page says of itself
    sa.Column("language", sa.String(8), nullable=False, server_default=""),  # what its current version is written in
    sa.Column("fields", sa.JSON, nullable=False),  # item fields from JSON-LD and OpenGraph
    sa.Column("etag", sa.Text),
    sa.Column("last_modified", sa.Text),
    sa.Column("body_hash", sa.String(64)),  # sha256 of the decoded body
    sa.Column("canonical", sa.Text),  # the address that the page itself calls its own, if it is another one
    sa.Column("links", sa.JSON, nullable=False),  # [[url, anchor], …] so that a 304 still leads on
    sa.Column("published_at", Moment),
    sa.Column("fetched_at", Moment, nullable=False),  # when its current version came
    sa.Column("checked_at", Moment, nullable=False),  # when the site was last asked
    sa.Column("relevance", sa.Double, nullable=False, server_default="0"),
    sa.UniqueConstraint("source", "url"),
    sa.Index("ix_pages_same_as", "same_as"),
    # With all that a list of sources asks for: the rows are wide.
    sa.Index("ix_pages_source", "source", "state", "version", "fetched_at", "checked_at"),
    sa.Index("ix_pages_canonical", "source", "canonical"),
    sa.Index("ix_pages_language", "source", "state", "language"),
)

page_bands = sa.Table(
    "page_bands",
    metadata,
    sa.Column("source", Id, sa.ForeignKey("sources.id"), primary_key=True),
    sa.Column("band", sa.String(40), primary_key=True),
    sa.Column("page", RowId, sa.ForeignKey("pages.id"), primary_key=True),
    sa.Column("signature", sa.LargeBinary, nullable=False),
    sa.Index("ix_page_bands_page", "page"),
)

versions = sa.Table(
    "versions",
    metadata,
    _row_id(),
    sa.Column("page", RowId, sa.ForeignKey("pages.id"), nullable=False),
    sa.Column("text_hash", sa.String(64), nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),  # never changes
    sa.Column("page_starts", sa.JSON(none_as_null=True)),  # of a PDF: the offset at which each of its pages begins
    sa.Column("fetched_at", Moment, nullable=False),
    sa.Column("gone_at", Moment),  # when another version, or nothing, took its place
    sa.Column("arranged", sa.Boolean, nullable=False, server_default=sa.false()),  # cut into passages
    sa.Column("entities_read", sa.Boolean, nullable=False, server_default=sa.false()),  # read for what it names
    sa.Column("language", sa.String(8)),  # of most of it; empty: its words do not tell; NULL: nobody has looked
    sa.Index("ix_versions_page", "page", "fetched_at"),
    sa.Index("ix_versions_arranged", "arranged", "id"),
    sa.Index("ix_versions_entities_read", "entities_read", "id"),
    sa.Index("ix_versions_language", "language", "id"),
)

passages = sa.Table(
    "passages",
    metadata,
    _row_id(),
    sa.Column("version", RowId, sa.ForeignKey("versions.id"), nullable=False),
    sa.Column("page", RowId, sa.ForeignKey("pages.id"), nullable=False),
    sa.Column("start", sa.Integer, nullable=False),
    sa.Column("end", sa.Integer, nullable=False),
    sa.Column("heading", sa.Text, nullable=False, server_default=""),
    sa.Column("live", sa.Boolean, nullable=False),  # belongs to the current version of a live page
    sa.Column("language", sa.String(8), nullable=False, server_default=""),
    sa.Index("ix_passages_version", "version", "start"),
    sa.Index("ix_passages_page", "page"),
)

index_log = sa.Table(
    "index_log",
    metadata,
    sa.Column("seq", RowId, primary_key=True, autoincrement=True),
    sa.Column("op", sa.String(8), nullable=False),  # add | remove
    sa.Column("passage", RowId, nullable=False),
    sqlite_autoincrement=True,  # a sequence number is never given twice, also after deletions
)

embeddings = sa.Table(
    "embeddings",
    metadata,
    sa.Column("model", sa.String(64), primary_key=True),
    sa.Column("text_hash", sa.String(64), primary_key=True),  # sha256 of the very text given to the model
    sa.Column("vector", sa.LargeBinary, nullable=False),  # float16, unit length
    sa.Column("words", sa.LargeBinary),  # of each word, as `models/in_context.py` packs it; NULL: the model tells none
    sa.Column("created_at", Moment, nullable=False),
    sa.Index("ix_embeddings_created_at", "created_at"),
)

entities = sa.Table(
    "entities",
    metadata,
    _row_id(),
    sa.Column("workspace", Id, sa.ForeignKey("workspaces.id"), nullable=False),
    sa.Column("key", sa.Text, nullable=False),  # normalised name; one entity a key and workspace, until it is split
    sa.Column("sense", sa.Integer, nullable=False, server_default="0"),  # 0: as it is read; others were split off
    sa.Column("name", sa.Text, nullable=False),  # as it is shown
    sa.Column("type", sa.String(24), nullable=False),  # term | name | person | organisation | place | …
    sa.Column("read_name", sa.Text, nullable=False),  # as the pages have them, whatever a person calls it
    sa.Column("read_type", sa.String(24), nullable=False),
    sa.Column("aliases", sa.JSON, nullable=False),
    sa.Column("score", sa.Double, nullable=False, server_default="0"),  # how much it matters in what was gathered
    sa.Column("merged_into", RowId, sa.ForeignKey("entities.id")),  # the thing it is; NULL: itself
    sa.Column("hidden", sa.Boolean, nullable=False, server_default=sa.false()),  # in no list, and nobody's neighbour
    sa.Column("compared", sa.Boolean, nullable=False, server_default=sa.false()),  # with what it may be one with
    sa.Column("created_at", Moment, nullable=False),
    sa.UniqueConstraint("workspace", "key", "sense"),
    sa.Index("ix_entities_score", "workspace", "score"),
    sa.Index("ix_entities_merged_into", "merged_into"),
    sa.Index("ix_entities_compared", "compared", "id"),
)

entity_aliases = sa.Table(
    "entity_aliases",
    metadata,
    sa.Column("entity", RowId, sa.ForeignKey("entities.id"), primary_key=True),
    sa.Column("source", Id, sa.ForeignKey("sources.id"), primary_key=True),  # that calls it so
    sa.Column("alias", sa.Text, primary_key=True),
)

mentions = sa.Table(
    "mentions",
    metadata,
    _row_id(),
    sa.Column("entity", RowId, sa.ForeignKey("entities.id"), nullable=False),  # what is meant, by all that was decided
    sa.Column("named", RowId, sa.ForeignKey("entities.id"), nullable=False),  # whose key it has; never changes
    sa.Column("version", RowId, sa.ForeignKey("versions.id"), nullable=False),
    sa.Column("page", RowId, sa.ForeignKey("pages.id"), nullable=False),
    sa.Column("source", Id, sa.ForeignKey("sources.id"), nullable=False),
    sa.Column("start", sa.Integer, nullable=False),
    sa.Column("end", sa.Integer, nullable=False),
    sa.Column("sentence_start", sa.Integer, nullable=False),
    sa.Column("sentence_end", sa.Integer, nullable=False),
    # With all that counting and choosing of them asks for: a frequent one has thousands.
    sa.Index("ix_mentions_entity", "entity", "source", "page", "version"),
    sa.Index("ix_mentions_named", "named"),
    sa.Index("ix_mentions_version", "version", "sentence_start", "entity"),
)

relations = sa.Table(
    "relations",
    metadata,
    _row_id(),
    sa.Column("source", Id, sa.ForeignKey("sources.id"), nullable=False),
    sa.Column("page", RowId, sa.ForeignKey("pages.id"), nullable=False),
    sa.Column("version", RowId, sa.ForeignKey("versions.id"), nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),  # is_a | located_in | born_on | …
    # As with mentions: what is meant, by all that was decided, and whose key it has, which never changes.
    sa.Column("subject", RowId, sa.ForeignKey("entities.id"), nullable=False),
    sa.Column("subject_named", RowId, sa.ForeignKey("entities.id"), nullable=False),
    sa.Column("object", RowId, sa.ForeignKey("entities.id")),  # NULL: a value that is no entity
    sa.Column("object_named", RowId, sa.ForeignKey("entities.id")),
    sa.Column("value", sa.Text, nullable=False),  # as the page writes it, an object too
    sa.Column("normal", sa.Text, nullable=False),  # by which two pages say the same: 1950-05-04, 3000 AUD
    sa.Column("sentence_start", sa.Integer, nullable=False),
    sa.Column("sentence_end", sa.Integer, nullable=False),
    sa.Column("subject_start", sa.Integer, nullable=False),  # may be outside the sentence: a title above a table
    sa.Column("subject_end", sa.Integer, nullable=False),
    sa.Column("value_start", sa.Integer, nullable=False),
    sa.Column("value_end", sa.Integer, nullable=False),
    sa.Column("how", sa.String(16), nullable=False),  # sentence | definition | table | infobox | data
    sa.Column("confidence", sa.Double, nullable=False),  # the share of what was found so that was right
    sa.Index("ix_relations_subject", "subject", "source"),
    sa.Index("ix_relations_object", "object", "source"),
    sa.Index("ix_relations_subject_named", "subject_named"),
    sa.Index("ix_relations_object_named", "object_named"),
    sa.Index("ix_relations_version", "version"),
)

entity_decisions = sa.Table(
    "entity_decisions",
    metadata,
    _row_id(),
    sa.Column("workspace", Id, sa.ForeignKey("workspaces.id"), nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("person", Id, sa.ForeignKey("persons.id")),  # NULL: the command line
    sa.Column("kind", sa.String(8), nullable=False),  # merge | part | split | rename | retype | hide | undo
    sa.Column("entity", RowId, sa.ForeignKey("entities.id"), nullable=False),  # what it is about
    sa.Column("other", RowId, sa.ForeignKey("entities.id")),  # merged into; parted from; made by the split
    sa.Column("value", sa.Text, nullable=False, server_default=""),  # the new name, the new type
    sa.Column("pages", sa.JSON, nullable=False),  # of a split: where the other thing is meant
    sa.Column("members", sa.JSON, nullable=False),  # of a split: what was one when it was made
    sa.Column("undoes", RowId, sa.ForeignKey("entity_decisions.id"), unique=True),
    sa.Index("ix_entity_decisions_workspace", "workspace", "id"),
    sqlite_autoincrement=True,  # the order in which things were decided, also after deletions
)

entity_links = sa.Table(
    "entity_links",
    metadata,
    sa.Column("entity", RowId, sa.ForeignKey("entities.id"), primary_key=True),
    sa.Column("into", RowId, sa.ForeignKey("entities.id"), nullable=False),
    sa.Column("score", sa.Double, nullable=False),  # the chance that they are one, by the scorer
    sa.Column("at", Moment, nullable=False),
    sa.Index("ix_entity_links_into", "into"),
)

entity_sources = sa.Table(
    "entity_sources",
    metadata,
    sa.Column("entity", RowId, sa.ForeignKey("entities.id"), primary_key=True),  # whose name it is
    sa.Column("source", Id, sa.ForeignKey("sources.id"), primary_key=True),  # that says it
    sa.Column("means", RowId, sa.ForeignKey("entities.id")),  # the other thing that was made for it; NULL: none was
    sa.Column("apart", sa.Boolean, nullable=False, server_default=sa.false()),  # whether that is what it means now
    sa.Column("chance", sa.Double),  # that it means what the name meant before, by the scorer; NULL: not looked at yet
    sa.Column("why", sa.Text, nullable=False, server_default=""),  # what speaks against it, in words
    sa.Column("at", Moment),  # when it was first looked at
    sa.Index("ix_entity_sources_means", "means"),
)

entity_senses = sa.Table(
    "entity_senses",
    metadata,
    sa.Column("entity", RowId, sa.ForeignKey("entities.id"), primary_key=True),
    sa.Column("page", RowId, sa.ForeignKey("pages.id"), primary_key=True),
    sa.Column("means", RowId, sa.ForeignKey("entities.id"), nullable=False),
    sa.Index("ix_entity_senses_page", "page"),
)

entity_blocks = sa.Table(
    "entity_blocks",
    metadata,
    sa.Column("workspace", Id, sa.ForeignKey("workspaces.id"), primary_key=True),
    sa.Column("block", sa.String(64), primary_key=True),  # what names that may be one have in common
    sa.Column("entity", RowId, sa.ForeignKey("entities.id"), primary_key=True),
    sa.Index("ix_entity_blocks_entity", "entity"),
)

questions = sa.Table(
    "questions",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("workspace", Id, sa.ForeignKey("workspaces.id"), nullable=False),
    sa.Column("person", Id, sa.ForeignKey("persons.id"), nullable=False),
    sa.Column("conversation", Id, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("answer", sa.JSON),  # the outside contract's JSON; NULL while it is being written
    sa.Column("as_of", Moment),  # answered from what was stored at that time; NULL: from what is current
    sa.Column("asked_at", Moment, nullable=False),
    sa.Column("answered_at", Moment),
    sa.Column("stale_at", Moment),  # when the first span that the answer rests on changed
    sa.Column("shared_at", Moment),  # since when everyone in the workspace may read it
    # With the person, or SQLite would rather walk through all that the person ever asked.
    sa.Index("ix_questions_conversation", "conversation", "person", "asked_at"),
    sa.Index("ix_questions_person", "person", "asked_at"),
)

citations = sa.Table(
    "citations",
    metadata,
    sa.Column("question", Id, sa.ForeignKey("questions.id"), primary_key=True),
    sa.Column("n", sa.Integer, primary_key=True),
    sa.Column("version", RowId, sa.ForeignKey("versions.id"), nullable=False),
    sa.Column("page", RowId, sa.ForeignKey("pages.id"), nullable=False),
    sa.Column("start", sa.Integer, nullable=False),
    sa.Column("end", sa.Integer, nullable=False),
    sa.Column("stale_at", Moment),  # when the page no longer said it
    sa.Column("stale_by", RowId),  # the version that says something else; NULL: the page is gone
    sa.Index("ix_citations_page", "page"),
)

follows = sa.Table(
    "follows",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("workspace", Id, sa.ForeignKey("workspaces.id"), nullable=False),
    sa.Column("person", Id, sa.ForeignKey("persons.id"), nullable=False),
    # Of a question: standing (new evidence) | change (of an answer) | gap (no answer); else entity | source | topic.
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("question", Id, sa.ForeignKey("questions.id")),  # as it was last answered
    sa.Column("entity", RowId, sa.ForeignKey("entities.id")),  # these three: of what its kind says
    sa.Column("source", Id, sa.ForeignKey("sources.id")),
    sa.Column("topic", sa.Text),  # in their words
    sa.Column("job", Id, sa.ForeignKey("jobs.id")),  # of a gap: the crawl that should fill it
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("checked_at", Moment, nullable=False),  # when it was last asked again
    sa.Column("ended_at", Moment),
    sa.Index("ix_follows_person", "person", "created_at"),
    sa.Index("ix_follows_ended_at", "ended_at", "kind"),
)

messages = sa.Table(
    "messages",
    metadata,
    sa.Column("id", RowId, primary_key=True, autoincrement=True),
    sa.Column("workspace", Id, sa.ForeignKey("workspaces.id"), nullable=False),
    sa.Column("run", Id, nullable=False),  # what belongs together: of an answer, its question's id
    sa.Column("seq", sa.Integer, nullable=False),  # its place in the run
    sa.Column("sender", sa.String(32), nullable=False),
    sa.Column("recipient", sa.String(32), nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),  # request | reply | error
    sa.Column("body", sa.JSON, nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("took_ms", sa.Double),  # of a reply or an error: how long the agent worked
    sa.Column("score", sa.Double),  # of a reply: how well, by the agent's own measure
    sa.Column("state", sa.String(8), nullable=False),  # waiting | taken | done | dead
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("epoch", sa.Integer, nullable=False, server_default="0"),  # grows with each taking; old owners are fenced
    sa.Column("lease_until", Moment),
    sa.Column("error", sa.Text),  # why it was not done at the last try
    sa.UniqueConstraint("run", "seq"),
    sa.Index("ix_messages_state", "state", "recipient", "id"),
    sa.Index("ix_messages_at", "at"),
    sqlite_autoincrement=True,
)

exam_questions = sa.Table(
    "exam_questions",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("workspace", Id, sa.ForeignKey("workspaces.id"), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("page", RowId, sa.ForeignKey("pages.id"), nullable=False),
    sa.Column("version", RowId, sa.ForeignKey("versions.id"), nullable=False),
    sa.Column("start", sa.Integer, nullable=False),  # the sentence that answers
    sa.Column("end", sa.Integer, nullable=False),
    sa.Column("answer", sa.Text, nullable=False),  # what the sentence says in the place of the question word
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("retired_at", Moment),  # its page says something else now
    sa.Index("ix_exam_questions_workspace", "workspace", "retired_at"),
)

exams = sa.Table(
    "exams",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("workspace", Id, sa.ForeignKey("workspaces.id"), nullable=False),
    sa.Column("generation", sa.Text, nullable=False),  # of the index that was examined
    sa.Column("at", Moment, nullable=False),
    sa.Column("asked", sa.Integer, nullable=False),
    sa.Column("found", sa.Integer, nullable=False),  # the right page was among those found
    sa.Column("cited", sa.Integer, nullable=False),  # the right sentence was cited
    sa.Column("detail", sa.JSON, nullable=False),
    sa.Index("ix_exams_workspace", "workspace", "at"),
)

goal_tables = sa.Table(
    "goal_tables",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("workspace", Id, sa.ForeignKey("workspaces.id"), nullable=False),
    sa.Column("person", Id, sa.ForeignKey("persons.id"), nullable=False),  # who made it; from the pages that they see
    sa.Column("goal", sa.Text, nullable=False),
    sa.Column("fields", sa.JSON, nullable=False),  # [{name, kind}, …]; empty: proposed when it is filled
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("shared_at", Moment),  # since when everyone in the workspace may read it
    sa.Column("asked_at", Moment, nullable=False),  # since when it is to be filled anew
    sa.Column("filled_at", Moment),  # as of when its rows are; NULL until they are there
    sa.Column("marked_at", Moment),  # as of when the rows were with which the marks compare these
    sa.Column("revision", sa.Integer, nullable=False, server_default="0"),  # grows with each change of goal or fields
    sa.Column("pages", sa.Integer, nullable=False, server_default="0"),  # read when it was filled
    sa.Index("ix_goal_tables_workspace", "workspace", "created_at"),
)

goal_rows = sa.Table(
    "goal_rows",
    metadata,
    _row_id(),
    sa.Column("table", Id, sa.ForeignKey("goal_tables.id"), nullable=False),
    sa.Column("place", sa.Integer, nullable=False),  # its place in the table
    sa.Column("key", sa.Text, nullable=False),  # the thing's name, normalised
    sa.Column("mark", sa.String(8), nullable=False),  # '' | new | gone
    sa.UniqueConstraint("table", "place"),
)

goal_cells = sa.Table(
    "goal_cells",
    metadata,
    sa.Column("row", RowId, sa.ForeignKey("goal_rows.id"), primary_key=True),
    sa.Column("field", sa.String(60), primary_key=True),
    sa.Column("n", sa.Integer, primary_key=True),  # 0 is shown first; the others say it, or something else, too
    sa.Column("version", RowId, sa.ForeignKey("versions.id"), nullable=False),
    sa.Column("source", Id, sa.ForeignKey("sources.id"), nullable=False),
    sa.Column("start", sa.Integer, nullable=False),
    sa.Column("end", sa.Integer, nullable=False),
    sa.Column(
        "how", sa.String(12), nullable=False
    ),  # table | definition | label | statement | sentence | heading | title
    sa.Column("mark", sa.String(8), nullable=False),  # '' | new | changed
    sa.Column("was_version", RowId, sa.ForeignKey("versions.id")),  # of a changed one: where the page said it before
    sa.Column("was_start", sa.Integer),
    sa.Column("was_end", sa.Integer),
)

model_replies = sa.Table(
    "model_replies",
    metadata,
    sa.Column("key", sa.String(64), primary_key=True),  # sha256 of model, settings and messages
    sa.Column("reply", sa.JSON, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Index("ix_model_replies_created_at", "created_at"),
)

model_usage = sa.Table(
    "model_usage",
    metadata,
    sa.Column("day", sa.String(10), primary_key=True),  # 2026-11-25, UTC
    sa.Column("workspace", Id, sa.ForeignKey("workspaces.id"), primary_key=True),
    sa.Column("model", sa.String(128), primary_key=True),
    sa.Column("calls", sa.Integer, nullable=False),
    sa.Column("tokens_in", sa.BigInteger, nullable=False),
    sa.Column("tokens_out", sa.BigInteger, nullable=False),
    sa.Column("cost_usd", sa.Double, nullable=False),  # of the calls whose price is known
)

accounts = sa.Table(
    "accounts",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("email", sa.String(254), nullable=False, unique=True),  # in lower case
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("password", sa.Text),  # Argon2id with its parameters; NULL until one is chosen
    sa.Column("created_at", Moment, nullable=False),
)

members = sa.Table(
    "members",
    metadata,
    sa.Column("workspace", Id, sa.ForeignKey("workspaces.id"), primary_key=True),
    sa.Column("account", Id, sa.ForeignKey("accounts.id"), primary_key=True),
    sa.Column("person", Id, sa.ForeignKey("persons.id"), nullable=False),
    sa.Column("role", sa.String(16), nullable=False),  # reader | curator | operator | admin
    sa.Column("plan", sa.Text),  # names a limit of the settings; NULL: the usual one
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("shut_out_at", Moment),
    sa.Index("ix_members_account", "account"),
)

sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("token", Secret, primary_key=True),
    sa.Column("account", Id, sa.ForeignKey("accounts.id"), nullable=False),
    sa.Column("workspace", Id, sa.ForeignKey("workspaces.id"), nullable=False),
    sa.Column("user_agent", sa.Text, nullable=False),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("seen_at", Moment, nullable=False),
    sa.Index("ix_sessions_account", "account"),
)

devices = sa.Table(
    "devices",
    metadata,
    sa.Column("token", Secret, primary_key=True),
    sa.Column("account", Id, sa.ForeignKey("accounts.id"), nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Index("ix_devices_account", "account"),
)

failures = sa.Table(
    "failures",
    metadata,
    sa.Column("key", sa.String(80), primary_key=True),  # account:…, address:… or device:…
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("last_at", Moment, nullable=False),
)

links = sa.Table(
    "links",
    metadata,
    sa.Column("token", Secret, primary_key=True),
    sa.Column("kind", sa.String(16), nullable=False),  # invitation | sign-in
    sa.Column("workspace", Id, sa.ForeignKey("workspaces.id"), nullable=False),
    sa.Column("email", sa.String(254), nullable=False),
    sa.Column("role", sa.String(16), nullable=False, server_default=""),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("expires_at", Moment, nullable=False),
    sa.Column("used_at", Moment),
    sa.Index("ix_links_workspace", "workspace", "kind"),
)

keys = sa.Table(
    "keys",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("workspace", Id, sa.ForeignKey("workspaces.id"), nullable=False),
    sa.Column("person", Id, sa.ForeignKey("persons.id"), nullable=False),  # whom it acts for unless it says otherwise
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("role", sa.String(16), nullable=False),
    sa.Column("plan", sa.Text),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("expires_at", Moment),
    sa.Column("revoked_at", Moment),
    sa.Column("used_at", Moment),
    sa.Index("ix_keys_workspace", "workspace", "created_at"),
)

key_secrets = sa.Table(
    "key_secrets",
    metadata,
    sa.Column("token", Secret, primary_key=True),
    sa.Column("key", Id, sa.ForeignKey("keys.id"), nullable=False),
    sa.Column("hint", sa.String(8), nullable=False),  # its last characters, to recognise it by
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("expires_at", Moment),  # set when another takes its place
    sa.Index("ix_key_secrets_key", "key"),
)

audit = sa.Table(
    "audit",
    metadata,
    _row_id(),
    sa.Column("workspace", Id, sa.ForeignKey("workspaces.id"), nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("person", Id),  # who did it; NULL: the command line, or nobody known
    sa.Column("key", Id),  # by which key, if by one
    sa.Column("action", sa.String(48), nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("detail", sa.JSON, nullable=False),
    sa.Column("address", sa.Text, nullable=False),
    sa.Index("ix_audit_workspace", "workspace", "id"),
)

notices = sa.Table(
    "notices",
    metadata,
    _row_id(),
    sa.Column("workspace", Id, sa.ForeignKey("workspaces.id"), nullable=False),
    sa.Column("person", Id, sa.ForeignKey("persons.id"), nullable=False),
    sa.Column("kind", sa.String(32), nullable=False),  # job.completed | job.failed | …
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("href", sa.Text, nullable=False),
    sa.Column("source", Id),  # that it names: told only while the person may see it
    sa.Column("at", Moment, nullable=False),
    sa.Column("read_at", Moment),
    sa.Index("ix_notices_person", "person", "id"),
    sqlite_autoincrement=True,  # a reader goes on after the last id it saw, also when rows were deleted
)

feedback = sa.Table(
    "feedback",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("workspace", Id, sa.ForeignKey("workspaces.id"), nullable=False),
    sa.Column("person", Id, sa.ForeignKey("persons.id"), nullable=False),
    sa.Column("category", sa.String(24), nullable=False),
    sa.Column("rating", sa.Integer),  # 1–5; of the NPS question 0–10
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("about", sa.Text, nullable=False),  # the path of the page, or of the answer
    sa.Column("created_at", Moment, nullable=False),
    sa.Index("ix_feedback_workspace", "workspace", "created_at"),
    sa.Index("ix_feedback_person", "person", "about"),
)

items = sa.Table(
    "items",
    metadata,
    _row_id(),
    sa.Column("workspace", Id, sa.ForeignKey("workspaces.id"), nullable=False),
    sa.Column("source", Id, sa.ForeignKey("sources.id"), nullable=False),  # whoever may see it sees the item
    sa.Column("page", RowId, sa.ForeignKey("pages.id"), nullable=False),
    sa.Column("version", RowId, sa.ForeignKey("versions.id"), nullable=False),  # that it was made from
    sa.Column("key", sa.Text, nullable=False),  # what it is called outside: its own id, or one made from its page
    sa.Column("kind", sa.String(16), nullable=False),  # page | vendor | … | an imported item's own
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("quote", sa.Text, nullable=False),  # its key sentence: text[start:end] of the version
    sa.Column("quote_start", sa.Integer, nullable=False),
    sa.Column("quote_end", sa.Integer, nullable=False),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("fields", sa.JSON, nullable=False),  # category, region, price, author, image, tags
    sa.Column("quality", sa.Double, nullable=False),  # from 0 to 1
    sa.Column("vector", sa.LargeBinary),  # float16, unit length; NULL until it is embedded
    sa.Column("created_at", Moment, nullable=False),  # published, else first seen
    sa.Column("added_at", Moment, nullable=False),
    sa.Column("gone_at", Moment),  # no longer shown
    sa.Column("seq", sa.BigInteger, nullable=False),  # grows with each change of any item
    sa.UniqueConstraint("page"),
    sa.UniqueConstraint("workspace", "key"),
    sa.Index("ix_items_seq", "seq"),
)

events = sa.Table(
    "events",
    metadata,
    _row_id(),
    sa.Column("workspace", Id, sa.ForeignKey("workspaces.id"), nullable=False),
    sa.Column("person", Id, sa.ForeignKey("persons.id"), nullable=False),
    sa.Column("item", RowId, sa.ForeignKey("items.id"), nullable=False),
    sa.Column("key", sa.String(64), nullable=False),  # the same event sent again has the same one
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("at", Moment, nullable=False),  # when it was done
    sa.Column("received_at", Moment, nullable=False),
    sa.Column("value", sa.Double),  # of "dwelt": seconds
    sa.Column("slate", Id),
    sa.Column("position", sa.Integer),
    sa.Column("propensity", sa.Double),  # of that item in that place of that slate
    sa.Column("agents", sa.JSON(none_as_null=True)),  # who of them had nominated it there
    sa.Column("details", sa.JSON(none_as_null=True)),  # versions of what chose it, and what else was sent
    sa.UniqueConstraint("workspace", "key"),
    sa.Index("ix_events_person", "person", "at"),
    sa.Index("ix_events_item", "item", "at"),
    sa.Index("ix_events_at", "workspace", "at"),
    sa.Index("ix_events_slate", "slate", "item"),  # what became of each item of a slate
    sqlite_autoincrement=True,  # who counts them goes on after the last id it saw, also when some were deleted
)


slates = sa.Table(
    "slates",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("workspace", Id, sa.ForeignKey("workspaces.id"), nullable=False),
    sa.Column("person", Id, sa.ForeignKey("persons.id"), nullable=False),
    sa.Column("made_at", Moment, nullable=False),
    sa.Column("shown_at", Moment),  # of the first event that tells it was
    sa.Column("length", sa.Integer, nullable=False),  # places asked for
    sa.Column("limited_to", sa.Text, nullable=False, server_default=""),  # as `feed/only.py` writes it
    sa.Column("level", sa.String(16), nullable=False),  # agents | simple | trending
    sa.Column("places", sa.JSON, nullable=False),  # [[item, propensity, [agents that nominated it]], …] by position
    sa.Column("entries", sa.JSON, nullable=False),  # as it was given out, for the processes that did not make it
    sa.Column("stamps", sa.JSON, nullable=False),  # of what it rests on, as they were when it was made
    sa.Column("inputs", sa.LargeBinary, nullable=False),  # what it was made from, to be made again (feed/replay.py)
    sa.Index("ix_slates_person", "person", "made_at"),
    sa.Index("ix_slates_made_at", "made_at"),
)

agent_tallies = sa.Table(
    "agent_tallies",
    metadata,
    sa.Column("workspace", Id, sa.ForeignKey("workspaces.id"), primary_key=True),
    sa.Column("agent", sa.String(64), primary_key=True),
    sa.Column("day", sa.Integer, primary_key=True),  # since 1970, UTC, of the event
    sa.Column("shown", sa.BigInteger, nullable=False),
    sa.Column("rewarded", sa.BigInteger, nullable=False),
)

feed_people = sa.Table(
    "feed_people",
    metadata,
    sa.Column("person", Id, sa.ForeignKey("persons.id"), primary_key=True),
    sa.Column("workspace", Id, sa.ForeignKey("workspaces.id"), nullable=False),
    sa.Column("interests", sa.JSON, nullable=False),  # topics they picked, in words
    sa.Column("surprise", sa.Double, nullable=False),  # from 0, familiar, to 1, surprising
    sa.Column("muted", sa.JSON, nullable=False),  # sources they do not want to see
    sa.Column("reset_at", Moment),  # what was done before counts no longer
    sa.Column("updated_at", Moment, nullable=False),
)

experiment_layers = sa.Table(
    "experiment_layers",
    metadata,
    sa.Column("id", Id, primary_key=True),  # its salt is made from it
    sa.Column("workspace", Id, sa.ForeignKey("workspaces.id"), nullable=False),
    sa.Column("name", sa.String(64), nullable=False),
    sa.UniqueConstraint("workspace", "name"),
)

experiments = sa.Table(
    "experiments",
    metadata,
    sa.Column("id", Id, primary_key=True),  # its salts are made from it
    sa.Column("workspace", Id, sa.ForeignKey("workspaces.id"), nullable=False),
    sa.Column("name", sa.String(64), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),  # draft | running | stopped | decided
    sa.Column("plan", sa.JSON, nullable=False),  # what is promised: hypothesis, metrics, smallest effect, …
    sa.Column("rules", sa.JSON, nullable=False),  # who gets what, now
    sa.Column("promised", sa.String(64)),  # SHA-256 of plan and rules when it started
    sa.Column("promised_rules", sa.JSON(none_as_null=True)),  # as they were then
    sa.Column("layer", Id, sa.ForeignKey("experiment_layers.id")),
    sa.Column("segments", sa.JSON(none_as_null=True)),  # of the layer that it has reserved, while it runs
    sa.Column("phase", sa.Integer, nullable=False),  # 0 in a draft
    sa.Column("decision", sa.String(16)),  # ship | roll back
    sa.Column("given", sa.String(64)),  # the variant that everybody gets since then
    sa.Column("created_by", Id, sa.ForeignKey("persons.id"), nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("started_at", Moment),
    sa.Column("stopped_at", Moment),
    sa.Column("decided_at", Moment),
    sa.UniqueConstraint("workspace", "name"),
)

experiment_phases = sa.Table(
    "experiment_phases",
    metadata,
    sa.Column("experiment", Id, sa.ForeignKey("experiments.id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("rules", sa.JSON, nullable=False),  # as they are now, or were at its end
    sa.Column("began_at", Moment, nullable=False),
    sa.Column("ended_at", Moment),
)

exposures = sa.Table(
    "exposures",
    metadata,
    _row_id(),
    sa.Column("workspace", Id, sa.ForeignKey("workspaces.id"), nullable=False),
    sa.Column("experiment", Id, sa.ForeignKey("experiments.id"), nullable=False),
    sa.Column("phase", sa.Integer, nullable=False),
    sa.Column("person", Id, sa.ForeignKey("persons.id"), nullable=False),
    sa.Column("variant", sa.String(64), nullable=False),  # the first; it counts
    sa.Column("others", sa.Integer, nullable=False),  # how often another was said to have been shown
    sa.Column("at", Moment, nullable=False),
    sa.Column("is_bot", sa.Boolean, nullable=False),  # no person: neither counted nor measured
    # What was known of the person then, as JSON in one form: where wrong shares come from is looked for in it.
    sa.Column("attributes", sa.Text, nullable=False, server_default="{}"),
    sa.UniqueConstraint("experiment", "phase", "person"),
    sa.Index("ix_exposures_person", "person"),
    sqlite_autoincrement=True,  # who counts goes on after the last id it saw
)

experiment_units = sa.Table(
    "experiment_units",
    metadata,
    sa.Column("experiment", Id, sa.ForeignKey("experiments.id"), primary_key=True),
    sa.Column("phase", sa.Integer, primary_key=True),
    sa.Column("metric", sa.String(64), primary_key=True),
    sa.Column("person", Id, sa.ForeignKey("persons.id"), primary_key=True),
    sa.Column("variant", sa.String(64), nullable=False),
    sa.Column("value", sa.Double, nullable=False),  # within the window after the exposure
    sa.Column("per", sa.Double, nullable=False),  # of a ratio: below the line
    sa.Column("value_before", sa.Double, nullable=False),
    sa.Column("per_before", sa.Double, nullable=False),
    sa.Index("ix_experiment_units_person", "person"),
    sqlite_with_rowid=False,  # what a look reads, all of a metric, lies together
)

experiment_totals = sa.Table(
    "experiment_totals",
    metadata,
    sa.Column("experiment", Id, sa.ForeignKey("experiments.id"), primary_key=True),
    sa.Column("phase", sa.Integer, primary_key=True),
    sa.Column("metric", sa.String(64), primary_key=True),
    sa.Column("variant", sa.String(64), primary_key=True),
    # Σ, Σ² and Σ of products over experiment_units, each as numbers that add up to it exactly (JSON).
    sa.Column("sums", sa.Text, nullable=False),
)

experiment_hours = sa.Table(
    "experiment_hours",
    metadata,
    sa.Column("hour", sa.Integer, primary_key=True),  # since 1970
    sa.Column("person", Id, sa.ForeignKey("persons.id"), primary_key=True),  # in an experiment
    sa.Column("tally", sa.Integer, nullable=False),  # of events: no person does thousands in an hour
)

experiment_counts = sa.Table(
    "experiment_counts",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),  # there is one row
    sa.Column("event", RowId, nullable=False),  # the last ones that are counted
    sa.Column("exposure", RowId, nullable=False),
)

experiment_log = sa.Table(
    "experiment_log",
    metadata,
    _row_id(),
    sa.Column("experiment", Id, sa.ForeignKey("experiments.id"), nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("person", Id, sa.ForeignKey("persons.id")),  # NULL: it did so by itself
    sa.Column("action", sa.String(24), nullable=False),  # created | started | changed | new phase | stopped | …
    sa.Column("detail", sa.JSON, nullable=False),
    sa.Index("ix_experiment_log_experiment", "experiment", "id"),
)

experiment_looks = sa.Table(
    "experiment_looks",
    metadata,
    _row_id(),
    sa.Column("experiment", Id, sa.ForeignKey("experiments.id"), nullable=False),
    sa.Column("phase", sa.Integer, nullable=False),
    sa.Column("metric", sa.String(64), nullable=False),
    sa.Column("variant", sa.String(64), nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("n", RowId, nullable=False),  # people in the variant and in the control
    sa.Column("lift", sa.Double),  # NULL where it cannot be told
    sa.Column("low", sa.Double),
    sa.Column("high", sa.Double),
    sa.Column("p", sa.Double),
    sa.Index("ix_experiment_looks_experiment", "experiment", "phase", "metric", "id"),
)

learnings = sa.Table(
    "learnings",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("workspace", Id, sa.ForeignKey("workspaces.id"), nullable=False),
    sa.Column("experiment", Id, sa.ForeignKey("experiments.id")),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("folded", sa.Text, nullable=False),  # without case, to be searched
    sa.Column("effect", sa.JSON(none_as_null=True)),  # metric, lift, interval: for the next plan
    sa.Column("created_by", Id, sa.ForeignKey("persons.id"), nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Index("ix_learnings_workspace", "workspace", "created_at"),
)

news_put_aside = sa.Table(
    "news_put_aside",
    metadata,
    sa.Column("person", Id, sa.ForeignKey("persons.id"), primary_key=True),
    sa.Column("news", sa.String(100), primary_key=True),  # its key (answer/news/news.py)
    sa.Column("workspace", Id, sa.ForeignKey("workspaces.id"), nullable=False),
    sa.Column("at", Moment, nullable=False),
)

boards = sa.Table(
    "boards",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("workspace", Id, sa.ForeignKey("workspaces.id"), nullable=False),
    sa.Column("person", Id, sa.ForeignKey("persons.id"), nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("gone_at", Moment),  # removed, and can be brought back
    sa.Index("ix_boards_person", "person", "created_at"),
)

board_items = sa.Table(
    "board_items",
    metadata,
    # What is put on another board is no longer on this one.
    sa.Column("person", Id, sa.ForeignKey("persons.id"), primary_key=True),
    sa.Column("item", RowId, sa.ForeignKey("items.id"), primary_key=True),
    sa.Column("board", Id, sa.ForeignKey("boards.id"), nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Index("ix_board_items_board", "board"),
)

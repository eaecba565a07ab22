"""
Every door of the product: who may come in, and what it shows. What is not declared here cannot be opened.

Routes ask for a role, and a role may do all that the ones before it may: reader, curator, operator, admin. `None` is
anyone, signed in or not. Commands and tools act for the local person, which is who may read the data folder.

What a door shows is filtered by who asks, always by the same rule (`records.visible`): a source is there for its
workspace, or for one person of it. Nothing of another's is in any byte of an answer: neither text, address, name nor
count.
"""

from dataclasses import dataclass
from typing import Final, Literal

from bowerbird.accounts.roles import Role

__all__ = ["ANYONE", "COMMANDS", "ROUTES", "TOOLS", "Door", "Shows"]

Shows = Literal[
    "nothing",  # no word of a page, and nothing of anybody: forms, and acts that lead on
    "gathered",  # what stands on pages: of the sources that who asks may see
    "own",  # what they asked, follow or were told; of that only what stands on pages that they may see now
    "shared",  # their own, and what others share with the workspace; of that only the same
    "account",  # their own account, sessions and keys
    "members",  # who belongs to the workspace, and what they did; no word of a page
    "machine",  # how the server is, in figures
]

ANYONE: Final = None
_READER, _CURATOR, _OPERATOR, _ADMIN = Role.READER, Role.CURATOR, Role.OPERATOR, Role.ADMIN


@dataclass(frozen=True, slots=True)
class Door:
    """Which role opens a route, and what it shows."""

    role: Role | None
    shows: Shows


ROUTES: Final[dict[str, Door]] = {
    # pages
    "GET /": Door(_READER, "gathered"),
    "GET /chat": Door(_READER, "gathered"),
    "POST /chat": Door(_READER, "own"),
    "GET /chat/{conversation}": Door(_READER, "own"),
    "GET /answers/{answer}": Door(_READER, "shared"),
    "POST /answers/{answer}/share": Door(_READER, "nothing"),
    "POST /answers/{answer}/unshare": Door(_READER, "nothing"),
    "POST /answers/{answer}/thumb": Door(_READER, "nothing"),
    "POST /answers/{answer}/thumb/undo": Door(_READER, "nothing"),
    "GET /knowledge/explorer": Door(_READER, "gathered"),
    "GET /knowledge/entities/{identifier}": Door(_READER, "gathered"),
    "GET /knowledge/entities/{identifier}/links": Door(_READER, "gathered"),
    "GET /knowledge/entities/{identifier}/links/{other}": Door(_READER, "gathered"),
    "POST /knowledge/entities/{identifier}/merge": Door(_CURATOR, "nothing"),
    "POST /knowledge/entities/{identifier}/part": Door(_CURATOR, "nothing"),
    "POST /knowledge/entities/{identifier}/split": Door(_CURATOR, "nothing"),
    "POST /knowledge/entities/{identifier}/rename": Door(_CURATOR, "nothing"),
    "POST /knowledge/entities/{identifier}/retype": Door(_CURATOR, "nothing"),
    "POST /knowledge/entities/{identifier}/hide": Door(_CURATOR, "nothing"),
    "POST /knowledge/entities/{identifier}/undo": Door(_CURATOR, "nothing"),
    "GET /knowledge/pages/{page}": Door(_READER, "gathered"),
    "GET /knowledge/tables": Door(_READER, "shared"),
    "POST /knowledge/tables": Door(_READER, "shared"),
    "GET /knowledge/tables/{table}": Door(_READER, "shared"),
    "POST /knowledge/tables/{table}/fields": Door(_READER, "shared"),
    "POST /knowledge/tables/{table}/refresh": Door(_READER, "nothing"),
    "POST /knowledge/tables/{table}/share": Door(_READER, "nothing"),
    "POST /knowledge/tables/{table}/unshare": Door(_READER, "nothing"),
    "POST /knowledge/tables/{table}/remove": Door(_READER, "nothing"),
    "GET /scraping/dashboard": Door(_READER, "gathered"),
    "GET /scraping/dashboard.csv": Door(_READER, "gathered"),
    "GET /scraping/jobs/{job}": Door(_READER, "gathered"),
    "GET /scraping/jobs/{job}/map.csv": Door(_READER, "gathered"),
    "GET /scraping/jobs/{job}/report.csv": Door(_READER, "gathered"),
    "GET /scraping/import": Door(_CURATOR, "nothing"),
    "POST /scraping/import": Door(_CURATOR, "nothing"),
    "GET /scraping/new": Door(_CURATOR, "nothing"),
    "POST /scraping/new": Door(_CURATOR, "nothing"),
    "POST /scraping/jobs/{job}/cancel": Door(_CURATOR, "nothing"),
    "POST /scraping/jobs/{job}/retry": Door(_CURATOR, "nothing"),
    "POST /scraping/jobs/{job}/resume": Door(_CURATOR, "nothing"),
    "POST /scraping/sources/{source}/gather": Door(_CURATOR, "nothing"),
    "POST /scraping/sources/{source}/schedule": Door(_CURATOR, "nothing"),
    "POST /scraping/sources/{source}/visibility": Door(_CURATOR, "nothing"),
    "GET /activity": Door(_READER, "gathered"),
    "GET /following": Door(_READER, "own"),
    "POST /following": Door(_READER, "nothing"),
    "POST /following/{identifier}/stop": Door(_READER, "nothing"),
    "POST /following/{identifier}/resume": Door(_READER, "nothing"),
    "GET /feed": Door(_READER, "gathered"),
    "GET /feed/items/{key:path}": Door(_READER, "gathered"),
    "GET /feed/saved": Door(_READER, "own"),
    "GET /feed/data": Door(_READER, "own"),
    "GET /feed/data/delete": Door(_READER, "nothing"),
    "POST /feed/data/delete": Door(_READER, "nothing"),
    "POST /feed/act": Door(_READER, "gathered"),  # leads on to a question about its title
    "POST /feed/others": Door(_READER, "nothing"),
    "POST /feed/followed/{source}": Door(_READER, "nothing"),
    "POST /feed/muted/{source}": Door(_READER, "nothing"),
    "POST /feed/muted/{source}/undo": Door(_READER, "nothing"),
    "POST /feed/surprise": Door(_READER, "nothing"),
    "POST /feed/topics": Door(_READER, "nothing"),
    "POST /feed/reset": Door(_READER, "nothing"),
    "POST /feed/reset/undo": Door(_READER, "nothing"),
    "GET /palette": Door(_READER, "gathered"),
    "GET /styleguide": Door(_READER, "nothing"),
    "GET /styleguide.csv": Door(_READER, "nothing"),
    "POST /styleguide": Door(_READER, "nothing"),
    "POST /preferences/theme": Door(ANYONE, "nothing"),
    # signing in
    "GET /sign-in": Door(ANYONE, "nothing"),
    "POST /sign-in": Door(ANYONE, "nothing"),
    "POST /sign-out": Door(ANYONE, "nothing"),
    "GET /links/{secret}": Door(ANYONE, "account"),
    "POST /links/{secret}": Door(ANYONE, "nothing"),
    # one's own account
    "GET /settings": Door(_READER, "account"),
    "POST /settings/name": Door(_READER, "nothing"),
    "POST /settings/password": Door(_READER, "nothing"),
    "POST /settings/workspace": Door(_READER, "nothing"),
    "POST /settings/sessions/end": Door(_READER, "nothing"),
    "POST /settings/sessions/end-all": Door(_READER, "nothing"),
    "GET /settings/keys": Door(_READER, "account"),
    "POST /settings/keys": Door(_READER, "account"),
    "POST /settings/keys/{key}/rotate": Door(_READER, "account"),
    "POST /settings/keys/{key}/revoke": Door(_READER, "nothing"),
    # everybody's
    "GET /settings/people": Door(_ADMIN, "members"),
    "POST /settings/people/first": Door(_ADMIN, "members"),
    "POST /settings/people/invite": Door(_ADMIN, "members"),
    "POST /settings/people/withdraw": Door(_ADMIN, "nothing"),
    "POST /settings/people/{account}/role": Door(_ADMIN, "nothing"),
    "POST /settings/people/{account}/shut-out": Door(_ADMIN, "nothing"),
    "POST /settings/people/{account}/let-in": Door(_ADMIN, "nothing"),
    "POST /settings/people/{account}/link": Door(_ADMIN, "members"),
    "GET /settings/audit": Door(_ADMIN, "members"),
    # operations
    "GET /agents": Door(_OPERATOR, "own"),
    "GET /agents/runs/{run}": Door(_OPERATOR, "own"),
    "POST /agents/runs/{run}/replay": Door(_OPERATOR, "own"),
    "POST /agents/letters/{letter}/revive": Door(_OPERATOR, "nothing"),
    # API
    "POST /v1/jobs": Door(_CURATOR, "nothing"),
    "GET /v1/jobs": Door(_READER, "gathered"),
    "GET /v1/jobs/{job}": Door(_READER, "gathered"),
    "POST /v1/jobs/{job}/cancel": Door(_CURATOR, "gathered"),
    "POST /v1/jobs/{job}/retry": Door(_CURATOR, "gathered"),
    "GET /v1/jobs/{job}/events": Door(_READER, "gathered"),
    "GET /v1/jobs/{job}/urls": Door(_READER, "gathered"),
    "POST /v1/imports": Door(_CURATOR, "nothing"),
    "POST /v1/items": Door(_CURATOR, "nothing"),
    "GET /v1/items": Door(_READER, "gathered"),
    "GET /v1/items/{key:path}": Door(_READER, "gathered"),
    "DELETE /v1/items/{key:path}": Door(_CURATOR, "gathered"),
    "POST /v1/events": Door(_READER, "nothing"),
    "GET /v1/search": Door(_READER, "gathered"),
    "GET /v1/entities": Door(_READER, "gathered"),
    "GET /v1/entities/{identifier}": Door(_READER, "gathered"),
    "GET /v1/entities/{identifier}/history": Door(_READER, "gathered"),
    "GET /v1/entities/{identifier}/links/{other}": Door(_READER, "gathered"),
    "POST /v1/entities/{identifier}/merge": Door(_CURATOR, "nothing"),
    "POST /v1/entities/{identifier}/part": Door(_CURATOR, "nothing"),
    "POST /v1/entities/{identifier}/split": Door(_CURATOR, "nothing"),
    "POST /v1/entities/{identifier}/rename": Door(_CURATOR, "nothing"),
    "POST /v1/entities/{identifier}/retype": Door(_CURATOR, "nothing"),
    "POST /v1/entities/{identifier}/hide": Door(_CURATOR, "nothing"),
    "POST /v1/entities/{identifier}/undo": Door(_CURATOR, "nothing"),
    "GET /v1/pages/{page}": Door(_READER, "gathered"),
    "GET /v1/versions/{version}": Door(_READER, "gathered"),
    "GET /v1/tables": Door(_READER, "shared"),
    "POST /v1/tables": Door(_READER, "nothing"),
    "GET /v1/tables/{table}": Door(_READER, "shared"),
    "PATCH /v1/tables/{table}": Door(_READER, "shared"),
    "DELETE /v1/tables/{table}": Door(_READER, "nothing"),
    "POST /v1/tables/{table}/refresh": Door(_READER, "shared"),
    "GET /v1/tables/{table}/rows.csv": Door(_READER, "shared"),
    "GET /v1/tables/{table}/rows.jsonl": Door(_READER, "shared"),
    "GET /v1/preview": Door(_CURATOR, "nothing"),
    "POST /v1/ask": Door(_READER, "gathered"),
    "POST /v1/chat/completions": Door(_READER, "gathered"),
    "GET /v1/models": Door(_READER, "machine"),
    "GET /v1/models/{model}": Door(_READER, "machine"),
    "GET /v1/answers": Door(_READER, "own"),
    "GET /v1/answers/{answer}": Door(_READER, "shared"),
    "GET /v1/answers/{answer}.md": Door(_READER, "shared"),
    "POST /v1/answers/{answer}/share": Door(_READER, "own"),
    "DELETE /v1/answers/{answer}/share": Door(_READER, "nothing"),
    "GET /v1/conversations/{conversation}": Door(_READER, "own"),
    "GET /v1/conversations/{conversation}.md": Door(_READER, "own"),
    "POST /v1/feedback": Door(_READER, "nothing"),
    "DELETE /v1/feedback/{feedback}": Door(_READER, "nothing"),
    "GET /v1/agents": Door(_OPERATOR, "own"),
    "GET /v1/agents/runs/{run}": Door(_OPERATOR, "own"),
    "POST /v1/agents/runs/{run}/replay": Door(_OPERATOR, "nothing"),
    "POST /v1/agents/letters/{letter}/revive": Door(_OPERATOR, "nothing"),
    "GET /v1/follows": Door(_READER, "own"),
    "POST /v1/follows": Door(_READER, "own"),
    "DELETE /v1/follows/{follow}": Door(_READER, "nothing"),
    "GET /v1/feed": Door(_READER, "gathered"),
    "GET /v1/feed.atom": Door(_READER, "gathered"),
    "GET /v1/feed/slates/{slate}": Door(_READER, "own"),
    "GET /v1/feed/choices": Door(_READER, "own"),
    "PATCH /v1/feed/choices": Door(_READER, "own"),
    "PUT /v1/feed/muted/{source}": Door(_READER, "nothing"),
    "DELETE /v1/feed/muted/{source}": Door(_READER, "nothing"),
    "POST /v1/feed/reset": Door(_READER, "nothing"),
    "GET /v1/feed/data": Door(_READER, "own"),
    "DELETE /v1/feed/data": Door(_READER, "nothing"),
    "GET /v1/me": Door(_READER, "account"),
    "GET /v1/live": Door(_READER, "own"),
    "GET /v1/notices": Door(_READER, "own"),
    "POST /v1/notices/read": Door(_READER, "nothing"),
    "GET /v1/keys": Door(_READER, "account"),
    "POST /v1/keys": Door(_READER, "account"),
    "POST /v1/keys/{key}/rotate": Door(_READER, "account"),
    "DELETE /v1/keys/{key}": Door(_READER, "nothing"),
    "GET /v1/people": Door(_ADMIN, "members"),
    "POST /v1/people": Door(_ADMIN, "members"),
    "PATCH /v1/people/{account}": Door(_ADMIN, "members"),
    "GET /v1/audit": Door(_ADMIN, "members"),
    # operations; monitoring asks without an account whether the server lives
    "GET /healthz": Door(ANYONE, "machine"),
    "GET /readyz": Door(ANYONE, "machine"),
    "GET /metrics": Door(_OPERATOR, "machine"),
}

# "nothing" of a page: the person's own words, figures, or what is being done.
COMMANDS: Final[dict[str, Shows]] = {
    "serve": "nothing",
    "demo": "nothing",
    "crawl": "nothing",
    "recrawl": "gathered",
    "ask": "gathered",
    "replay": "own",
    "search": "gathered",
    "feed": "gathered",
    "page": "gathered",
    "doctor": "machine",
    "settings": "machine",
    "verify": "nothing",
    "exam": "machine",
    "mcp": "nothing",
    "import": "nothing",
    "eval": "nothing",
    "items import": "nothing",
    "events import": "nothing",
    "index status": "machine",
    "index rebuild": "machine",
    "index rollback": "machine",
    "users add": "members",
    "users list": "members",
    "users role": "members",
    "users link": "members",
    "users shut-out": "members",
    "users sign-out": "members",
    "keys add": "account",
    "keys list": "account",
    "keys rotate": "account",
    "keys revoke": "account",
    "follow add": "own",
    "follow list": "own",
    "follow stop": "own",
    "entities list": "gathered",
    "entities history": "gathered",
    "entities links": "gathered",
    "entities merge": "nothing",
    "entities part": "nothing",
    "entities split": "nothing",
    "entities rename": "nothing",
    "entities retype": "nothing",
    "entities hide": "nothing",
    "entities undo": "nothing",
    "tables make": "shared",
    "tables list": "nothing",
    "tables show": "shared",
    "tables fields": "shared",
    "tables refresh": "shared",
    "tables export": "shared",
    "tables remove": "nothing",
}

TOOLS: Final[dict[str, Shows]] = {"search": "gathered", "ask": "gathered", "read_page": "gathered"}

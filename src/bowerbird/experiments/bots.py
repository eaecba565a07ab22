"""
Who is no person: never exposed, never measured, so that bots are missing on both sides alike.

    by name       what a client calls itself says that it is a program: it gets the control, and nothing is kept of it
    by doing      more than a thousand events in one hour: its exposures and all that it did are left out, also those
                  from before it was noticed, in every experiment

The second rule looks at what was done after the exposure too. It is safe only because no variant makes a person do a
thousand things in an hour; whoever tests something that might should look at who is left out (`results`).
"""

import re
from typing import Final

__all__ = ["MOST_IN_AN_HOUR", "is_program"]

MOST_IN_AN_HOUR: Final = 1_000
# "Cubot" makes telephones.
_PROGRAM: Final = re.compile(
    r"(?<!\bcu)bot\b|crawl|spider|slurp|headless|phantomjs|lighthouse|preview|scrapy|curl/|wget/|python-(?:requests|httpx)|"
    r"go-http-client|okhttp-probe|facebookexternalhit|monitoring|pingdom|uptime",
    re.IGNORECASE,
)


def is_program(user_agent: str) -> bool:
    """Whether a User-Agent says that nobody reads there; an empty one says nothing."""
    return _PROGRAM.search(user_agent) is not None

"""Why a body is not made into a page: the only error that reading one may raise."""

from typing import Literal

from bowerbird.kernel.errors import BowerbirdError

Reason = Literal["empty", "type", "too large", "error", "invalid", "needs javascript"]


class Refused(BowerbirdError):
    """A body that cannot become a page; `reason` is a word of the coverage report, `detail` is for people."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason: Reason = reason
        self.detail = detail

"""The four roles. Each may do all that the ones before it may."""

from enum import IntEnum
from typing import Literal, cast

from bowerbird.kernel.errors import InputWrong

__all__ = ["Role", "RoleName"]

RoleName = Literal["reader", "curator", "operator", "admin"]


class Role(IntEnum):
    """What somebody may do in a workspace."""

    READER = 1  # asks, explores, reads
    CURATOR = 2  # and gathers, imports, corrects
    OPERATOR = 3  # and runs the product, and acts for other persons by key
    ADMIN = 4  # and decides who may do what

    @property
    def word(self) -> RoleName:
        """The role as it is stored, said and typed."""
        return cast("RoleName", self.name.lower())

    @classmethod
    def of(cls, word: str) -> "Role":
        """The role of that name; raises InputWrong."""
        try:
            return cls[word.upper()]
        except KeyError:
            known = ", ".join(role.word for role in cls)
            raise InputWrong(f"{word[:40]!r} is no role, expected one of {known}", field="role") from None

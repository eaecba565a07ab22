"""
The character NUL, which PostgreSQL cannot hold in a text, is kept out of both backends, so that they hold the same.

Readers drop it from what they extract, so that offsets are right; this is the door behind them, for addresses, titles,
questions, and whatever else comes from outside.
"""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy import event

__all__ = ["keep_out_nul"]

NUL = "\0"


def keep_out_nul(engine: sa.Engine) -> None:
    """From now on no statement of `engine` hands a text with NUL to the database; the character is left out."""
    event.listen(engine, "before_cursor_execute", _before, retval=True)


def _before(
    _conn: sa.Connection, _cursor: object, statement: str, parameters: Any, _context: object, _executemany: bool
) -> tuple[str, Any]:
    # Not by `executemany`: an INSERT of many rows that returns something comes as one statement all the same.
    if isinstance(parameters, list):
        return statement, [_cleaned(each) for each in parameters]
    return statement, _cleaned(parameters)


def _cleaned(parameters: Any) -> Any:
    """The same parameters, and the very same object when none of them holds NUL."""
    values = parameters.values() if isinstance(parameters, Mapping) else cast("Sequence[object]", parameters or ())
    if not any(isinstance(value, str) and NUL in value for value in values):
        return parameters
    if isinstance(parameters, Mapping):
        return {name: _without(value) for name, value in parameters.items()}
    return tuple(_without(value) for value in values)


def _without(value: object) -> object:
    return value.replace(NUL, "") if isinstance(value, str) else value

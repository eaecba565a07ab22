"""Kept replies and the account of what models took."""

from collections.abc import Iterator

import pytest

from bowerbird.kernel.clock import ManualClock
from bowerbird.records import Records, local_scope, open_records
from bowerbird.records.model_calls import KeptReplies, Spent, SpentByModels


@pytest.fixture
def records(records_url: str, tmp_path: object) -> Iterator[Records]:
    """Empty records."""
    opened = open_records(records_url or f"sqlite:///{tmp_path}/bowerbird.db")
    yield opened
    opened.close()


async def test_a_reply_is_kept_for_its_days_and_the_last_one_counts(records: Records) -> None:
    """What is too old is neither given nor left lying."""
    clock = ManualClock()
    kept = KeptReplies(records, clock, days=2)
    await kept.put("a" * 64, {"text": "one"})
    await kept.put("a" * 64, {"text": "two"})
    assert await kept.get("a" * 64) == {"text": "two"}
    assert await kept.get("b" * 64) is None

    clock.advance(2 * 86_400)
    assert await kept.get("a" * 64) is None
    await kept.put("c" * 64, {"text": "three"})
    clock.advance(-86_400)
    assert await kept.get("a" * 64) is None
    assert await kept.get("c" * 64) == {"text": "three"}


async def test_usage_is_summed_by_workspace_and_day(records: Records) -> None:
    """Over models; a call without a known price costs nothing."""
    workspace = records.write(lambda conn: local_scope(conn, ManualClock())).workspace
    account = SpentByModels(records)
    assert await account.spent(workspace, "2026-01-01") == Spent(0, 0, 0.0)
    await account.add(workspace, "2026-01-01", "m", tokens_in=1, tokens_out=2, cost_usd=0.5)
    await account.add(workspace, "2026-01-01", "m", tokens_in=3, tokens_out=4, cost_usd=None)
    await account.add(workspace, "2026-01-01", "n" * 200, tokens_in=10, tokens_out=20, cost_usd=0.25)
    await account.add(workspace, "2026-01-02", "m", tokens_in=100, tokens_out=100, cost_usd=9)

    assert await account.spent(workspace, "2026-01-01") == Spent(14, 26, 0.75)
    assert await account.spent("somebody else", "2026-01-01") == Spent(0, 0, 0.0)

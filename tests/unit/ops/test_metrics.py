"""Metrics of several processes are one sum, and a process alone counts for itself."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bowerbird.ops import metrics

COUNT = (
    "from bowerbird.ops import metrics; metrics.ANSWERS.labels('answered').inc({n}); metrics.INDEX_PASSAGES.set({n})"
)
TELL = "from bowerbird.ops import metrics; print(metrics.exposition().decode())"


def told(program: str, folder: Path) -> str:
    """What a process that shares its metrics in the folder prints."""
    environment = os.environ | {metrics.SHARED: str(folder)}
    ran = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    return ran.stdout


def test_processes_that_share_a_folder_are_counted_together(tmp_path: Path) -> None:
    """Also those that have ended; what is read from the records is as the last one saw it."""
    told(COUNT.format(n=2), tmp_path)
    told(COUNT.format(n=3), tmp_path)
    lines = told(TELL, tmp_path).splitlines()

    assert 'bowerbird_answers_total{outcome="answered"} 5.0' in lines
    assert "bowerbird_index_passages 3.0" in lines


def test_a_process_alone_counts_for_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a folder to share, the metrics are those of this process."""
    monkeypatch.delenv(metrics.SHARED, raising=False)
    metrics.INDEX_LAG.set(7)

    assert b"bowerbird_index_lag_entries 7.0" in metrics.exposition()


TALLY = """
from bowerbird.ops.metrics import CACHE_REQUESTS, Tally
tally = Tally.of(CACHE_REQUESTS.labels("feed", "hit"), each=100)
for _ in range({n}):
    tally.add()
"""


def test_what_is_counted_often_is_told_by_the_hundred(tmp_path: Path) -> None:
    """Of a process that died without being asked, what was beyond the last hundred is missing."""
    told(TALLY.format(n=250), tmp_path)
    lines = told(TELL, tmp_path).splitlines()

    assert 'bowerbird_cache_requests_total{outcome="hit",tier="feed"} 200.0' in lines


def test_who_is_asked_tells_all_it_has_counted(tmp_path: Path) -> None:
    """Also what is no full hundred, and once however often it is asked."""
    lines = told(TALLY.format(n=250) + TELL + "; " + TELL.partition("; ")[2], tmp_path).splitlines()

    assert lines.count('bowerbird_cache_requests_total{outcome="hit",tier="feed"} 250.0') == 2

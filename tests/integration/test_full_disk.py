"""
A disk without room: what is told, what is kept, and that the same goes on when there is room again.

The limit on a file's size (RLIMIT_FSIZE) is a disk that is full for one process; `PRAGMA max_page_count` one that is
full for SQLite. Neither needs a right that tests may lack.
"""

import resource
import signal
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from bowerbird.kernel.clock import SystemClock
from bowerbird.kernel.errors import StoreUnavailable
from bowerbird.knowledge import Indexer
from bowerbird.knowledge.index import open_index
from bowerbird.records import open_records

"""What happens when the records cannot be what was asked for."""

import subprocess
import sys
from pathlib import Path

import pytest

from bowerbird.kernel.errors import InputWrong, NotSupported, StoreUnavailable
from bowerbird.records import open_records


@pytest.mark.parametrize(
    ("url", "error", "says"),
    [
        ("nonsense", InputWrong, "'nonsense'.*sqlite:///path.*postgresql://"),
        ("postgresql//user:s3cret@host/db", InputWrong, "…@host/db"),
        ("mysql://u:s3cret@h/d", NotSupported, "no backend for 'mysql'"),
        ("sqlite://", NotSupported, "need a file"),
        ("sqlite:///:memory:", NotSupported, "need a file"),
        ("postgresql://u:s3cret@127.0.0.1/db?sslmood=off", InputWrong, "sslmood"),
        ("postgresql://u@127.0.0.1:1/db?password=s3cret", StoreUnavailable, "refused"),
    ],
)
def test_a_url_without_a_backend_is_refused_with_what_to_use(url: str, error: type[Exception], says: str) -> None:
    """The message names what was seen and what would work, and never a password."""
    with pytest.raises(error, match=says) as raised:
        open_records(url)

    assert "s3cret" not in str(raised.value)


def test_a_driver_that_is_not_installed_is_named_with_how_to_install_it() -> None:
    """PostgreSQL is an extra, so Bowerbird starts without it."""
    code = (
        "import sys; sys.modules['psycopg'] = None\n"
        "from bowerbird.records import open_records\n"
        "try: open_records('postgresql://h/d')\n"
        "except Exception as exc: print(type(exc).__name__, exc)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert said.startswith("NotSupported")
    assert "bowerbird[postgres]" in said


@pytest.mark.on("sqlite")
def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    """Somebody's other file is not overwritten."""
    path = tmp_path / "bowerbird.db"
    path.write_text("not a database, but somebody's notes " * 100)
    with pytest.raises(StoreUnavailable, match="cannot be opened"):
        open_records(f"sqlite:///{path}")

    assert path.read_text().startswith("not a database")

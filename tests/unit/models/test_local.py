"""A real model on this machine: the protocol, not the wisdom, since this one has none."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import psutil
import pytest
import pytest_asyncio

from bowerbird.kernel.clock import SystemClock
from bowerbird.kernel.errors import DeadlinePassed, ModelUnavailable, NotSupported
from bowerbird.models.chat import Message, Reply, Request, complete
from bowerbird.models.local import LocalModel
from bowerbird.models.wrappers import Guarded
from bowerbird.ops.breaker import Breaker
from bowerbird.ops.deadline import within
from tests.weights import weights

CLOCK = SystemClock()
pytestmark = [pytest.mark.timeout(300), pytest.mark.asyncio(loop_scope="module")]

SCHEMA = {
    "type": "object",
    "properties": {
        "claims": {
            "type": "array",
            "maxItems": 1,
            "items": {
                "type": "object",
                "properties": {"text": {"type": "string", "maxLength": 20}},
                "required": ["text"],
                "additionalProperties": False,
            },
        },
        "answerable": {"type": "boolean"},
    },
    "required": ["claims", "answerable"],
    "additionalProperties": False,
}


def asking(text: str, *, max_tokens: int = 20, schema: dict[str, object] | None = None) -> Request:
    """A request of the local model."""
    return Request((Message("system", "You answer."), Message("user", text)), "w", schema, max_tokens)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def model(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[LocalModel]:
    """The weak model, loaded once."""
    path = weights(tmp_path_factory.mktemp("weights"))
    opened = LocalModel(path, context_tokens=1024, timeout_s=120)
    yield opened
    await opened.close()


async def test_it_streams_and_counts_its_tokens(model: LocalModel) -> None:
    """Pieces first, then the whole; what was cut off says so."""
    async with aclosing(model.stream(asking("The sky is"))) as pieces:
        *said, reply = [piece async for piece in pieces]

    assert isinstance(reply, Reply)
    assert len(said) > 2
    assert "".join(map(str, said)) == reply.text
    assert reply.usage.tokens_in > 5
    assert 0 < reply.usage.tokens_out <= 20
    assert reply.model == "local:gemma-3-270m-q4_k_m.gguf"
    await model.ping()


async def test_the_grammar_binds_it_to_the_schema(model: LocalModel) -> None:
    """It cannot say anything but JSON that fits."""
    reply = await complete(model, asking("What is the sky?", max_tokens=200, schema=SCHEMA))
    said = json.loads(reply.text)

    assert set(said) == {"claims", "answerable"}
    assert isinstance(said["answerable"], bool)
    assert not reply.is_cut


async def test_several_at_once_all_get_an_answer(model: LocalModel) -> None:
    """More than it writes at a time; the rest waits its turn."""
    replies = await asyncio.gather(*(complete(model, asking(f"{n} and", max_tokens=8)) for n in range(6)))

    assert all(reply.text for reply in replies)


async def test_who_leaves_frees_the_place(model: LocalModel) -> None:
    """Four that would write hundreds of tokens are left, and the next is answered long before they would end."""
    for _ in range(4):
        async with aclosing(model.stream(asking("Tell a long story.", max_tokens=900))) as pieces:
            async for _piece in pieces:
                break

    async with asyncio.timeout(60):
        assert (await complete(model, asking("The sky is", max_tokens=4))).usage.tokens_out <= 4


async def test_time_limits_hold(model: LocalModel) -> None:
    """The caller's own, and that of one call."""
    guarded = Guarded(model, Breaker("local", CLOCK), CLOCK, timeout_s=0.5)
    with pytest.raises(ModelUnavailable, match=r"models\.timeout_s"):
        await complete(guarded, asking("Tell a long story.", max_tokens=900))
    patient = Guarded(model, Breaker("local", CLOCK), CLOCK, timeout_s=60)
    with within(0.5, CLOCK), pytest.raises(DeadlinePassed):
        await complete(patient, asking("Tell a long story.", max_tokens=900))


async def test_a_server_that_dies_in_mid_stream_is_unavailable_and_started_again(model: LocalModel) -> None:
    """The call under way fails at once, the next one is answered by another process."""
    async with aclosing(model.stream(asking("Tell a long story.", max_tokens=900))) as pieces:
        await anext(pieces)
        first = model.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)

        async def rest() -> None:
            async for _ in pieces:
                pass

        with pytest.raises(ModelUnavailable):
            await rest()
    reply = await complete(model, asking("The sky is", max_tokens=4))

    assert reply.text
    assert model.pid not in (None, first)


async def test_it_ends_with_its_parent_however_that_dies(model: LocalModel) -> None:
    """Killed without a word, the parent leaves no server behind."""
    code = (
        "import asyncio, sys\nfrom pathlib import Path\n"
        "from bowerbird.models.chat import Message, Request, complete\nfrom bowerbird.models.local import LocalModel\n"
        "async def main():\n"
        "    model = LocalModel(Path(sys.argv[1]), context_tokens=512, timeout_s=60)\n"
        "    await complete(model, Request((Message('user', 'x'),), 'w', max_tokens=1))\n"
        "    print(model.pid, flush=True)\n"
        "    await asyncio.sleep(600)\n"
        "asyncio.run(main())\n"
    )
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", code, str(model._path), stdout=subprocess.PIPE)
    assert parent.stdout is not None
    child = int(await parent.stdout.readline())
    parent.kill()
    await parent.communicate()
    async with asyncio.timeout(20):
        while _is_running(child):  # noqa: ASYNC110  it is another process
            await asyncio.sleep(0.05)


def _is_running(pid: int) -> bool:
    """Whether there is such a process, and it is not merely waiting to be collected."""
    return bool(psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)


async def test_what_is_no_model_is_told_with_its_path(tmp_path: Path) -> None:
    """No file, and a file of something else."""
    with pytest.raises(NotSupported, match="no file"):
        LocalModel(tmp_path / "none.gguf", context_tokens=512, timeout_s=5)
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF and then nothing")
    opened = LocalModel(broken, context_tokens=512, timeout_s=5)
    with pytest.raises(NotSupported, match=r"broken\.gguf.*cannot be run"):
        await complete(opened, asking("x"))
    await opened.close()

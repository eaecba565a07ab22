"""`bowerbird serve`: the web process and the worker process it starts."""

import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

from bowerbird.accounts import people
from bowerbird.cli.options import DataDir
from bowerbird.feed.remote import SOCKETS
from bowerbird.kernel.errors import InputWrong, NotSupported
from bowerbird.models.address import parse_llm
from bowerbird.ops import logs
from bowerbird.ops.metrics import SHARED
from bowerbird.ops.parent import PARENT
from bowerbird.settings import MOST_PROCESSES, Settings, load_settings
from bowerbird.wiring import opened_records

__all__ = ["a_worker_process", "free_port", "run_web", "serve", "web_processes"]

LOOPBACK = ("127.0.0.1", "::1", "localhost")
RESTART_WAIT_S = 2.0
STOP_WAIT_S = 15.0
WEB_PROCESSES_TO_A_MAKER = 4

# Many small matrices at once share the cores better than each taking all: else one is waited for ten times as long.
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}

log = logs.logger("worker")


def serve(
    *,
    host: Annotated[str | None, typer.Option(help="The address to listen on.", show_default=False)] = None,
    port: Annotated[
        int | None, typer.Option(help="The port to listen on; 0 takes a free one.", show_default=False)
    ] = None,
    data: DataDir = None,
) -> None:
    """
    Serve the pages and the API, and work on crawls beside them. Ctrl-C or SIGTERM stops both in good order.

    Example: `bowerbird serve --data ./bowerbird-data --port 8080`
    """
    settings = load_settings(data_dir=data, host=host, port=port)
    logs.configure(level=settings.log_level, form=settings.log_form)
    settings = settings.model_copy(update={"port": settings.port or free_port(settings.host)})
    refuse_open_door(settings)
    with a_worker_process(settings):
        typer.echo(f"Bowerbird is at http://{settings.host}:{settings.port}/", err=True)
        run_web(settings)


def refuse_open_door(settings: Settings) -> None:
    """Without accounts everyone is the operator, so only this machine may come in."""
    if settings.host in LOOPBACK and not settings.public_url:
        return
    with opened_records(settings) as records:
        if records.read(people.any_admin):
            return
    seen = f"host {settings.host!r}" if settings.host not in LOOPBACK else f"public_url {settings.public_url!r}"
    raise NotSupported(
        f"{seen}: others can reach this server, and it has no admin yet, so everyone would be one;"
        " `bowerbird users add EMAIL --role admin` adds the first, or use 127.0.0.1 alone"
    )


def free_port(host: str) -> int:
    """A port that nobody listens on just now."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def run_web(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM; requests under way are answered first."""
    _refuse_taken_port(settings)
    # Not forked: a fork would take along threads' locks, and a metrics client that keeps its counts to itself.
    multiprocessing.set_start_method("spawn", force=True)
    # One folder for what the processes share. If this one is killed, each of the others removes it as it leaves.
    with tempfile.TemporaryDirectory(prefix="bowerbird-serve-") as folder, ExitStack() as stack:
        os.environ.update(settings.environ() | ONE_THREAD | {PARENT: str(os.getpid()), SHARED: folder})
        os.environ[SOCKETS] = stack.enter_context(_feed_makers(settings, Path(folder)))
        Server(
            "bowerbird.web.process:served_app",
            factory=True,
            address=settings.host,
            port=settings.port,
            interface=Interfaces.ASGI,
            workers=web_processes(settings),
            workers_kill_timeout=int(STOP_WAIT_S),
            log_level=LogLevels.warning,
            respawn_failed_workers=True,
            static_path_mount=None,
        ).serve()


def web_processes(settings: Settings) -> int:
    """
    How many web processes answer: as many as are set, else one for each core that this process may use.

    Raises InputWrong when `llm` names no model.
    """
    if settings.processes:
        return settings.processes
    address = parse_llm(settings.llm)
    if address is not None and address.kind == "local":
        return 1  # each process would hold the weights, and llama.cpp takes the cores itself
    cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    return min(cores, MOST_PROCESSES)


def _refuse_taken_port(settings: Settings) -> None:
    with socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as exc:
            raise InputWrong(
                f"port: {settings.host}:{settings.port} cannot be listened on ({exc.strerror});"
                " choose another with --port, or 0 for a free one"
            ) from None


@contextmanager
def a_worker_process(settings: Settings) -> Generator[None]:
    """A worker process beside this one, started again when it dies, stopped in good order at the end."""
    with _kept_running("worker", partial(_started, settings, "bowerbird.worker", _without_counts(os.environ))):
        yield


@contextmanager
def _feed_makers(settings: Settings, folder: Path) -> Generator[str]:
    """The processes that make feeds for the web processes, likewise; the paths in that folder at which they listen."""
    with ExitStack() as stack:
        paths = [str(folder / f"feeds-{number}") for number in range(feed_makers(settings))]
        for path in paths:
            start = partial(_started, settings, "bowerbird.feed_maker", os.environ, path)
            stack.enter_context(_kept_running("feed_maker", start))
        yield os.pathsep.join(paths)


def feed_makers(settings: Settings) -> int:
    """How many processes make feeds: one makes more than a hundred slates a second, and holds all items in memory."""
    return max(1, web_processes(settings) // WEB_PROCESSES_TO_A_MAKER)


@contextmanager
def _kept_running(name: str, start: "Callable[[], subprocess.Popen[bytes]]") -> Generator[None]:
    """A process beside this one, started again when it dies, stopped in good order at the end."""
    stopping = threading.Event()
    child = [start()]

    def keep_running() -> None:
        while True:
            code = child[0].wait()
            if stopping.is_set():
                return
            log.error("process.died", process=name, code=code, again_in_s=RESTART_WAIT_S)
            if stopping.wait(RESTART_WAIT_S):
                return
            child[:] = [start()]
            if stopping.is_set():  # asked to stop while this one was being started: nobody else knows of it
                stop(child[0])

    watcher = threading.Thread(target=keep_running, name=f"{name}-watch", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        stopping.set()
        stop(child[0])
        watcher.join()


def _started(settings: Settings, module: str, environment: Mapping[str, str], *given: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(  # noqa: S603  ours
        [sys.executable, "-m", module, *given],
        env=dict(environment) | settings.environ() | {PARENT: str(os.getpid())},
        # Ctrl-C reaches the whole foreground group; the process is told by us, once the web part has stopped.
        start_new_session=True,
    )


def _without_counts(environment: Mapping[str, str]) -> dict[str, str]:
    """Without the web processes' metrics: each crawling child of a worker would leave its files with them."""
    return {name: value for name, value in environment.items() if name != SHARED}


def stop(process: "subprocess.Popen[bytes]") -> None:
    """SIGTERM, and SIGKILL for one that does not listen."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_WAIT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

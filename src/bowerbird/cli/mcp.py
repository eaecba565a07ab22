"""`bowerbird mcp`."""

from bowerbird.cli.options import DataDir, settings_for, with_app
from bowerbird.kernel.errors import NotSupported
from bowerbird.wiring import App

__all__ = ["mcp"]


def mcp(*, data: DataDir = None) -> None:
    """
    Serve search, ask and read_page to an assistant, by the Model Context Protocol over standard input and output.

    The assistant starts it, by this command in its settings, and sees what the local operator sees.

    Example: `bowerbird mcp --data ~/bowerbird`
    """
    try:
        from bowerbird.mcp_server import server_of
    except ImportError as exc:
        raise NotSupported(
            f"`bowerbird mcp` needs the SDK of the Model Context Protocol, which is not installed ({exc});"
            " `pip install 'bowerbird[mcp]'` installs it"
        ) from None

    async def serve(app: App) -> None:
        await server_of(app).run_stdio_async()

    with_app(settings_for(data), serve)

"""The cookies of who is signed in."""

from typing import Final

from starlette.responses import Response

from bowerbird.accounts import SignedIn, sessions
from bowerbird.settings import Settings
from bowerbird.web.viewer import DEVICE_COOKIE, SESSION_COOKIE, cookie_name

__all__ = ["drop_session", "give"]

_DEVICE_S: Final = 365 * 86_400


def give(response: Response, signed_in: SignedIn, settings: Settings) -> None:
    """Put both secrets where scripts cannot read them and other sites' forms do not send them."""
    _set(response, settings, SESSION_COOKIE, signed_in.session, int(sessions.LONGEST_S))
    _set(response, settings, DEVICE_COOKIE, signed_in.device, _DEVICE_S)


def drop_session(response: Response, settings: Settings) -> None:
    """Forget the session; the device stays known."""
    response.delete_cookie(
        cookie_name(SESSION_COOKIE, settings), path="/", secure=settings.public.scheme == "https", httponly=True
    )


def _set(response: Response, settings: Settings, name: str, secret: str, max_age_s: int) -> None:
    response.set_cookie(
        cookie_name(name, settings),
        secret,
        max_age=max_age_s,
        path="/",
        httponly=True,
        samesite="lax",
        secure=settings.public.scheme == "https",
    )

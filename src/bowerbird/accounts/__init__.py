"""Who may come in and what they may do: accounts, roles, sessions, keys, invitations, and what was done with them."""

from bowerbird.accounts import audit, keys, links, people, sessions
from bowerbird.accounts.identity import LEAST_PASSWORD, clean_email, clean_name, clean_password
from bowerbird.accounts.roles import Role, RoleName
from bowerbird.accounts.secrets import hash_password, password_fits
from bowerbird.accounts.signing_in import SignedIn, Visitor, sign_in, succeed

__all__ = [
    "LEAST_PASSWORD",
    "Role",
    "RoleName",
    "SignedIn",
    "Visitor",
    "audit",
    "clean_email",
    "clean_name",
    "clean_password",
    "hash_password",
    "keys",
    "links",
    "password_fits",
    "people",
    "sessions",
    "sign_in",
    "succeed",
]

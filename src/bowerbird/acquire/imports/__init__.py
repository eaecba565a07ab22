"""Bringing things in: files, folders and rows of items become a source; importing it again brings it up to date."""

from bowerbird.acquire.imports.names import is_import, name_of
from bowerbird.acquire.imports.request import ImportFile, ImportRequest, check_import, request_import
from bowerbird.acquire.imports.run import run_import
from bowerbird.acquire.imports.uploads import Upload, remove_upload, sweep_uploads

__all__ = [
    "ImportFile",
    "ImportRequest",
    "Upload",
    "check_import",
    "is_import",
    "name_of",
    "remove_upload",
    "request_import",
    "run_import",
    "sweep_uploads",
]

"""A file of candles in a request, kept under a name of ours until it is read."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from flask import request
from werkzeug.datastructures import FileStorage

from abtpro_saas.errors import InvalidError
from abtpro_saas.ids import TenantId
from abtpro_saas.markets.files import Files
from abtpro_saas.markets.imports.staging import upload_path

FILE = "file"
PIECE = 1 << 20

MULTIPART = "multipart/form-data"


def is_upload() -> bool:
    """Tell whether the request brings a form."""
    return request.mimetype == MULTIPART


@contextmanager
def brought_file() -> Iterator[FileStorage]:
    """Lend the one file of the request.

    Raises:
        InvalidError: there is none, or another beside it.
    """
    found = [file for _, file in request.files.items(multi=True)]
    try:
        if len(found) != 1 or FILE not in request.files:
            raise InvalidError("bring one file, as the field file", FILE)
        yield found[0]
    finally:
        for file in found:
            file.close()


def keep(root: str, tenant_id: TenantId, import_id: UUID, file: FileStorage) -> str:
    """Keep the file; return where. Its own name is nobody's business."""
    path = upload_path(tenant_id, import_id)
    with Files(root).writing(path) as kept:
        while piece := file.stream.read(PIECE):
            kept.write(piece)
    return path


def drop(root: str, tenant_id: TenantId, import_id: UUID) -> None:
    """Remove a file whose import was refused."""
    Files(root).remove(upload_path(tenant_id, import_id))

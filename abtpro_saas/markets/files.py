"""Files under one root of any fsspec file system, written whole or not at all."""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from errno import ENOTEMPTY
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

from abtpro_saas.ids import new_id

_PATH = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(?:/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")


class Files:
    """A folder, or a bucket's prefix; names below it are ours, never a user's."""

    def __init__(self, root: str) -> None:
        from fsspec.core import url_to_fs  # noqa: PLC0415 - for who reads or writes alone

        self._system, found = url_to_fs(root)
        self._root = str(found).rstrip("/")

    def read(self, path: str) -> bytes:
        """Return what a file holds.

        Raises:
            FileNotFoundError: it is not there.
        """
        return cast("bytes", self._system.cat_file(self._full(path)))

    def write(self, path: str, content: bytes) -> None:
        """Replace a file: who reads it sees the old or the new, and nothing between."""
        with self.writing(path) as file:
            file.write(content)

    @contextmanager
    def writing(self, path: str) -> Iterator[Any]:
        """Open a file that takes its name when the block ends without an error."""
        full = self._full(path)
        self._system.makedirs(full.rpartition("/")[0], exist_ok=True)
        part = f"{full}.{new_id().hex}.part"
        try:
            with self._system.open(part, "wb") as file:
                yield file
                _to_disk(file)
            self._system.mv(part, full)
        except BaseException:
            if self._system.exists(part):
                self._system.rm(part)
            raise

    @contextmanager
    def reading(self, path: str) -> Iterator[Any]:
        """Open a file.

        Raises:
            FileNotFoundError: it is not there.
        """
        with self._system.open(self._full(path), "rb") as file:
            yield file

    @contextmanager
    def workplace(self, path: str) -> Iterator[Path]:
        """Lend an empty folder of this machine, and remove it with all that is in it.

        Beside the file it is a part as others are, for whoever clears them.
        """
        if "file" not in self._system.protocol:
            with TemporaryDirectory(prefix="abtpro-") as elsewhere:
                yield Path(elsewhere)
            return
        folder = Path(f"{self._full(path)}.{new_id().hex}.part")
        folder.mkdir(parents=True)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def names(self, path: str) -> list[str]:
        """Return the names of the files in a folder, sorted; a part is none."""
        return self._listed(path, "file")

    def folders(self, path: str) -> list[str]:
        """Return the names of the folders in a folder, sorted."""
        return self._listed(path, "directory")

    def parts(self, path: str) -> list[str]:
        """Return the paths below a folder of what was never written whole."""
        full = self._full(path)
        if not self._system.isdir(full):
            return []
        found = (str(name) for name in self._system.find(full, withdirs=True))
        start = len(self._root) + 1
        return [name[start:] for name in found if name.endswith(".part")]

    def size(self, path: str) -> int:
        """Return how many bytes a file, or all below a folder, takes."""
        return int(self._system.du(self._full(path)))

    def remove(self, path: str) -> None:
        """Remove a file, or a folder with all that is in it, if it is there."""
        full = self._full(path)
        for last in (False, False, True):
            try:
                if self._system.exists(full):
                    self._system.rm(full, recursive=True)
            except FileNotFoundError:
                return  # another process removes the same at the same time
            except OSError as error:
                # Another one has just written there.
                if last or error.errno != ENOTEMPTY:
                    raise
            else:
                return

    def _listed(self, path: str, kind: str) -> list[str]:
        full = self._full(path)
        if not self._system.isdir(full):
            return []
        self._system.invalidate_cache()
        found = self._system.ls(full, detail=True)
        names = (each["name"] for each in found if each["type"] == kind)
        last = (str(name).rstrip("/").rpartition("/")[2] for name in names)
        return sorted(name for name in last if not name.endswith(".part"))

    def _full(self, path: str) -> str:
        if _PATH.fullmatch(path) is None:
            raise ValueError(f"no path of ours: {path[:80]!r}")
        return f"{self._root}/{path}"


def _to_disk(file: Any) -> None:  # noqa: ANN401 - each file system has a class of its own
    """Outlive a power cut, where the file is one of this machine's."""
    file.flush()
    descriptor = getattr(getattr(file, "f", None), "fileno", None)
    if descriptor is not None:
        os.fsync(descriptor())

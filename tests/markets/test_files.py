"""Files and folders of the store, while others are at work in them."""

import threading
from contextlib import suppress

from abtpro_saas.markets.files import Files


def test_a_folder_that_another_writes_to_is_removed_in_the_end(tmp_path):
    files, over = Files(str(tmp_path)), threading.Event()

    def write():
        while not over.is_set():
            with suppress(FileNotFoundError):
                files.write("staging/import/page", b"x")

    other = threading.Thread(target=write)
    other.start()
    try:
        for _ in range(200):
            files.remove("staging/import")
    finally:
        over.set()
        other.join()
    files.remove("staging/import")

    assert files.names("staging/import") == []

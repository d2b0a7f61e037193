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


def test_a_workplace_is_a_part_while_it_is_lent_and_then_gone(tmp_path):
    files = Files(str(tmp_path))

    with files.workplace("uploads/a/b") as place:
        (place / "file").write_bytes(b"half")
        (part,) = files.parts("uploads/a")
        assert tmp_path / part == place
        assert files.names("uploads/a") == files.folders("uploads/a") == []

    assert not place.exists()


def test_a_store_elsewhere_lends_a_workplace_of_this_machine():
    files = Files("memory://bucket")

    with files.workplace("uploads/a/b") as place:
        (place / "file").write_bytes(b"half")
        assert files.parts("uploads/a") == []

    assert not place.exists()

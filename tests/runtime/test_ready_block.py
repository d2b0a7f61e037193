import json

import pytest

from abtpro_saas.runtime.installation import open_installation, write_private
from abtpro_saas.runtime.preparation import DEMO
from abtpro_saas.runtime.ready_block import ready_block

HOSTS = {"siam": "Siam Trading", "lanna": "Lanna Algo"}


@pytest.fixture
def block(tmp_path):
    """Return a function that prints the block of an installation with two tenants."""

    def show(kind="local"):
        given = {"ABTPRO_HOME": str(tmp_path), "ABTPRO_PORT": "9000"}
        installation = open_installation(given | {"ABTPRO_ENV": kind})
        tenants = [
            {"name": name, "slug": slug, "users": []} for slug, name in HOSTS.items()
        ]
        operator = {"email": "op@example.com", "password": "x"}
        told = {"operator": operator, "tenants": tenants}
        write_private(tmp_path / DEMO, json.dumps(told))
        return ready_block(installation).splitlines()

    return show


def test_each_host_is_named_with_its_mailbox(block):
    lines = [" ".join(line.split()) for line in block()]

    for slug, name in HOSTS.items():
        assert f"{name} http://{slug}.localhost:9000" in lines
        assert f"{name} http://{slug}.localhost:9000/mailbox" in lines
    assert "Mailbox http://localhost:9000/mailbox" in lines


def test_in_production_there_is_no_mailbox(block):
    assert not [line for line in block("production") if "mailbox" in line.lower()]


def test_the_addresses_are_aligned(block):
    at = {line.index("http") for line in block() if "http" in line}

    assert len(at) == 1

"""Which code may handle payments in our process."""

import subprocess
import sys

import pytest

from abtpro_saas.billing.gateways.catalogue import (
    UnknownGatewayError,
    drivers,
    gateway,
)

STRANGERS = """[abtpro.payment_gateways]
generic = stranger:Gateway
stranger = stranger:Gateway
"""


def test_our_gateways_are_found_by_name():
    assert {"classic", "generic", "manual"} <= set(drivers())
    assert gateway("classic").confirms == "HINT"
    assert gateway("generic").confirms == "AUTOMATIC"
    assert gateway("manual").confirms == "MANUAL"


def test_a_gateway_is_made_once():
    assert gateway("generic") is gateway("generic")


@pytest.mark.parametrize("name", ["", "omise", "GENERIC", "generic ", "../generic"])
def test_an_unknown_gateway_is_refused(name):
    with pytest.raises(UnknownGatewayError):
        gateway(name)


def test_another_distributions_gateway_is_not_even_imported(tmp_path):
    (tmp_path / "stranger.py").write_text("raise SystemExit('imported')")
    metadata = tmp_path / "stranger-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Name: stranger\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(STRANGERS)
    program = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "from abtpro_saas.billing.gateways.catalogue import drivers, gateway\n"
        "print(type(gateway('generic')).__name__, 'stranger' in drivers())\n"
        "gateway('stranger')\n"
    )

    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )

    assert run.stdout == "GenericGateway False\n"
    assert "UnknownGatewayError" in run.stderr

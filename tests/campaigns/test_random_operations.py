"""Random operations, some of them cut short, against a model and laws of all books.

After every single step the books must equal the model's, whatever was killed when. The
operations come from hypothesis, so a failure shrinks to the few that it needs.
"""

from time import monotonic

import httpx
import hypothesis
import pytest
from hypothesis import HealthCheck
from hypothesis.stateful import run_state_machine_as_test

from abtpro_saas.database import make_engine
from tests.campaigns.crashes import Crashes
from tests.campaigns.paying_in import PayingIn
from tests.campaigns.paying_out import PayingOut
from tests.campaigns.view import Reader
from tests.campaigns.world import Place
from tests.conftest import close_gateways
from tests.simulators.conftest import serving

STEPS = 100
FULL = 100_000

pytestmark = pytest.mark.timeout(14_400)  # at full length


@pytest.fixture
def place(server, keyring, new_tenant, tmp_path):
    engine = make_engine(server.app_url, pool_size=8)
    killer = Crashes(engine, server.superuser_url)
    reader = Reader(server.app_url, new_tenant())
    with (
        serving(tmp_path / "gateway.db") as url,
        httpx.Client(base_url=url, trust_env=False) as http,
    ):
        yield Place(engine, killer, keyring, http, new_tenant, reader)
    reader.close()
    killer.close()
    engine.dispose()
    # They keep connections to the simulator, which is gone.
    close_gateways()


def test_random_operations_and_crashes_keep_the_books_right(campaign, place):
    machine = type("Operations", (PayingIn, PayingOut), {"place": place})
    wanted = campaign.length(160, FULL)
    begun = monotonic()
    while place.done["operations"] < wanted:
        settings = hypothesis.settings(
            max_examples=campaign.length(2, 100),
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        )
        seeded = hypothesis.seed(campaign.random.randrange(2**32))(machine)
        run_state_machine_as_test(seeded, settings=settings)
    took, done = monotonic() - begun, place.done["operations"]
    print(  # noqa: T201 - the campaign's figures, shown with -s
        f"{done} operations, {place.crashes.count} crashes,"
        f" {took:.0f} s, {done / took:.0f} a second"
    )

"""Where a refusal sends somebody who has to pay."""

import pytest

from abtpro_saas.app import create_app
from abtpro_saas.contracts.deals.paying import TOP_UP_AT
from abtpro_saas.contracts.entitlements import BUY_AT, RENEW_AT


@pytest.mark.parametrize("path", [TOP_UP_AT, BUY_AT, RENEW_AT])
def test_a_refusal_leads_to_a_page_that_is_there(settings, path):
    pages = create_app(settings()).url_map.bind("siam.localhost")

    assert pages.test(path, "GET")

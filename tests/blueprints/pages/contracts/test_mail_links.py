"""Where the mails about a contract lead, in the reader's browser."""

import pytest

from abtpro_saas.notifications.links import LINKS

PATHS = sorted({link.path.format(amount_missing="398.00") for link in LINKS.values()})


@pytest.mark.parametrize("path", PATHS)
def test_each_mails_link_opens_a_page(new_renter, path):
    renter = new_renter(60_000)
    renter.buy("BASIC", renter.ago(days=29))

    assert renter.reader.get(path).status_code == 200


@pytest.mark.parametrize("path", PATHS)
def test_who_is_not_signed_in_comes_back_after_it(stranger, path):
    answer = stranger.get(path)

    if path != "/pricing":  # open to everybody
        assert answer.status_code == 303
        assert "/sign-in?next=" in answer.location

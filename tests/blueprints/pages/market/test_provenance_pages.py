"""Where the rows of a series come from, on the pages that show it."""

import pytest

from abtpro_saas.clock import utc_now
from abtpro_saas.database import tenant_transaction
from abtpro_saas.markets.imports import progress
from tests.markets.conftest import changed, made
from tests.markets.importing import Desk
from tests.markets.test_reading import csv_of


@pytest.fixture
def desk(engine, tenant, owner, root):
    """The reader, who brings files."""
    return Desk(engine, tenant, owner, root)


@pytest.fixture
def bring(desk):
    """Return a function that imports a file for the reader, as a worker does."""
    return lambda candles, **named: desk.finish(
        desk.bring(csv_of(candles).encode(), **named)
    )


def test_a_clean_import_hides_no_earlier_one_on_the_page_of_its_series(shown, bring):
    bring(changed(made(20), high={3: 1.0, 4: 1.0}))
    done = bring(made(1500, seed=2))

    text = shown.get(f"/market/{done.series_id}").text

    part = text.partition('id="done-head"')[2].partition("</section>")[0]
    newest, oldest = part.partition("<tbody>")[2].split("</tr>")[:2]
    assert (">1,500<" in newest, ">18<" in oldest) == (True, True)
    assert "With a high below another price: 2" in oldest
    assert ">18<" in newest  # replaced
    assert "2 imports in all. Put aside: 2. Replaced: 18." in part


def test_a_file_under_an_exchanges_name_is_told_wherever_the_series_is(shown, bring):
    done = bring(made(20), exchange="binance")

    for path in ("/market", f"/market/{done.series_id}", "/backtests/new"):
        assert "brought as a file" in shown.get(path).text


def test_candles_that_nobody_brought_are_not_said_to_be(shown, series):
    for path in ("/market", f"/market/{series.series_id}", "/backtests/new"):
        page = shown.get(path)
        assert page.status_code == 200
        assert "brought as a file" not in page.text
    assert 'id="done-head"' not in shown.get(f"/market/{series.series_id}").text


def test_an_import_says_that_it_is_of_a_file_and_if_it_is_read_again(shown, desk):
    import_id = desk.bring(csv_of(made(20)).encode())
    with tenant_transaction(desk.engine, desk.tenant_id) as session:
        progress.begin(session, desk.tenant_id, import_id)
        note = session, desk.tenant_id, import_id, utc_now()
        progress.note_fault(*note, wait_s=None)

    text = shown.get(f"/market/imports/{import_id}").text

    assert "brought as a file" in text
    assert "what read it was ended, and it is read again" in text
    assert "the exchange does not answer" not in text


def test_rows_that_were_put_aside_say_how_they_are_counted(shown, bring):
    row = bring(changed(made(20), high={3: 1.0}))
    text = shown.get(f"/market/imports/{row.import_id}").text
    assert "Row 1 is the first below the file" in text
    assert 'data-label="Row" class="end num">4</td>' in text

"""How far a run can be trusted, on its report: a grade that comes by itself."""

from datetime import timedelta
from html import unescape

from abtpro_saas.backtesting.studies.reading import trust_of
from abtpro_saas.clock import utc_now
from abtpro_saas.database import tenant_transaction
from tests.backtesting import runs_for

PART = {"HX-Request": "true", "HX-Request-Type": "partial"}


def page_of(run):
    return f"/backtests/{run.backtest_id}"


def grade_of(engine, run):
    with tenant_transaction(engine, run.tenant_id) as session:
        return trust_of(session, runs_for.found(engine, run.tenant_id, run.backtest_id))


def test_a_grade_stands_with_what_speaks_against_it_first(shown, engine, examined):
    run = examined()
    grade = grade_of(engine, run).grade
    card = shown.get(page_of(run)).text.partition('id="trust"')[2]
    card = card.partition("</section>")[0]

    assert f"</span>{grade['grade']}</p>" in card
    assert f">{grade['score']}</span>" in card
    for check in grade["checks"]:
        assert check["title"]["en"] in card
    verdicts = [each["verdict"] for each in grade["checks"]]
    if "FAILED" in verdicts and "PASSED" in verdicts:
        assert card.index("Not passed") < card.index("Passed")


def test_each_thing_stands_once_in_the_card(shown, engine, examined):
    run = examined()
    grade = grade_of(engine, run).grade
    card = shown.get(page_of(run)).text.partition('id="trust"')[2]
    card = unescape(card.partition("</section>")[0])

    for check in grade["checks"]:
        assert card.count(check["text"]["en"]) == 1, check["code"]
    assert card.count("rials on these data") == 1


def test_the_grade_comes_by_itself_once_the_run_was_examined(shown, completed):
    run = completed()
    page = shown.get(page_of(run)).text
    assert "It is being examined" in page
    part = page.partition('id="trust"')[2][:600]
    assert f'data-fragment="{page_of(run)}/trust"' in part


def test_the_part_with_the_grade_is_fetched_alone(shown, examined):
    run = examined()
    part = shown.get(page_of(run) + "/trust", headers=PART).text
    assert part.lstrip().startswith("<section")
    assert "data-live" not in part
    whole = shown.get(page_of(run) + "/trust")
    assert whole.location.endswith(page_of(run) + "#trust")


def test_an_examination_that_does_not_come_is_not_waited_for(shown, engine, completed):
    run = completed()
    with tenant_transaction(engine, run.tenant_id) as session:
        held = runs_for.hold_run(session, run.tenant_id, run.backtest_id)
        held.completed_at = utc_now() - timedelta(hours=1)
    part = shown.get(page_of(run) + "/trust", headers=PART).text
    assert "data-live" not in part
    assert "trust-letter" not in part


def test_figures_of_another_release_break_no_page(shown, engine, examined):
    run = examined()
    with tenant_transaction(engine, run.tenant_id) as session:
        held = runs_for.hold_run(session, run.tenant_id, run.backtest_id)
        held.trust = {"examination": {"version": 0}}
    assert "It was examined by another release" in shown.get(page_of(run)).text
    assert shown.get("/backtests").status_code == 200


def test_the_report_leads_to_studies_of_the_run(shown, examined):
    run = examined()
    page = shown.get(page_of(run)).text
    for path in ("optimise", "walk-forward"):
        assert f'href="/backtests/{path}?from={run.backtest_id}"' in page
    assert f'href="{page_of(run)}/monte-carlo"' in page


def test_lists_and_comparisons_have_the_letter(shown, engine, examined, completed):
    run, other = examined(), completed(timeframe="2h")
    letter = f"</span>{grade_of(engine, run).grade['grade']}</span>"
    assert shown.get("/backtests").text.count(letter) == 1
    ids = f"run={run.backtest_id}&run={other.backtest_id}"
    row = shown.get(f"/backtests/compare?{ids}").text.partition(">Grade<")[2]
    assert "--" in row.partition("</tr>")[0]
    assert "chip" in row.partition("</tr>")[0]


def test_a_stranger_sees_no_grade(browser, trader, examined):
    run = examined()
    stranger = browser(trader())
    assert stranger.get(page_of(run) + "/trust", headers=PART).status_code == 404

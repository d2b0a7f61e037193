"""An operator looks at a process in the Temporal UI, with a real browser."""

import asyncio
import re
import threading
from uuid import uuid4

import pytest
from playwright.sync_api import expect, sync_playwright
from temporalio import activity

from abtpro_saas.billing.messages import ReviewTopup, TopupStanding, WatchTopup
from abtpro_saas.workflows.payments import PaymentConfirmation
from abtpro_saas.workflows.watching import QUEUE_WORKFLOWS
from tests.browser.conftest import ARGS, CHROMIUM

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
]

HOSTILE = "**for** <script>document.title='taken'</script><b id=taken>siam</b>"


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        yield opened
        opened.close()


@pytest.fixture
def look_at(house, cookie, browser):
    """Return a function that opens a process's page as an operator."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    name = house[1].config["SESSION_COOKIE_NAME"]
    context.add_cookies([{"name": name, "value": cookie, "url": house[0]}])

    def look(process_id, then=""):
        page = context.new_page()
        page.problems = []
        page.on("console", lambda line: page.problems.append(line.text))
        place = f"/ops/temporal/namespaces/default/workflows/{process_id}"
        page.goto(f"{house[0]}{place}{then}")
        return page

    yield look
    context.close()


@activity.defn(name="review_topup")
def waits_for_the_bank(order: ReviewTopup) -> TopupStanding:
    later = order.at.replace(year=order.at.year + 1, day=1)
    return TopupStanding("PENDING", "waiting for the bank", later, "somchai", "siam")


@pytest.fixture
def watched(house, keyring, running):
    """A process that a worker runs until the test ends; return its two ids."""
    order = WatchTopup(str(uuid4()), str(uuid4()))
    begun, ids, loop, stop = threading.Event(), [], asyncio.new_event_loop(), []

    async def work():
        stop.append(asyncio.Event())
        client = await house[2].connect(keyring, timeout_s=60)
        async with running(client, [PaymentConfirmation], [waits_for_the_bank]):
            process = await client.start_workflow(
                PaymentConfirmation.run,
                order,
                id=order.process_id,
                task_queue=QUEUE_WORKFLOWS,
                static_summary=HOSTILE,
            )
            ids.extend((process.id, process.first_execution_run_id))
            begun.set()
            await stop[0].wait()

    worker = threading.Thread(target=loop.run_until_complete, args=(work(),))
    worker.start()
    assert begun.wait(90)
    yield ids
    loop.call_soon_threadsafe(stop[0].set)
    worker.join()
    loop.close()


def test_an_operator_reads_a_sealed_payload_in_the_ui(look_at, process_id, trail):
    page = look_at(process_id)

    page.get_by_text("owed by somchai").first.wait_for(timeout=60_000)

    assert any(process_id in (entry.subject or "") for entry in trail("codec.decode"))
    assert not [line for line in page.problems if "Content Security Policy" in line]


def test_an_operator_reads_a_processs_own_words_which_do_nothing(look_at, watched):
    process_id, run_id = watched
    page = look_at(process_id, f"/{run_id}/user-metadata")

    frames = page.locator("iframe[src*='/render?']")
    frames.nth(1).wait_for(timeout=40_000)
    texts = [frames.nth(n).content_frame.locator("main") for n in range(2)]

    expect(texts[0]).to_have_text(HOSTILE.replace("**", ""), timeout=40_000)
    # The worker tells it: until then its frame is empty.
    pending = re.compile("^PENDING waiting for the bank since ")
    expect(texts[1]).to_have_text(pending, timeout=40_000)
    assert [each.locator("strong").inner_text() for each in texts] == ["for", "PENDING"]
    assert "taken" not in [frame.title() for frame in page.frames]
    assert texts[0].locator("#taken").count() == 0
    assert all(each.bounding_box()["height"] > 10 for each in texts)
    assert not [line for line in page.problems if "Content Security Policy" in line]

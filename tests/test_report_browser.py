"""The report in a real browser: what its script does, and whether it stays quick."""

from __future__ import annotations

import shutil
import time

import pytest
from test_report import HANDED_UP, LATE_FEE, NASTY, OXYGEN, QUIET, SVG, report_of, scored

from escalert.report import Figure, Section, Table, write_evaluation_page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed here")


@pytest.fixture(scope="module")
def browser():
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def visit(browser):
    """Open a page in a fresh window; at the end, fail if it complained or fetched anything."""
    contexts, complaints = [], []

    def open_page(path, fragment="", **options):
        contexts.append(browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options}))
        page = contexts[-1].new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: complaints.append(dialog.message))
        page.on("request", lambda request: _note_foreign(request.url, path, complaints))
        page.goto(path.as_uri() + fragment)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def _note_foreign(url, path, complaints):
    if not url.startswith((path.as_uri(), "data:")):
        complaints.append(f"fetched {url}")


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    path = tmp_path_factory.mktemp("small") / "report.html"
    report_of(
        scored("fee 1", LATE_FEE, queue="Billing", agent_id="Ines", warranted=0.2),
        scored("power cut", OXYGEN, priority="urgent", queue="Outages", agent_id="Tomás"),
        scored("handed up", HANDED_UP, priority="high", escalated=0.9, timed=False),
        scored("fee 10", LATE_FEE, priority="high", queue="Billing", warranted=0.7),
        scored("quiet", QUIET, warranted=0.1, priority="none"),
    ).write(path)
    return path


def rows(page):
    return page.locator("#calls tr.call").evaluate_all("rows => rows.map(row => row.dataset.call)")


def test_lists_the_most_urgent_first(visit, small):
    assert rows(visit(small)) == ["power cut", "fee 10", "handed up", "fee 1"]


@pytest.mark.parametrize(
    ("column", "order"),
    [
        ("Call", ["fee 1", "fee 10", "handed up", "power cut"]),
        ("Queue", ["fee 10", "fee 1", "power cut", "handed up"]),
        ("First trigger", ["power cut", "fee 10", "fee 1", "handed up"]),
        ("Triggers and quote", ["power cut", "handed up", "fee 10", "fee 1"]),
        ("Warranted", ["power cut", "handed up", "fee 10", "fee 1"]),
        ("Escalated", ["power cut", "fee 10", "fee 1", "handed up"]),
    ],
)
def test_sorts_by_a_column(visit, small, column, order):
    page = visit(small)
    heading = page.locator("#calls th", has=page.get_by_role("button", name=column, exact=True))
    heading.get_by_role("button").click()
    assert rows(page) == order
    assert heading.get_attribute("aria-sort") in ("ascending", "descending")
    assert page.locator("[aria-sort]").count() == 1


def test_sorting_twice_turns_the_order_round(visit, small):
    page = visit(small)
    heading = page.get_by_role("button", name="Call", exact=True)
    heading.click()
    heading.press("Enter")
    assert rows(page) == ["power cut", "handed up", "fee 10", "fee 1"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("OXYGEN", ["power cut"]),
        ("billing", ["fee 10", "fee 1"]),
        ("tomas", ["power cut"]),
        ("handed", ["handed up"]),
        ("no such thing", []),
    ],
)
def test_searches_ids_quotes_queues_and_agents(visit, small, text, found):
    page = visit(small)
    page.get_by_label("Search").fill(text)
    assert rows(page) == found
    assert f"{len(found)} of 4 calls match" in page.get_by_role("status").inner_text()


@pytest.mark.parametrize(
    ("label", "choice", "found"),
    [
        ("Priority", "High", ["fee 10", "handed up"]),
        ("Trigger", "Manager request", ["power cut", "handed up"]),
        ("Queue", "Billing", ["fee 10", "fee 1"]),
        ("Queue", "Not stated", ["handed up"]),
    ],
)
def test_filters_by_choice(visit, small, label, choice, found):
    page = visit(small)
    page.get_by_label(label, exact=True).select_option(label=choice)
    assert rows(page) == found


def test_filters_join_and_can_be_cleared(visit, small):
    page = visit(small)
    page.get_by_label("Missed only").check()
    assert rows(page) == ["power cut", "fee 10"]
    page.get_by_label("Queue", exact=True).select_option(label="Billing")
    assert rows(page) == ["fee 10"]
    page.get_by_role("button", name="Clear").click()
    assert len(rows(page)) == 4
    assert page.get_by_label("Search").evaluate("field => field === document.activeElement")


def test_opens_and_closes_a_call_by_keyboard(visit, small):
    page = visit(small)
    button = page.get_by_role("button", name="power cut")
    button.focus()
    page.keyboard.press("Enter")
    assert button.get_attribute("aria-expanded") == "true"
    detail = page.get_by_role("group", name="Call power cut")
    assert "Somebody should listen to this one." in detail.inner_text()
    assert detail.locator(".turn").count() == 4
    assert detail.locator(".turn.evidence").count() == 3
    assert detail.get_by_role("img").get_attribute("aria-label").startswith("Emotional intensity")
    page.keyboard.press("Escape")
    assert page.locator(".detail").count() == 0
    assert button.evaluate("button => button === document.activeElement")


def test_opens_a_call_by_a_click_anywhere_on_its_row(visit, small):
    page = visit(small)
    page.locator("tr.call .quote").first.click()
    assert page.locator(".detail").count() == 1
    assert page.url.endswith("#call-power%20cut")
    page.locator("tr.call .k-priority").first.click()
    assert page.locator(".detail").count() == 0
    assert "#" not in page.url


def test_leads_from_a_trigger_to_its_turn(visit, small):
    page = visit(small, "#call-power%20cut")
    page.locator(".triggers tr", has_text="Authority limit").locator(".jump").click()
    assert page.evaluate("document.activeElement.dataset.turn") == "2"
    page.get_by_role("button", name="Next evidence").click()
    assert page.evaluate("document.activeElement.dataset.turn") == "3"


def test_a_link_opens_its_call_even_if_filtered_out(visit, small):
    page = visit(small, "#call-fee%2010")
    assert page.get_by_role("group", name="Call fee 10").is_visible()
    page.get_by_label("Search").fill("oxygen")
    page.evaluate("location.hash = '#call-fee%201'")
    page.get_by_role("group", name="Call fee 1", exact=True).wait_for()
    assert len(rows(page)) == 4


@pytest.mark.parametrize("fragment", ["#call-nobody", "#call-%E0%A4%A", "#flagged"])
def test_a_link_to_no_call_opens_none(visit, small, fragment):
    assert visit(small, fragment).locator(".detail").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [400, 820, 1280])
def test_fits_the_width_of_the_screen(visit, small, width, scheme):
    page = visit(small, "#call-power%20cut", viewport={"width": width, "height": 800}, color_scheme=scheme)
    assert page.locator(".detail").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_the_evaluation_page_fits_a_small_screen(visit, tmp_path):
    headers = ["Trigger", *(f"Measure {at}" for at in range(9))]
    table = Table(headers, [["Profanity", *[0.5] * 9]])
    write_evaluation_page(
        tmp_path / "eval.html", "Evaluation", [Section("All", ["Lines."], [table], [Figure(SVG, "A line")])]
    )
    page = visit(tmp_path / "eval.html", viewport={"width": 400, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") == 400
    assert page.get_by_role("img", name="A line").evaluate("image => image.naturalWidth") == 9


def test_is_readable_without_scripts(visit, small):
    page = visit(small, java_script_enabled=False)
    assert page.get_by_text("My mother is on oxygen").is_visible()
    assert page.locator("noscript p").is_visible()
    assert not page.get_by_label("Search").is_visible()


def test_text_of_a_call_never_runs(visit, tmp_path):
    calls = [scored(text, [(turn[0], text, turn[2]) for turn in OXYGEN], queue=text, agent_id=text) for text in NASTY]
    report_of(*calls, title=NASTY[0]).write(tmp_path / "report.html")
    page = visit(tmp_path / "report.html")
    for button in page.locator(".open").all():
        button.click()
    assert page.locator(".detail").count() == len(NASTY)
    assert page.locator(".detail .text").all_inner_texts()[0] == NASTY[0]
    assert page.evaluate("document.querySelectorAll('img, script:not([type])').length") == 1


def test_two_thousand_calls_stay_usable(visit, tmp_path):
    lines = [
        *OXYGEN,
        *(
            ("customer" if at % 2 else "agent", f"Line {at}: and then I waited, as I was told to.", {})
            for at in range(36)
        ),
    ]
    calls = (scored(f"call {at}", lines, queue=f"Queue {at % 9}", warranted=0.99 - at / 1e4) for at in range(2100))
    report_of(*calls, title="Many").write(tmp_path / "report.html")
    begun = time.perf_counter()
    page = visit(tmp_path / "report.html")
    assert len(rows(page)) == 100
    assert time.perf_counter() - begun < 10  # about one second; ten on a busy machine
    assert "Calls 1 to 100 of 2,000" in page.get_by_role("status").inner_text()
    for text, count in [("call 1999", 1), ("queue 3", 100), ("", 100)]:
        assert _milliseconds_to_search(page, text) < 1000
        assert len(rows(page)) == count
    page.get_by_role("button", name="Next").click()
    assert rows(page)[0] == "call 100"
    page.evaluate("location.hash = '#call-call%201234'")
    assert page.get_by_role("group", name="Call call 1234").locator(".turn").count() == 40


def _milliseconds_to_search(page, text):
    return page.get_by_label("Search").evaluate(
        """(field, text) => {
          const begun = performance.now();
          field.value = text;
          field.dispatchEvent(new Event("input", { bubbles: true }));
          document.body.getBoundingClientRect();
          return performance.now() - begun;
        }""",
        text,
    )

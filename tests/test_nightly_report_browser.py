"""The report of a night in a real browser: filters, links, the audit sample, and screens of any width."""

from __future__ import annotations

import pytest
from nightly_parts import rich_night
from test_report_browser import CHROMIUM, browser, rows, visit  # noqa: F401

from escalert.nightly.config import PrivacyConfig
from escalert.nightly.delivery.lines import taxonomy_of
from escalert.nightly.delivery.outgoing import outgoing_night
from escalert.nightly.delivery.report import night_page
from escalert.nightly.store import open_store

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed here")


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """The reports of nights with 0, 3 and 300 missed escalations."""
    folder = tmp_path_factory.mktemp("nights")
    made = {}
    for n_missed in (0, 3, 300):
        with open_store(f"sqlite:///{folder / f'{n_missed}.db'}") as store:
            outgoing = outgoing_night(store, rich_night(store, n_missed, 300), PrivacyConfig())
        made[n_missed] = folder / f"{n_missed}.html"
        made[n_missed].write_text(night_page(outgoing, taxonomy_of(outgoing.night)), "utf-8")
    return made


@pytest.mark.parametrize("n_missed", [0, 3, 300])
@pytest.mark.parametrize("width", [400, 1280])
def test_fits_the_screen(visit, pages, n_missed, width):  # noqa: F811
    page = visit(pages[n_missed], viewport={"width": width, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert len(rows(page)) == min(n_missed, 100)


def test_filters_search_groups_and_repeats(visit, pages):  # noqa: F811
    page = visit(pages[300])
    page.check("#repeat")
    assert page.inner_text("#shown") == "60 of 300 calls match"
    page.click("#clear")
    page.fill("#search", "oxygen, noon")
    assert page.inner_text("#shown") == "75 of 300 calls match"
    page.fill("#search", "nothing like it")
    assert "No flagged call matches" in page.inner_text("#calls")


def test_sorts_by_each_column_and_back_to_the_rank(visit, pages):  # noqa: F811
    page = visit(pages[3])
    for heading in ("Repeat, group", "Probability", "Agent"):
        page.get_by_role("button", name=heading).click()
    assert rows(page) == ["call-0002", "call-0000", "call-0001"]
    page.get_by_role("button", name="Priority").click()
    assert rows(page) == ["call-0000", "call-0001", "call-0002"]


def test_an_example_of_a_group_leads_to_its_call(visit, pages):  # noqa: F811
    page = visit(pages[300])
    page.locator("#groups ~ details a").first.click()
    assert page.locator("tr.is-open").get_attribute("data-call") == "call-0000"
    assert "My mother is on oxygen" in page.inner_text("tr.opened")


def test_a_link_to_a_call_on_a_later_page_opens_it(visit, pages):  # noqa: F811
    page = visit(pages[300], "#call-call-0250")
    assert page.locator("tr.is-open").get_attribute("data-call") == "call-0250"
    assert page.inner_text("#page") == "Page 3 of 3"


def test_the_audit_sample_opens_without_a_verdict(visit, pages):  # noqa: F811
    page = visit(pages[0])
    page.locator("#audit-calls .open").nth(2).click()
    panel = page.inner_text("#audit-calls tr.opened")
    assert "I would like to change my address." in panel
    assert "Drawn at random" in panel
    assert "warranted" not in panel.lower()
    page.locator("#audit-calls .open").nth(2).click()
    assert page.locator("tr.opened").count() == 0


def test_a_link_to_an_audited_call_opens_it(visit, pages):  # noqa: F811
    page = visit(pages[3], "#call-calm-004")
    assert page.locator("tr.is-open").get_attribute("data-call") == "calm-004"

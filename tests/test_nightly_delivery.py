"""What leaves a night: redacted, rendered the same each time, delivered at least once, to receivers of every temper."""

from __future__ import annotations

import csv
import email
import email.policy
import hashlib
import hmac
import io
import json
import socket
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from nightly_parts import NIGHT, TALK, judge, listed, make_call, rich_night, small_night, write
from receivers import (
    answering_twice,
    asking_to_wait,
    dripping,
    hanging_up,
    http_receiver,
    redirecting,
    smtp_receiver,
)

from escalert.nightly.config import NightlyConfig, PrivacyConfig
from escalert.nightly.delivery import deliver_pending, enqueue_deliveries, sending
from escalert.nightly.delivery.outgoing import outgoing_night
from escalert.nightly.delivery.report import night_page
from escalert.nightly.delivery.screen import Screen
from escalert.nightly.delivery.webhook import retry_after
from escalert.nightly.night import AuditCall, CallGroupEntry, Contradiction
from escalert.nightly.store import open_store
from escalert.taxonomy import load_taxonomy

SECRET = "a key that only both know"
CARD = "4111 1111 1111 1111"
SPOKEN = "four one one one, one one one one, one one one one, one one one one"
EVERY_FORM = ("report", "csv", "json", "webhook", "slack", "email")


@pytest.fixture
def store(store_url):
    with open_store(store_url, patience_s=5) as opened:
        yield opened


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    """Pause as between tries of a real run, but shorter; and let no proxy between the test and its receivers."""
    monkeypatch.setattr(sending, "FIRST_PAUSE_S", 0.01)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("TEST_HOOK_SECRET", SECRET)


def config_of(tmp_path, *, hooks=(), mail=None, files=False, privacy=None, **delivery):
    folders = dict.fromkeys(("report", "csv", "json"), tmp_path / "out") if files else {}
    sections = {**folders, "webhooks": hooks, "email": mail, "tries": 3, **delivery}
    config = NightlyConfig.model_validate({"delivery": sections, "privacy": privacy or {}})
    config._file = tmp_path / "nightly.toml"
    return config


def hook(server, name="desk", **more):
    return {"name": name, "url": server if isinstance(server, str) else server.url, "timeout_seconds": 2, **more}


def mail(server, *recipients):
    port = server if isinstance(server, int) else server.server_address[1]
    given = {"host": "127.0.0.1", "port": port, "security": "none", "timeout_seconds": 2}
    return {**given, "sender": "escalert@example.com", "recipients": recipients or ("qa@example.com",)}


def send(store, config, night):
    enqueue_deliveries(store, night, config)
    return deliver_pending(store, config)


def bodies(server):
    return [json.loads(body) for _, body in server.received]


def keys(server):
    return [headers["Idempotency-Key"] for headers, _ in server.received]


def nobody_listens():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def everything(store, tmp_path, night, **options):
    """Deliver a night in every form, and give the text of each."""
    with http_receiver() as web, http_receiver() as slack, smtp_receiver() as post:
        hooks = (hook(web), hook(slack, "team", form="slack"))
        config = config_of(tmp_path, hooks=hooks, mail=mail(post), files=True, **options)
        assert send(store, config, night).pending == 0
        parsed = email.message_from_bytes(post.received[0][1], policy=email.policy.default)
        said = {"webhook": web.received[0][1].decode(), "slack": slack.received[0][1].decode()}
        said["email"] = f"{parsed['Subject']}\n{parsed.get_content()}"
    names = {"report": "report-2026-03-02.html", "csv": "missed-2026-03-02.csv", "json": "missed-2026-03-02.json"}
    return said | {kind: (tmp_path / "out" / name).read_text("utf-8-sig") for kind, name in names.items()}


# Redaction


def secret_night(store, words):
    """A night that holds these words wherever a text can stand."""
    talk = (TALK[0], ("customer", f"put your supervisor on, my card is {words}"), *TALK[2:])
    names = {"queue": f"queue {words}", "agent_id": f"agent {words}", "origin": f"in/{words}.json"}
    more = {"customer_id": f"card {words}", "extra": {"crm_note": f"card {words}"}, "warnings": (f"mended: {words}",)}
    call = make_call(f"call {words}", talk, **names, **more)
    verdict = judge(call, {"manager_request": 1}, reasons=(f"said so: card {words}",))
    verdict = replace(verdict, warnings=(f"noted: {words}",))
    (stored,) = write(store, [(call, verdict)])
    once = listed(
        stored, repeat=f"second call (after call {words})", earlier=(f"call {words}",), group=f"card, {words}"
    )
    return replace(
        small_night(store),
        counts={"calls": 9, "missed": 1, "contradictions": 1, "skipped": 1},
        missed=(once,),
        audit=(AuditCall(1, stored, "unflagged", 0.1),),
        groups=(CallGroupEntry(f"card, {words}", 5, 1, (stored,)),),
        contradictions=(Contradiction(f"call {words}", True, False, f"crm/{words}.csv:1"),),
        skipped=(f"in/{words}.json: no call in it: {words}",),
    )


@pytest.mark.parametrize(("words", "trace"), [(CARD, "1111"), (SPOKEN, "one one"), ("jane.smith@example.org", "smith")])
def test_nothing_personal_leaves_in_any_form(store, tmp_path, words, trace):
    for kind, text in everything(store, tmp_path, secret_night(store, words)).items():
        assert trace not in text, kind
        assert "[CARD]" in text or "[EMAIL]" in text, kind


def test_the_outbox_keeps_only_what_is_redacted(store, tmp_path):
    enqueue_deliveries(store, secret_night(store, CARD), config_of(tmp_path, hooks=(hook("http://x"),), files=True))
    kept = store.outbox.of_run("2026-03-02")
    assert len(kept) == 4
    assert "1111" not in json.dumps([[each.key, each.target, each.payload] for each in kept])


def test_a_number_that_is_spread_over_turns_goes_too(store, tmp_path):
    talk = (
        ("agent", "what is the long number on your card"),
        ("customer", "four one one one"),
        ("agent", "go on"),
        ("customer", "one one one one, one one one one"),
        ("agent", "yes"),
        ("customer", "one one one one, now put your supervisor on"),
    )
    call = make_call("c1", talk)
    night = small_night(store, (call, judge(call, {"manager_request": 5})))
    for kind, text in everything(store, tmp_path, night).items():
        assert "one one" not in text, kind


def test_paths_are_named_from_the_folder_of_the_configuration(store, tmp_path):
    call = make_call(origin=f"{tmp_path}/in/c1.json:1")
    night = replace(small_night(store, call), skipped=(f"{tmp_path}/in/c2.json: no call in it",))
    for kind, text in everything(store, tmp_path, night).items():
        assert str(tmp_path) not in text, kind
        assert ("in/c2.json" in text) == (kind in ("report", "json")), kind


def test_redaction_can_be_switched_off(store, tmp_path):
    said = everything(store, tmp_path, secret_night(store, CARD), privacy={"redact": False})
    assert all(CARD in said[kind] for kind in EVERY_FORM)


def test_no_customer_id_or_unknown_field_leaves(store, tmp_path):
    call = make_call(customer_id="CUST-JONES", extra={"crm_note": "a NOTE of ours"})
    for kind, text in everything(store, tmp_path, small_night(store, call)).items():
        assert "CUST-JONES" not in text, kind
        assert "NOTE of ours" not in text, kind


@pytest.mark.parametrize(
    "name",
    ["29e821a4-c748-43e3-9ba1-621582283d15", "1709371234", "REC20260302091512345", "20260302-091500-A12", "call-17"],
)
def test_identifiers_that_systems_count_stay_as_they_are(name):
    assert Screen.of(PrivacyConfig()).identifier(name) == name


def test_identifiers_that_are_redacted_still_differ():
    shown = [Screen.of(PrivacyConfig()).identifier(f"{name}@example.org") for name in ("jane", "john")]
    assert all(each.startswith("[EMAIL]~") for each in shown)
    assert shown[0] != shown[1]


def test_messages_quote_nothing_if_quotes_are_off(store, tmp_path):
    night = small_night(store, make_call())
    night = replace(night, missed=(replace(night.missed[0], group="oxygen, noon"),))
    said = everything(store, tmp_path, night, quotes=False)
    for kind in EVERY_FORM:
        assert ("oxygen" in said[kind]) == (kind in ("report", "csv", "json")), kind


# What they say


@pytest.mark.parametrize(
    ("n_missed", "capacity", "words"),
    [
        (0, 50, "No missed escalation in 8,412 calls"),
        (3, 50, "3 missed escalations in 8,412 calls"),
        (300, 50, "The 50 most pressing are listed, since [missed] capacity is 50; 250 more are in the store"),
    ],
)
def test_report_says_first_what_happened(store, tmp_path, n_missed, capacity, words):
    said = everything(store, tmp_path, rich_night(store, n_missed, capacity))
    page = said["report"]
    assert words in page
    assert page.count('<tr role="row" class="call is-missed"') == min(n_missed, capacity)
    assert page.count('id="detail-') == min(n_missed, capacity) + 20


def test_report_shows_each_call_with_quote_time_and_reason(store):
    night = rich_night(store, 12)
    page = night_page(outgoing_night(store, night, PrivacyConfig()), load_taxonomy())
    row = page[page.index('data-call="call-0002"') :].split("</tr>")[0]
    for part in ("My mother is on oxygen", "customer, 01:05", "serious consequences (turn 1)", "third call of this"):
        assert part in row
    for part in ("moving home", "A-77", "Urgent", "82%"):
        assert part in row
    for heading in (
        "Audit sample",
        "Estimated recall",
        "Repeat problems",
        "Groups of calls",
        "Does the model still fit",
    ):
        assert heading in page
    assert "drawn with a chance of 0.25%" in page
    assert "the record says that no escalation took place; the transcript does show one" in page


def test_audit_details_hold_no_verdict(store):
    call = make_call("calm")
    (stored,) = write(store, [(call, judge(call))])
    night = replace(small_night(store), audit=(AuditCall(1, stored, "unflagged", 0.1),))
    page = night_page(outgoing_night(store, night, PrivacyConfig()), load_taxonomy())
    detail = json.loads(page.split('id="detail-0">')[1].split("</script>")[0])
    assert detail["triggers"] == []
    assert detail["evidence"] == {}
    assert len(detail["turns"]) == len(TALK)
    assert not {"Escalation warranted", "Escalated"} & {name for name, _ in detail["facts"]}


def test_a_call_whose_text_was_deleted_is_still_listed(store, tmp_path):
    night = small_night(store, make_call())
    store.delete_texts(NIGHT + timedelta(days=1))
    (stored,) = (each.stored for each in small_night(store, make_call()).missed)
    empty = {label: replace(finding, candidates=()) for label, finding in stored.verdict.triggers.items()}
    gone = replace(stored, verdict=replace(stored.verdict, triggers=empty))
    store.delete_texts(NIGHT + timedelta(days=1))
    said = everything(store, tmp_path, replace(night, missed=(listed(gone),)))
    assert "What was said is not kept any more." in said["report"]
    assert json.loads(said["json"])["missed"][0]["quote"] is None


def test_csv_has_columns_for_the_reviewer_and_defuses_formulas(store, tmp_path):
    night = rich_night(store, 3)
    call = make_call("=1+1", agent_id="@SUM(A1)")
    night = replace(night, missed=(listed(write(store, [(call, judge(call))])[0]),))
    rows = list(csv.DictReader(io.StringIO(everything(store, tmp_path, night)["csv"])))
    assert [row["list"] for row in rows] == ["missed"] + ["audit"] * 20
    assert {rows[0][name] for name in ("reviewer", "review_warranted", "review_escalated", "review_note")} == {""}
    assert (rows[0]["call_id"], rows[0]["agent_id"]) == ("'=1+1", "'@SUM(A1)")
    assert {rows[1][name] for name in ("triggers", "reasons", "quote", "priority")} == {""}
    assert rows[1]["why_listed"] == "not flagged as missed; drawn with a chance of 0.25%"


def test_slack_takes_a_long_list_and_mentions_nobody(store, tmp_path):
    night = rich_night(store, 60, 60)
    call = make_call("c<!channel>", (TALK[0], ("customer", "<!here> & " + "get me a manager " * 400)))
    night = replace(
        night, missed=(listed(write(store, [(call, judge(call, {"manager_request": 1}))])[0]), *night.missed[1:])
    )
    body = json.loads(everything(store, tmp_path, night)["slack"])
    assert len(body["blocks"]) <= 50
    assert max(len(block["text"]["text"]) for block in body["blocks"]) <= 3000
    assert "<!" not in json.dumps(body, ensure_ascii=False)
    assert "50 more" in body["blocks"][-1]["text"]["text"]


def test_mail_names_the_night_and_the_number(store, tmp_path):
    text = everything(store, tmp_path, small_night(store, make_call()))["email"]
    assert text.startswith("Missed escalations of 2026-03-02: 1\n")
    assert "1 missed escalation in 412 calls" in text
    assert "“My mother is on oxygen and the power has been off since noon.” (customer, 01:05)" in text
    assert "out/report-2026-03-02.html" in text


def test_the_same_night_is_the_same_bytes(tmp_path):
    made = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        with open_store(f"sqlite:///{tmp_path / name / 'escalert.db'}") as store:
            enqueue_deliveries(
                store, rich_night(store, 12), config_of(tmp_path / name, hooks=(hook("http://x"),), files=True)
            )
            made.append([(each.key, each.target, each.payload) for each in store.outbox.of_run("2026-03-02")])
    assert made[0] == made[1]
    assert len(made[0]) == 4


def test_texts_of_any_kind_can_be_delivered(store, tmp_path):
    talk = (TALK[0], ("customer", "</script><b>\ud800 \u202e \x07 get me a manager"))
    call = make_call("</script>", talk, queue="<i>")
    said = everything(store, tmp_path, small_night(store, (call, judge(call, {"manager_request": 1}))))
    assert "<b>" not in said["report"]
    assert "<i>" not in said["report"]


# The outbox


def test_enqueued_twice_is_delivered_once(store, tmp_path):
    with http_receiver() as server:
        config = config_of(tmp_path, hooks=(hook(server),), files=True)
        night = small_night(store, make_call())
        assert enqueue_deliveries(store, night, config) == 4
        assert enqueue_deliveries(store, night, config) == 0
        assert deliver_pending(store, config).delivered == 4
        assert enqueue_deliveries(store, night, config) == 0
        assert deliver_pending(store, config).delivered == 0
        assert len(server.received) == 1


def test_another_list_of_the_same_night_is_a_revision(store, tmp_path):
    with http_receiver() as server:
        config = config_of(tmp_path, hooks=(hook(server),), files=True)
        first, second = small_night(store, make_call("c1")), small_night(store, make_call("c1"), make_call("c2"))
        for night in (first, second, first):
            send(store, config, night)
        assert [(body["revision"], len(body["missed"])) for body in bodies(server)] == [(1, 1), (2, 2), (3, 1)]
        assert len(set(keys(server))) == 3
    assert len(json.loads((tmp_path / "out/missed-2026-03-02.json").read_text())["missed"]) == 1


def test_what_is_only_said_otherwise_is_no_second_message(store, tmp_path):
    with http_receiver() as server:
        config = config_of(tmp_path, hooks=(hook(server),))
        night = small_night(store, make_call())
        send(store, config, night)
        send(store, config, replace(night, counts={**night.counts, "unchanged": 7}, skipped=("a.json: empty",)))
        assert len(server.received) == 1


def test_a_later_file_is_not_overwritten_by_an_earlier_one(store, tmp_path):
    config = config_of(tmp_path, files=True)
    enqueue_deliveries(store, small_night(store, make_call("c1")), config)
    enqueue_deliveries(store, small_night(store, make_call("c1"), make_call("c2")), config)
    assert deliver_pending(store, config).delivered == 3
    assert len(json.loads((tmp_path / "out/missed-2026-03-02.json").read_text())["missed"]) == 2
    assert {each.state for each in store.outbox.of_run("2026-03-02")} == {"delivered", "given_up"}


def test_killed_after_sending_it_sends_the_very_same_again(store, tmp_path, monkeypatch):
    with http_receiver() as server:
        config = config_of(tmp_path, hooks=(hook(server),))
        enqueue_deliveries(store, small_night(store, make_call()), config)
        with monkeypatch.context() as patch:
            patch.setattr(store.outbox, "delivered", lambda key: (_ for _ in ()).throw(KeyboardInterrupt))
            with pytest.raises(KeyboardInterrupt):
                deliver_pending(store, config)
        assert deliver_pending(store, config).delivered == 1
        (first, again) = server.received
        assert first[0]["Idempotency-Key"] == again[0]["Idempotency-Key"] == bodies(server)[0]["idempotency_key"]
        assert first[1] == again[1]


# Webhooks


def test_the_body_is_signed(store, tmp_path):
    with http_receiver() as server:
        send(store, config_of(tmp_path, hooks=(hook(server, secret="env:TEST_HOOK_SECRET"),)), small_night(store))
        headers, body = server.received[0]
    expected = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    assert headers["X-Escalert-Signature"] == f"sha256={expected}"
    assert headers["Content-Type"].startswith("application/json")


@pytest.mark.parametrize("answer", [500, 503, 429, hanging_up, asking_to_wait(503, 0)])
def test_a_failure_that_passes_is_tried_again_in_the_run(store, tmp_path, answer):
    with http_receiver(answer, answer) as server:
        summary = send(store, config_of(tmp_path, hooks=(hook(server),)), small_night(store))
        assert (summary.delivered, summary.pending, summary.problems) == (1, 0, ())
        assert len(server.received) == 3
        assert len(set(keys(server))) == 1


def test_what_could_not_be_sent_is_sent_by_the_next_run(store, tmp_path):
    with http_receiver(500, 500, 500) as server:
        config = config_of(tmp_path, hooks=(hook(server),))
        summary = send(store, config, small_night(store))
        assert (summary.delivered, summary.pending) == (0, 1)
        assert summary.problems == ("webhook desk of 2026-03-02: it answered 500",)
        assert store.runs.get("2026-03-02").pending == 1
        assert deliver_pending(store, config).delivered == 1
        assert store.runs.get("2026-03-02").pending == 0


@pytest.mark.parametrize(
    ("answer", "words"),
    [(404, "it answered 404"), (redirecting("/elsewhere"), "redirection: put the new address into the configuration")],
)
def test_a_refusal_is_left_to_the_next_run(store, tmp_path, answer, words):
    with http_receiver(answer) as server:
        config = config_of(tmp_path, hooks=(hook(server),))
        summary = send(store, config, small_night(store))
        assert words in summary.problems[0]
        assert len(server.received) == 1
        assert deliver_pending(store, config).delivered == 1


def test_a_receiver_that_answers_twice_gets_it_once(store, tmp_path):
    with http_receiver(answering_twice) as server:
        config = config_of(tmp_path, hooks=(hook(server),))
        assert send(store, config, small_night(store)).delivered == 1
        assert deliver_pending(store, config).delivered == 0
        assert len(server.received) == 1


@pytest.mark.parametrize("slow", [dripping, lambda handler: time.sleep(3)])
def test_a_slow_receiver_holds_up_nobody(store, tmp_path, slow):
    with http_receiver(*[slow] * 9) as sloth, http_receiver() as swift:
        hooks = (hook(sloth, "a-sloth", timeout_seconds=0.2), hook(swift, "swift"))
        config = config_of(tmp_path, hooks=hooks, files=True, tries=2)
        began = time.monotonic()
        summary = send(store, config, small_night(store))
        assert time.monotonic() - began < 2.5
        assert (summary.delivered, summary.pending) == (4, 1)
        assert "a-sloth of 2026-03-02: it did not answer in time" in summary.problems[0]
        assert len(swift.received) == 1


def test_a_dead_receiver_is_not_tried_for_each_night_that_waits(store, tmp_path):
    with http_receiver(*[500] * 9) as server:
        config = config_of(tmp_path, hooks=(hook(server),), tries=2)
        for day in (2, 3, 4):
            store.runs.begin(NIGHT.replace(day=day), "nightly", "demo", "1f0c")
            enqueue_deliveries(store, replace(small_night(store), run_id=f"2026-03-0{day}"), config)
        assert deliver_pending(store, config).pending == 3
        assert len(server.received) == 2


def test_a_longer_wait_than_a_run_is_granted(store, tmp_path):
    with http_receiver(asking_to_wait(503, 7200)) as server:
        config = config_of(tmp_path, hooks=(hook(server),))
        assert send(store, config, small_night(store)).pending == 1
        (delivery,) = store.outbox.pending()
        assert timedelta(hours=1) < delivery.next_try_at - datetime.now(UTC) < timedelta(hours=3)
        summary = deliver_pending(store, config)
        assert (summary.pending, len(server.received)) == (1, 1)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("17", 17), ("Wed, 21 Oct 2015 07:28:00 GMT", 0), ("soon", None), ("9" * 30, 86400), (None, None)],
)
def test_retry_after_is_read(value, seconds):
    assert retry_after(value) == seconds


def test_a_delivery_that_is_too_old_is_given_up(store, tmp_path, monkeypatch):
    config = config_of(tmp_path, hooks=(hook(f"http://127.0.0.1:{nobody_listens()}/"),), tries=1, give_up_days=7)
    send(store, config, small_night(store))
    now = datetime.now(UTC)
    monkeypatch.setattr(sending, "_now", lambda: now + timedelta(days=6))
    assert deliver_pending(store, config).pending == 1
    monkeypatch.setattr(sending, "_now", lambda: now + timedelta(days=8))
    summary = deliver_pending(store, config)
    assert (summary.pending, summary.given_up) == (0, 1)
    assert "it cannot be reached" in summary.problems[0]
    assert deliver_pending(store, config).problems == ()


def test_no_secret_is_kept_or_told(store, tmp_path, monkeypatch):
    monkeypatch.setenv("TEST_HOOK_URL", f"http://127.0.0.1:{nobody_listens()}/T0/S3CR3T")
    config = config_of(tmp_path, hooks=(hook("env:TEST_HOOK_URL", secret="env:TEST_HOOK_SECRET"),), tries=1)
    summary = send(store, config, small_night(store))
    told = "\n".join([*summary.problems, *store.dump(), *(str(each) for each in store.outbox.pending())])
    assert "S3CR3T" not in told
    assert SECRET not in told


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("env:NOT_SET_AT_ALL", "the environment variable NOT_SET_AT_ALL is not set"),
        ("ftp://example.com", "must begin with https:// or http://"),
        ("http://", "its url cannot be used"),
        ("http://127.0.0.1:port/", "its url cannot be used"),
    ],
)
def test_a_wrong_address_is_told_and_never_raised(store, tmp_path, url, words):
    summary = send(store, config_of(tmp_path, hooks=(hook(url),)), small_night(store))
    assert summary.pending == 1
    assert words in summary.problems[0]


def test_a_receiver_that_was_taken_out_is_told(store, tmp_path):
    with http_receiver() as server:
        enqueue_deliveries(store, small_night(store), config_of(tmp_path, hooks=(hook(server),), mail=mail(9)))
    problems = deliver_pending(store, config_of(tmp_path)).problems
    assert sorted(each.split(": ")[1] for each in problems) == [
        "the configuration has no such recipient any more",
        "the configuration has no webhook of this name any more",
    ]


# Mail


def test_each_recipient_has_a_mail_of_their_own(store, tmp_path):
    with smtp_receiver(refused=("gone@example.com",)) as server:
        config = config_of(tmp_path, mail=mail(server, "qa@example.com", "gone@example.com", "lead@example.com"))
        summary = send(store, config, small_night(store, make_call()))
        assert (summary.delivered, summary.pending) == (2, 1)
        assert "gone@example.com of 2026-03-02: the server answered 550: no such user" in summary.problems[0]
        assert deliver_pending(store, config).delivered == 0
        assert [recipients for recipients, _ in server.received] == [["lead@example.com"], ["qa@example.com"]]
        ids = {email.message_from_bytes(message)["Message-ID"] for _, message in server.received}
        assert len(ids) == 2


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"greeting": b"421 too busy"}, "421"),
        ({"answer": b"452 mailbox full"}, "the server answered 452: mailbox full"),
        ({"answer": b"554 looks like spam"}, "the server answered 554: looks like spam"),
    ],
)
def test_a_server_that_refuses_has_the_mail_wait(store, tmp_path, given, words):
    with smtp_receiver(**given) as server:
        summary = send(store, config_of(tmp_path, mail=mail(server), tries=1), small_night(store))
        assert summary.pending == 1
        assert words in summary.problems[0]
    with smtp_receiver() as server:
        assert deliver_pending(store, config_of(tmp_path, mail=mail(server), tries=1)).delivered == 1


def test_a_mail_is_never_sent_unencrypted_against_the_configuration(store, tmp_path):
    with smtp_receiver() as server:
        config = config_of(tmp_path, mail={**mail(server), "security": "starttls"})
        summary = send(store, config, small_night(store))
        assert summary.pending == 1
        assert server.received == []


def test_a_server_that_is_down_has_the_mail_wait(store, tmp_path):
    summary = send(store, config_of(tmp_path, mail=mail(nobody_listens()), tries=2), small_night(store))
    assert "the server cannot be reached" in summary.problems[0]


# Files


def test_a_folder_that_cannot_be_written_to_waits_for_the_next_run(store, tmp_path):
    (tmp_path / "out").write_text("a file where the folder should be")
    config = config_of(tmp_path, files=True)
    summary = send(store, config, small_night(store))
    assert (summary.delivered, summary.pending) == (0, 3)
    assert "could not be written" in summary.problems[0]
    (tmp_path / "out").unlink()
    assert deliver_pending(store, config).delivered == 3


def test_a_full_disk_leaves_the_older_file_whole(store, tmp_path, monkeypatch):
    config = config_of(tmp_path, files=True)
    send(store, config, small_night(store))
    before = (tmp_path / "out/report-2026-03-02.html").read_bytes()
    enqueue_deliveries(store, small_night(store, make_call()), config)

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("pathlib.Path.write_bytes", full)
        assert "No space left on device" in deliver_pending(store, config).problems[0]
    assert (tmp_path / "out/report-2026-03-02.html").read_bytes() == before
    assert deliver_pending(store, config).pending == 0
    assert (tmp_path / "out/report-2026-03-02.html").read_bytes() != before
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "missed-2026-03-02.csv", "missed-2026-03-02.json", "report-2026-03-02.html",
    ]  # fmt: skip


def test_the_outbox_can_be_moved_with_its_configuration(store, tmp_path):
    enqueue_deliveries(store, small_night(store), config_of(tmp_path / "old", files=True))
    assert deliver_pending(store, config_of(tmp_path / "new", files=True)).delivered == 3
    assert (tmp_path / "new/out/report-2026-03-02.html").exists()


def test_two_receivers_of_one_name_are_refused(tmp_path):
    with pytest.raises(ValueError, match="webhooks need names of their own, found twice: desk"):
        config_of(tmp_path, hooks=(hook("http://a"), hook("http://b", form="slack")))

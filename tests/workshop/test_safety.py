"""Who is let in, and what a page may do."""

from __future__ import annotations

import pytest

from demandsim.workshop.room import Room
from demandsim.workshop.safety import POLICY
from tests.workshop.app import ask


@pytest.fixture
def room() -> Room:
    return Room(port=8765)


@pytest.fixture
def shared() -> Room:
    return Room(port=8765, shared=True)


def test_a_page_may_load_and_run_our_own_files_alone(room):
    answer = ask(room)
    assert answer.status == 200
    assert answer.headers["content-security-policy"] == POLICY
    assert "unsafe" not in POLICY
    assert "default-src 'self'" in POLICY
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_no_page_holds_script_or_style_of_its_own(room):
    text = ask(room).text
    assert "<style" not in text
    assert " style=" not in text
    assert "<script>" not in text
    assert "onclick" not in text


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8765", "127.0.0.1", "127.0.0.1:80", "8.8.8.8:8765", "192.168.1.5:8765", ""]
)
def test_another_host_is_refused(room, host):
    assert ask(room, host=host).status == 403


@pytest.mark.parametrize("host", ["127.0.0.1:8765", "localhost:8765", "[::1]:8765"])
def test_this_computer_is_let_in(room, host):
    assert ask(room, host=host).status == 200


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "https://127.0.0.1:8765", "http://127.0.0.1:1", "null", "http://[", ""]
)
def test_another_origin_is_refused(room, origin):
    assert ask(room, "/api/room", origin=origin).status == 403


def test_a_change_needs_an_origin_of_ours(room):
    assert ask(room, "/api/room", method="POST").status == 403
    assert ask(room, "/api/room", method="POST", origin="http://127.0.0.1:8765").status == 200


def test_another_site_may_not_embed_an_answer(room):
    assert ask(room, "/qr.svg", sec_fetch_site="cross-site", sec_fetch_mode="no-cors").status == 403
    assert ask(room, "/", sec_fetch_site="cross-site", sec_fetch_mode="navigate").status == 200


def test_a_phone_is_sent_no_header_that_its_browser_complains_of(shared):
    """Without a certificate only this computer is trusted with it; elsewhere it is an error on the console."""
    path = f"/room/{shared.token}/"
    assert "cross-origin-opener-policy" in ask(shared, path).headers
    phone = ask(shared, path, host="192.168.1.5:8765", client="192.168.1.9")
    assert "cross-origin-opener-policy" not in phone.headers
    assert phone.headers["content-security-policy"] == POLICY


def test_phones_that_look_are_not_sent_to_the_rehearsal(shared):
    path = f"/room/{shared.token}/"
    assert ">Rehearsal<" in ask(shared, path).text
    assert ">Rehearsal<" not in ask(shared, path, host="192.168.1.5:8765", client="192.168.1.9").text


def test_a_shared_room_opens_by_its_token_alone(shared):
    assert ask(shared, "/").status == 404
    assert ask(shared, "/room/wrong/").status == 404
    assert ask(shared, f"/room/{shared.token}/").status == 200
    assert ask(shared, f"/room/{shared.token}/", host="192.168.1.5:8765", client="192.168.1.9").status == 200
    assert ask(shared, f"/room/{shared.token}/", host="evil.example:8765", client="192.168.1.9").status == 403
    assert len(shared.token) >= 22  # 128 bits


def test_phones_look_without_driving_unless_they_are_let(shared):
    below = f"/room/{shared.token}"
    phone = {"host": "192.168.1.5:8765", "client": "192.168.1.9"}
    assert 'data-drives="no"' in ask(shared, below + "/", **phone).text
    assert ask(shared, below + "/api/run", "cut=30", **phone).status == 403
    assert ask(shared, below + "/api/full", "", **phone).status == 403
    post = {"method": "POST", "origin": "http://192.168.1.5:8765"}
    assert ask(shared, below + "/api/room", "everyone=yes", **phone, **post).status == 403
    assert not shared.everyone_drives
    ours = {"method": "POST", "origin": "http://127.0.0.1:8765"}
    assert ask(shared, below + "/api/room", "everyone=yes&cut=30", **ours).status == 200
    assert shared.everyone_drives
    assert shared.shown["cut"] == 30
    assert 'data-drives="yes"' in ask(shared, below + "/", **phone).text


@pytest.mark.parametrize("query", ["place=<script>alert(1)</script>", "cut=%22%3E%3Cscript%3E", "v=<b>x</b>"])
def test_nothing_from_an_address_is_markup(room, query):
    answer = ask(room, "/", query)
    assert answer.status == 200
    assert "<script>alert" not in answer.text
    assert "<b>x" not in answer.text


def test_no_file_but_our_own_is_served(room):
    for path in ("/static/../app.py", "/static/%2e%2e/app.py", "/etc/passwd", "/static//etc/passwd"):
        assert ask(room, path).status == 404

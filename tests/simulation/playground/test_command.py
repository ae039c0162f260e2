"""The command `orchard playground`, as a process, from its first line to Ctrl-C."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
from http.client import HTTPConnection
from typing import TYPE_CHECKING

import pytest

from simulation.playground import command

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.contributors, pytest.mark.slow, pytest.mark.timeout(120)]


def started(folder: Path, *options: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-u", "-m", "bot", "playground", "--no-open", "--out", "play", *options],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def test_one_command_serves_the_page_and_ctrl_c_ends_everything_in_order(tmp_path: Path) -> None:
    process = started(tmp_path)
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if found := re.search(r"http://127\.0\.0\.1:(\d+)(/\S{22}/)", line):
            break
    else:
        pytest.fail(said)
    port, path = int(found[1]), found[2]
    page = HTTPConnection("127.0.0.1", port, timeout=10)
    page.request("GET", path)
    assert b"Orchard playground" in page.getresponse().read()
    page.close()
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=30)
    assert (process.returncode, "Traceback" in rest) == (0, False), rest
    log = (tmp_path / "play" / "bot.log").read_text(encoding="utf-8")
    assert '"stopped"' in log
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=10)


@pytest.mark.parametrize("screen", ["", ":0"])
def test_a_browser_is_opened_only_where_there_is_a_screen(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], screen: str
) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("DISPLAY", screen)
    monkeypatch.setenv("WAYLAND_DISPLAY", "")
    command._opened("http://127.0.0.1:1/key/")
    assert opened == (["http://127.0.0.1:1/key/"] if screen else [])
    assert "open at http://127.0.0.1:1/key/" in capsys.readouterr().out


def test_a_port_that_is_taken_is_told_in_a_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        process = started(tmp_path, "--port", str(taken.getsockname()[1]))
        said, _ = process.communicate(timeout=60)
    assert process.returncode == 2, said
    assert "cannot be had: Address already in use" in said
    assert "Traceback" not in said


def test_a_language_that_discord_does_not_have_is_told_in_a_sentence(tmp_path: Path) -> None:
    process = started(tmp_path, "--locale", "tlh")
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 2, said
    assert "Discord has no language tlh; it has" in said
    assert "pt-BR" in said

"""Secrets in files: what is read, and what is refused without repeating it."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.exits import Ending, Exit
from bot.secret_files import LOCAL_TOKEN, export_key, token
from bot.settings import Discord, Export

KEY = bytes(range(32))


def kept(content: bytes, mode: int = 0o600) -> Path:
    file = Path("secret")
    file.write_bytes(content)
    file.chmod(mode)
    return file


def test_a_token_is_read_from_its_file_without_the_line_end() -> None:
    assert token(Discord(token_file=kept(b"abc.def\n"))).get_secret_value() == "abc.def"


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660, 0o601])
def test_a_file_that_others_may_read_is_refused_with_the_remedy(mode: int) -> None:
    with pytest.raises(Ending, match=rf"others may read secret \(mode {mode:04o}\); run: chmod 600 secret") as caught:
        token(Discord(token_file=kept(b"canary", mode)))
    assert caught.value.code is Exit.CONFIG
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "reason"), [(b"", "is empty"), (b" \n", "is empty"), (b"\xff\xfe", "holds no text")]
)
def test_a_file_without_a_secret_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(Ending, match=reason):
        token(Discord(token_file=kept(content)))


def test_a_file_that_is_not_there_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Ending, match=r"absent cannot be read \(No such file or directory\)"):
        token(Discord(token_file=Path("absent")))
    with pytest.raises(Ending, match="is not a file"):
        token(Discord(token_file=tmp_path))


def test_without_a_token_the_sentence_names_the_setting_and_the_variable() -> None:
    with pytest.raises(Ending, match=r"discord\.token_file.*ORCHARD_DISCORD__TOKEN"):
        token(Discord())


def test_a_server_on_this_machine_needs_no_token() -> None:
    here = Discord(api_base="http://127.0.0.1:9/api/v10", gateway="ws://127.0.0.1:9")
    assert token(here).get_secret_value() == LOCAL_TOKEN
    assert token(here.model_copy(update={"token": SecretStr("mine")})).get_secret_value() == "mine"


@pytest.mark.parametrize(
    "written", [KEY.hex(), KEY.hex().upper(), base64.b64encode(KEY).decode(), base64.urlsafe_b64encode(KEY).decode()]
)
def test_a_key_may_be_written_in_hexadecimal_or_base64(written: str) -> None:
    assert export_key(Export(key=SecretStr(written))) == KEY
    assert export_key(Export(key_file=kept(written.encode() + b"\n"))) == KEY


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        (KEY.hex()[2:], "it has 31 bytes, 31 of them different"),
        ("00" * 32, "it has 32 bytes, 1 of them different"),
        ("canary! canary!", "cannot be read"),
    ],
)
def test_a_key_that_could_be_guessed_is_refused_without_repeating_it(written: str, reason: str) -> None:
    with pytest.raises(Ending, match=rf"^export\.key: .*{reason}") as caught:
        export_key(Export(key=SecretStr(written)))
    assert caught.value.code is Exit.CONFIG
    assert written not in str(caught.value)


def test_without_a_key_nothing_can_be_exported() -> None:
    with pytest.raises(Ending, match=r"export\.key_file"):
        export_key(Export())

"""Settings: where they come from, what is refused and in which words."""

from __future__ import annotations

import re
from dataclasses import fields
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.exits import Ending, Exit
from bot.settings import Discord, Pool, Settings, Store
from bot.settings_sources import known_keys, load, variable
from services.rule_settings import RuleChanges
from trees.kinds import Activity
from trees.rules import PRESETS, Rules

CANARY = "MTA5NzM4NjI0MDgzOTE3NDE2NA.GcAnRy.s3cr3t-s3cr3t-s3cr3t-s3cr3t-s3cr3t"
REPOSITORY = Path(__file__).parents[2]


def written(text: str) -> Path:
    file = Path("config.toml")
    file.write_text(text, encoding="utf-8")
    file.chmod(0o600)
    return file


def refused(text: str = "") -> list[str]:
    with pytest.raises(Ending) as caught:
        load(written(text))
    assert caught.value.code is Exit.CONFIG
    return list(caught.value.sentences)


def test_without_any_source_the_defaults_hold() -> None:
    assert load().model_dump() == Settings().model_dump()


def test_a_file_in_the_working_directory_is_read_by_itself() -> None:
    written('[pool]\nname = "Orchard of Ulm"\n')
    assert load().pool.name == "Orchard of Ulm"


def test_a_file_named_by_the_environment_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.toml"
    elsewhere.write_text('[pool]\npreset = "tiny"\n')
    monkeypatch.setenv("ORCHARD_CONFIG", str(elsewhere))
    written('[pool]\npreset = "oasst"\n')
    assert load().pool.preset == "tiny"
    assert load(Path("config.toml")).pool.preset == "oasst"


def test_the_environment_goes_before_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORCHARD_POOL__PRESET", "tiny")
    monkeypatch.setenv("ORCHARD_POOL__NAME", "")
    settings = load(written('[pool]\npreset = "oasst"\nname = "From the file"\n'))
    assert (settings.pool.preset, settings.pool.name) == ("tiny", "From the file")


def test_lists_maps_and_spans_can_be_set_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORCHARD_POOL__LANGS", "en, pt-BR")
    monkeypatch.setenv("ORCHARD_POOL__RULES__WEIGHTS__RANK", "3")
    monkeypatch.setenv("ORCHARD_POOL__RULES__LEASE_REPLY", "120")
    monkeypatch.setenv("ORCHARD_SWEEPS__LEASES", "0.5")
    settings = load()
    assert settings.pool.langs == ("en", "pt-BR")
    assert settings.pool.in_force().weights[Activity.RANK] == 3.0
    assert settings.pool.in_force().lease_reply == timedelta(minutes=2)
    assert settings.sweeps.leases == timedelta(milliseconds=500)


@pytest.mark.parametrize("named", ["--config", "ORCHARD_CONFIG"])
def test_a_named_file_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch, named: str) -> None:
    if named == "ORCHARD_CONFIG":
        monkeypatch.setenv("ORCHARD_CONFIG", "absent.toml")
    with pytest.raises(Ending, match=rf"^{named} names absent.toml, which is not a file"):
        load(Path("absent.toml") if named == "--config" else None)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "[pool]\npresett = 'tiny'",
            "pool.presett (in config.toml): there is no such setting; did you mean pool.preset?",
        ),
        ("token = 'x'", "token (in config.toml): there is no such setting; did you mean discord.token?"),
        ("[qqqq]\nzzzz = 1", "qqqq (in config.toml): there is no such setting."),
        ("[pool]\npreset = 'huge'", "pool.preset (in config.toml): give one of 'tiny', 'community' or 'oasst'."),
        (
            "[pool]\nlangs = ['English']",
            "pool.langs (in config.toml): 'English' is no language tag; write it like 'en' or 'pt-BR'.",
        ),
        ("[pool]\nlangs = ['en', 'en']", "pool.langs (in config.toml): a language stands in it twice."),
        ("[pool]\nlangs = []", "pool.langs (in config.toml): it is empty; give at least one."),
        ("[pool.by_language.de]\nnum_reviews_reply = 1", "pool (in config.toml): by_language names 'de', which is not"),
        (
            "[pool.by_language.en]\nnum_reviews = 1",
            "pool.by_language.en.num_reviews (in config.toml): there is no such setting.",
        ),
        ("[pool]\nlangs = 3", 'pool.langs (in config.toml): give a list such as ["en", "de"].'),
        ("[pool.rules]\ngoal_tree_size = 0", "pool.rules.goal_tree_size (in config.toml): too small; give at least 1."),
        (
            "[pool.rules]\nmax_text_length = 16001",
            "pool.rules.max_text_length (in config.toml): too large; give at most 16000.",
        ),
        (
            "[pool.rules.weights]\nrating = 1",
            "pool.rules.weights.rating (in config.toml): give one of 'rank', 'label_reply', 'label_prompt', 'reply'",
        ),
        (
            "[sweeps]\nleases = 0.01",
            "sweeps.leases (in config.toml): give a number of seconds from 0.1 to 86400.",
        ),
        ("[sweeps]\nleases = 'soon'", "sweeps.leases (in config.toml): give a number of seconds."),
        ("[discord]\nsync_commands = 'maybe'", "discord.sync_commands (in config.toml): give true or false."),
        ("[export]\nname = 'A B'", "export.name (in config.toml): the text does not fit the pattern ^[a-z0-9]"),
        ("pool = 3", "pool (in config.toml): give a section: a line with its name in brackets, then its keys."),
        ("[store]\nshared = 'postgresql://u@h/d'", "store (in config.toml): shared is the path of a SQLite file"),
        ("[store]\nshared = 'data/orchard.db'", "store (in config.toml): live and shared name the same file"),
        ("[discord]\ntoken = 'a'\ntoken_file = 'b'", "discord (in config.toml): token and token_file are both set"),
        ("[export]\nkey = 'a'\nkey_file = 'b'", "export (in config.toml): key and key_file are both set"),
        ("x = \n", "config.toml is not TOML: Invalid value (at line 1, column 5)"),
    ],
)
def test_a_wrong_setting_is_told_with_its_key_and_the_remedy(text: str, sentence: str) -> None:
    (told,) = refused(text)
    assert told.startswith(sentence)


def test_every_wrong_setting_is_told_at_once() -> None:
    told = refused("[pool]\npreset = 'x'\nlangs = []\n[log]\nlevel = 'loud'\n")
    assert [sentence.split(" ")[0] for sentence in told] == ["pool.preset", "pool.langs", "log.level"]


def test_a_wrong_variable_is_told_by_its_own_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORCHARD_POOL__PRESET", "huge")
    assert refused() == ["pool.preset (from ORCHARD_POOL__PRESET): give one of 'tiny', 'community' or 'oasst'."]


def test_a_variable_of_no_section_is_refused_with_the_nearest_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORCHARD_DISCRD__TOKEN", CANARY)
    assert refused() == ["ORCHARD_DISCRD__TOKEN: there is no such setting; did you mean ORCHARD_DISCORD__TOKEN?"]


def test_variables_that_only_share_the_prefix_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORCHARD_PORT_8080_TCP", "tcp://10.0.0.1:8080")
    assert load().model_dump() == Settings().model_dump()


def test_bytes_that_are_no_utf8_are_told(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_bytes(b"[pool]\nname = '\xff'\n")
    with pytest.raises(Ending, match=r"config.toml is not UTF-8 \(byte 15\)"):
        load()


@pytest.mark.parametrize(
    "text",
    [
        f"[discord]\ntoken = ['{CANARY}']",
        f"[discord]\ntokn = '{CANARY}'",
        f"[discord]\ntoken = '{CANARY}'\nsync_commands = '{CANARY}'",
        f"[pool]\npreset = '{CANARY}'",
        f"[export]\nkey = '{CANARY}'\nname = '{CANARY}'",
        f"token = '{CANARY}'",
        f"[discord]\ntoken = {CANARY}",
        f"discord = '{CANARY}'",
    ],
)
def test_no_refusal_repeats_what_was_written(text: str) -> None:
    assert "s3cr3t" not in "\n".join(refused(text))


def test_secrets_stay_hidden_in_what_settings_say_of_themselves() -> None:
    settings = load(written(f"[discord]\ntoken = '{CANARY}'\n[export]\nkey = '{CANARY}'\n"))
    assert settings.discord.token is not None
    assert settings.discord.token.get_secret_value() == CANARY
    for said in (repr(settings), str(settings), settings.model_dump_json(), repr(settings.model_dump())):
        assert "s3cr3t" not in said


def test_settings_are_frozen() -> None:
    settings = Settings()
    with pytest.raises(ValidationError, match="frozen"):
        settings.pool = settings.pool  # type: ignore[misc]
    with pytest.raises(ValidationError, match="frozen"):
        settings.pool.name = "other"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("api_base", "gateway", "token", "reason"),
    [
        ("http://127.0.0.1:9/api/v10", "ws://127.0.0.1:9/gateway", None, None),
        ("http://localhost:9/api/v10/", "ws://[::1]:9/gateway", None, None),
        ("https://chat.example/api/v10", "wss://chat.example/gateway", "t", None),
        ("https://chat.example/api/v10", "wss://chat.example/gateway", None, "needs a token"),
        ("https://127.0.0.1/api/v10", "wss://chat.example/gateway", None, "needs a token"),
        ("http://chat.example/api/v10", "wss://chat.example/gateway", "t", "unencrypted"),
        ("https://chat.example/api/v10", "ws://chat.example/gateway", "t", "unencrypted"),
        ("http://127.0.0.1.chat.example/api/v10", "ws://127.0.0.1:9", "t", "unencrypted"),
        ("ftp://127.0.0.1/", "ws://127.0.0.1:9", "t", "begins with https://"),
        ("http://127.0.0.1:9/api/v10", None, "t", "set both or neither"),
        (None, "ws://127.0.0.1:9", "t", "set both or neither"),
    ],
)
def test_another_server_is_taken_on_this_machine_or_with_a_token_and_encryption(
    api_base: str | None, gateway: str | None, token: str | None, reason: str | None
) -> None:
    values = {"api_base": api_base, "gateway": gateway, "token": token}
    if reason is None:
        assert Discord.model_validate(values).api_base is not None
    else:
        with pytest.raises(ValidationError, match=re.escape(reason)):
            Discord.model_validate(values)


def test_only_a_server_on_this_machine_counts_as_loopback() -> None:
    assert not Discord().on_loopback
    assert Discord(api_base="http://127.0.0.1:9/api", gateway="ws://127.0.0.1:9").on_loopback


def test_a_store_is_a_file() -> None:
    with pytest.raises(ValidationError, match="not an address"):
        Store(live=Path("sqlite:///data/orchard.db"))


@pytest.mark.parametrize(
    ("topics", "why"),
    [
        (["Bees", "bees"], "stands in it twice"),
        ([""], "1 to 50 characters"),
        (["two\nlines"], "in one line"),
        ([f"topic {number}" for number in range(26)], "at most 25"),
    ],
)
def test_topics_that_cannot_be_shown_are_refused(topics: list[str], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        Pool.model_validate({"topics": topics})


def test_every_rule_can_be_changed_by_its_own_name() -> None:
    assert list(RuleChanges.model_fields) == [field.name for field in fields(Rules)]


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_a_preset_without_changes_is_in_force_as_it_is(preset: str) -> None:
    assert load(written(f"[pool]\npreset = '{preset}'\n")).pool.in_force() == PRESETS[preset]


def test_every_setting_says_what_it_is() -> None:
    silent = [path for path, field in known_keys() if not field.description or "efault" not in field.description]
    assert silent == []


def _uncommented() -> str:
    example = (REPOSITORY / "config.example.toml").read_text(encoding="utf-8")
    return re.sub(r"^#(?=[a-z_]+ = )", "", example, flags=re.MULTILINE)


def test_the_example_as_it_stands_is_the_defaults() -> None:
    example = (REPOSITORY / "config.example.toml").read_text(encoding="utf-8")
    assert load(written(example)).model_dump() == Settings().model_dump()


def test_the_example_uncommented_is_the_defaults_too() -> None:
    settings = load(written(_uncommented()))
    without_rules = {"pool": {"rules"}}
    assert settings.model_dump(exclude=without_rules) == Settings().model_dump(exclude=without_rules)
    assert settings.pool.in_force() == PRESETS["community"]


def test_every_setting_and_every_rule_stands_in_the_example_with_its_explanation() -> None:
    lines = _uncommented().splitlines()
    section, standing = "", []
    for before, line in pairwise(lines):
        if header := re.fullmatch(r"\[(.+)\]", line):
            section = header[1]
        elif setting := re.match(r"([a-z_]+) = ", line):
            assert before.startswith("# "), f"{line} is not explained"
            standing.append(f"{section}.{setting[1]}")
    assert standing == [path for path, _field in known_keys()]


def test_the_name_of_a_variable_follows_from_the_key() -> None:
    assert variable("pool.rules.lease_reply") == "ORCHARD_POOL__RULES__LEASE_REPLY"

"""Assertions of the stages explain themselves as those of tests do."""

import pytest

pytest.register_assert_rewrite("tests.scenarios.on_simcord", "tests.scenarios.on_stand_in", "tests.scenarios.scenes")

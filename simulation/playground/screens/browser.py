"""Chromium without a screen, driven through its own driver."""

from __future__ import annotations

import asyncio
import base64
import shutil
import tempfile
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from selenium.webdriver import Chrome

R = TypeVar("R")

_FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_WAIT_SECONDS = 10.0
_POLL = """
const tell = arguments[0];
const holds = () => { %s };
const look = () => { const found = holds(); found ? tell(found) : setTimeout(look, 10); };
look();
"""


class NoBrowser(Exception):
    """There is no browser to drive; the message says what is missing and where it comes from."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a page is looked at: the window's size in pixels, and whether dark is preferred."""

    width: int
    height: int
    dark: bool


def missing() -> str | None:
    """What keeps a browser from being driven here, in words; None when nothing does."""
    if find_spec("selenium") is None:
        return "The Python package selenium is not installed; it is among the development requirements."
    if _found(_NAMES) is None:
        return "No Chromium is installed; on Debian the packages chromium and chromium-driver have it."
    if _found(("chromedriver",)) is None:
        return "No chromedriver is installed; on Debian the package chromium-driver has it."
    return None


def _found(names: tuple[str, ...]) -> str | None:
    return next((path for name in names if (path := shutil.which(name))), None)


class Browser:
    """One window. Its calls wait for the browser in a thread, so the page's server can answer meanwhile."""

    def __init__(self, driver: Chrome) -> None:
        self._driver = driver

    async def do(self, call: Callable[[Chrome], R]) -> R:
        """Do something with the driver."""
        return await asyncio.to_thread(call, self._driver)

    async def open(self, url: str) -> None:
        """Load a page, also when only its fragment differs from the one shown; it tells time by Universal Time."""
        await self.do(lambda driver: driver.get("about:blank"))
        await self._tell("Emulation.setTimezoneOverride", {"timezoneId": "UTC"})
        await self._tell("Emulation.setScrollbarsHidden", {"hidden": True})
        await self.do(lambda driver: driver.get(url))

    async def leave(self) -> None:
        """Show nothing."""
        await self.do(lambda driver: driver.get("about:blank"))

    async def look(self, look: Look) -> None:
        """Look at the page in this size and scheme, without moving parts."""
        metrics = {"width": look.width, "height": look.height, "deviceScaleFactor": 1, "mobile": False}
        wishes = {"prefers-color-scheme": "dark" if look.dark else "light", "prefers-reduced-motion": "reduce"}
        await self._tell("Emulation.setDeviceMetricsOverride", metrics)
        features = [{"name": name, "value": value} for name, value in wishes.items()]
        await self._tell("Emulation.setEmulatedMedia", {"features": features})

    async def script(self, script: str, *given: Any) -> Any:
        """Run JavaScript in the page and return what it returns."""
        return await self.do(lambda driver: driver.execute_script(script, *given))

    async def until(self, script: str) -> Any:
        """Wait in the page until JavaScript returns something true, and return it; at most ten seconds."""
        return await self.do(lambda driver: driver.execute_async_script(_POLL % script))

    async def picture(self, clip: tuple[float, float, float, float] | None = None) -> bytes:
        """A PNG of the window, or of a part of it: left, top, width, height."""
        given: dict[str, Any] = {"format": "png"}
        if clip is not None:
            left, top, width, height = clip
            given["clip"] = {"x": left, "y": top, "width": width, "height": height, "scale": 1}
        shot = await self._tell("Page.captureScreenshot", given)
        return base64.b64decode(shot["data"])

    async def complaints(self) -> list[str]:
        """What the page has said on its console since the last call: errors and broken policies."""
        entries = await self.do(lambda driver: driver.get_log("browser"))  # type: ignore[no-untyped-call]
        return [str(entry["message"]) for entry in entries]

    async def _tell(self, command: str, given: dict[str, Any]) -> Any:
        return await self.do(lambda driver: driver.execute_cdp_cmd(command, given))


@asynccontextmanager
async def browsing() -> AsyncIterator[Browser]:
    """Run a browser with an empty profile while the block runs.

    Raises:
        NoBrowser: there is none.
    """
    with ExitStack() as stack:
        yield await asyncio.to_thread(stack.enter_context, started())


@contextmanager
def started() -> Iterator[Browser]:
    """Run a browser with an empty profile while the block runs, for whichever loop.

    Raises:
        NoBrowser: there is none.
    """
    if (lacking := missing()) is not None:
        raise NoBrowser(lacking)
    from selenium import webdriver  # noqa: PLC0415  only whoever takes pictures has it

    with tempfile.TemporaryDirectory(prefix="orchard-browser-", ignore_cleanup_errors=True) as profile:
        options = webdriver.ChromeOptions()
        options.binary_location = _found(_NAMES) or ""
        for flag in (*_FLAGS, f"--user-data-dir={profile}"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        # The driver is named, so that selenium looks for none elsewhere.
        service = webdriver.ChromeService(executable_path=_found(("chromedriver",)))
        driver = webdriver.Chrome(options=options, service=service)
        try:
            driver.set_script_timeout(_WAIT_SECONDS)
            yield Browser(driver)
        finally:
            driver.quit()

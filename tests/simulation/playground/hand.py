"""A person at the page: clicks, types, and waits for what comes, as people do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

if TYPE_CHECKING:
    from simulation.playground.screens.browser import Browser

LAST = "[...document.querySelectorAll('.message')].at(-1)"


class Hand:
    """Uses a page that is open in a browser."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser

    async def click(self, selector: str) -> None:
        """Wait for an element that can be used, and click it."""
        await self.browser.until(f"return document.querySelector({selector!r} + ':not(:disabled)')")
        await self.browser.do(lambda driver: driver.find_element(By.CSS_SELECTOR, selector).click())

    async def type(self, selector: str, keys: str) -> None:
        """Type into an element."""
        await self.browser.do(lambda driver: driver.find_element(By.CSS_SELECTOR, selector).send_keys(keys))

    async def keys(self, *keys: str) -> None:
        """Type into whatever has the focus."""
        await self.browser.do(lambda driver: driver.switch_to.active_element.send_keys(*keys))

    async def command(self, name: str, **options: str) -> None:
        """Type a command, give its options by their menus, and send it."""
        await self.type(".composer .line", f"/{name}")
        await self.browser.until(f"return document.querySelector('.commands [data-command=\"{name}\"]')")
        await self.type(".composer .line", Keys.ENTER)
        for option, value in options.items():
            await self.click(f".chip[data-option='{option}']")
            await self.choose(f".option-field[data-option='{option}']", value)
        await self.click(".command-bar [type='submit']")

    async def choose(self, menu: str, value: str) -> None:
        """Open a menu, or type where suggestions come, and pick what has this value."""
        if await self.browser.script(f"return document.querySelector({menu + ' .picker'!r})"):
            await self.click(f"{menu} .picker")
        await self.click(f"{menu} [role='option'][data-value='{value}']")

    async def press(self, action: str, ending: str = "") -> None:
        """Press the first usable button of an action on the newest message."""
        ends = f"[data-control$='{ending}']" if ending else ""
        control = f"[data-control*=':{action}:']{ends}:not(:disabled)"
        number = await self.browser.until(f'return {LAST}?.querySelector("{control}") && {LAST}.dataset.message')
        await self.click(f"[data-message='{number}'] {control}")

    async def says(self, words: str) -> None:
        """Wait until the newest message says something."""
        await self.browser.until(f"return {LAST}?.textContent.includes({words!r})")

    async def text(self) -> str:
        """All that the newest message says."""
        return str(await self.browser.script(f"return {LAST}.textContent"))

    async def count(self, selector: str) -> int:
        """How many there are on the page."""
        return int(await self.browser.script("return document.querySelectorAll(arguments[0]).length", selector))

    async def module(self, name: str, expression: str, *given: Any) -> Any:
        """What an expression gives in which `it` is one of the page's modules and `given` a list."""
        script = (
            f"const given = [...arguments]; const tell = given.pop();"
            f"import('./page/{name}.js').then((it) => tell({expression})).catch((wrong) => tell(String(wrong)))"
        )
        return await self.browser.do(lambda driver: driver.execute_async_script(script, *given))

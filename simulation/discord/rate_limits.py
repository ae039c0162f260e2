"""Discord's rate limits: buckets per route and major parameter, the global limit, and the count of invalid requests."""

from __future__ import annotations

import hashlib
import re
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulation.discord.snowflakes import Json

GLOBAL_REQUESTS, GLOBAL_SECONDS = 50, 1.0
INVALID_REQUESTS, INVALID_SECONDS = 10_000, 600.0
INVALID = {401, 403, 429}
_NUMBER = re.compile(r"\d+")
_MAJOR = re.compile(r"^/(?:channels|guilds)/\d+|^/webhooks/\d+/[^/]+|^/interactions/\d+/[^/]+")
_OUTSIDE_GLOBAL = ("/interactions/", "/webhooks/")


@dataclass(frozen=True, slots=True)
class Window:
    """So many requests in so many seconds."""

    requests: int
    seconds: float


# Discord documents that there are buckets, not how large they are: these are sizes clients have seen.
COMMON = Window(5, 1.0)
WINDOWS: dict[tuple[str, str], Window] = {
    ("POST", "/channels/_/messages"): Window(5, 5.0),
    ("PATCH", "/channels/_/messages/_"): Window(5, 5.0),
    ("DELETE", "/channels/_/messages/_"): Window(5, 1.0),
    ("PUT", "/channels/_/messages/_/reactions"): Window(1, 0.25),
    ("DELETE", "/channels/_/messages/_/reactions"): Window(1, 0.25),
    ("POST", "/users/@me/channels"): Window(10, 10.0),
    ("POST", "/webhooks/_/_"): Window(5, 2.0),
    ("PATCH", "/webhooks/_/_/messages"): Window(5, 2.0),
}


@dataclass(slots=True)
class _Bucket:
    window: Window
    name: str
    began: float = 0.0
    used: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the limits say to one request: headers for its answer, and the answer itself where it is refused."""

    headers: dict[str, str]
    body: Json | None = None


class RateLimits:
    """Counts the bot's requests and says when they are too many.

    Interaction callbacks and the webhooks of interactions are outside the global limit, as at Discord. Every 401, 403
    and 429 counts as an invalid request unless its scope is shared; beyond 10,000 in ten minutes everything is refused
    as the proxy in front of Discord refuses (no `Via`).

    Args:
        now: a clock that only goes forward, in seconds.
        scale: how many of Discord's seconds pass in one of that clock.
        global_requests: a second.
        invalid_requests: in ten minutes.
    """

    def __init__(
        self,
        *,
        now: Callable[[], float] = time.monotonic,
        scale: float = 1.0,
        global_requests: int = GLOBAL_REQUESTS,
        invalid_requests: int = INVALID_REQUESTS,
    ) -> None:
        self._now, self._scale = now, scale
        self._global_requests, self._invalid_requests = global_requests, invalid_requests
        self._global_began, self._global_used = -GLOBAL_SECONDS, 0
        self._buckets: dict[tuple[str, str, str], _Bucket] = {}
        self._invalid: deque[float] = deque()
        self.refused: list[str] = []

    @property
    def invalid(self) -> int:
        """Invalid requests of the last ten minutes."""
        while self._invalid and self._invalid[0] <= self._time() - INVALID_SECONDS:
            self._invalid.popleft()
        return len(self._invalid)

    @property
    def banned(self) -> bool:
        """Whether there were so many invalid requests that the address is shut out."""
        return self.invalid >= self._invalid_requests

    def take(self, method: str, path: str) -> Verdict:
        """Count a request (`path` without /api/v10)."""
        now = self._time()
        if self.banned:
            self.refused.append("banned")
            # Without Via: the client must take this for what it is, a ban.
            return Verdict({}, {"message": "You are being blocked from accessing our API temporarily.", "code": 0})
        if not path.startswith(_OUTSIDE_GLOBAL):
            if now - self._global_began >= GLOBAL_SECONDS:
                self._global_began, self._global_used = now, 0
            self._global_used += 1
            if self._global_used > self._global_requests:
                return self._refuse("global", self._global_began + GLOBAL_SECONDS - now, {})
        bucket = self._bucket(method, path)
        if now - bucket.began >= bucket.window.seconds:
            bucket.began, bucket.used = now, 0
        left = bucket.began + bucket.window.seconds - now
        bucket.used += 1
        headers = {
            "X-RateLimit-Limit": str(bucket.window.requests),
            "X-RateLimit-Remaining": str(max(0, bucket.window.requests - bucket.used)),
            "X-RateLimit-Reset": f"{time.time() + left / self._scale:.3f}",
            "X-RateLimit-Reset-After": f"{left / self._scale:.3f}",
            "X-RateLimit-Bucket": bucket.name,
        }
        if bucket.used > bucket.window.requests:
            return self._refuse("user", left, headers)
        return Verdict(headers)

    def answered(self, status: int, scope: str | None = None) -> None:
        """Count an answer among the invalid requests where it is one."""
        if status in INVALID and scope != "shared":
            self._invalid.append(self._time())

    def _refuse(self, scope: str, left: float, headers: dict[str, str]) -> Verdict:
        self.refused.append(scope)
        seconds = left / self._scale
        return Verdict(headers | limited_headers(seconds, scope), limited_body(seconds, scope))

    def _bucket(self, method: str, path: str) -> _Bucket:
        major = _MAJOR.match(path)
        family = _family(path, major[0] if major else "")
        key = (method, family, major[0] if major else "")
        if key not in self._buckets:
            if len(self._buckets) > 10_000:
                self._buckets.clear()
            name = hashlib.sha256(f"{method} {family}".encode()).hexdigest()[:32]
            window = WINDOWS.get((method, family), COMMON)
            self._buckets[key] = _Bucket(window, name, began=-window.seconds)
        return self._buckets[key]

    def _time(self) -> float:
        return self._now() * self._scale


def _family(path: str, major: str) -> str:
    """The route without its ids: what shares a bucket; all reactions on a message share one."""
    rest = path.removeprefix(major)
    head = "/" + major.split("/")[1] + "/_" * (major.count("/") - 1) if major else ""
    rest, reactions, _ = rest.partition("/reactions")
    if head.startswith("/webhooks") and rest:
        return head + "/messages"
    return head + _NUMBER.sub("_", rest) + reactions


def limited_body(retry_after: float, scope: str) -> Json:
    """What Discord says with a 429."""
    return {
        "message": "You are being rate limited.",
        "retry_after": round(retry_after, 3),
        "global": scope == "global",
    }


def limited_headers(retry_after: float, scope: str) -> dict[str, str]:
    """The headers of a 429 beside those of its bucket."""
    # Without Via discord.py takes a 429 for a ban by the proxy in front of Discord.
    headers = {"Via": "1.1 google", "Retry-After": str(max(1, round(retry_after))), "X-RateLimit-Scope": scope}
    return headers | ({"X-RateLimit-Global": "true"} if scope == "global" else {})

"""The type of an open transaction: what a storage function is given first."""

from __future__ import annotations

from sqlalchemy import Connection as Tx

__all__ = ["Tx"]

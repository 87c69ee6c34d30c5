"""Sockets need rows that other threads see, and a hub that sweeps quickly.

Nothing of Django is imported up here: pytest may read this file before the settings are named.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

if TYPE_CHECKING:
    from pytest_django import Settings

    from tests.feed.browser import Browsers


@pytest.fixture(autouse=True)
def _quick_sweep(settings: Settings) -> None:
    settings.LIVE_SWEEP_SECONDS = 0.2


@pytest_asyncio.fixture
async def browsers(transactional_db: None) -> AsyncIterator[Browsers]:
    from tests.feed.browser import Browsers

    tabs = Browsers()
    yield tabs
    await tabs.close()

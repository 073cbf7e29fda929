"""A pool with its workers, for as long as a test needs it."""

from __future__ import annotations

import asyncio

from demandsim.workshop.pool import Pool


def in_a_pool(action, workers=1):
    async def with_pool():
        pool = Pool(workers, 4)
        pool.start()
        try:
            return await asyncio.wait_for(action(pool), 240)
        finally:
            pool.close()

    return asyncio.run(with_pool())

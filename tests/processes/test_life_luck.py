from __future__ import annotations

import numpy as np

from demandsim import luck
from demandsim.luck import Purpose
from demandsim.processes.life_luck import BIRTH, MOVING, PAIRING, PARTING, candidates, draw_month, life_draws
from tests.toy import toy_model


def test_noted_luck_is_the_first_byte_of_the_draw() -> None:
    town = toy_model(2_000)
    citizens = town.citizens
    draw_month(town)
    drawn = luck.draw4(town.luck_seed, citizens.uid, town.month, Purpose.LIFE_COURSE)
    noted_of = {BIRTH: "birth_luck", PAIRING: "pairing_luck", PARTING: "parting_luck", MOVING: "moving_luck"}
    for word, name in noted_of.items():
        noted = getattr(citizens, name)
        assert np.array_equal(noted, (drawn[:, word] * 256).astype(np.uint8))
        again = life_draws(town.luck_seed, citizens.uid, town.month_word, citizens.rows, word)
        assert np.array_equal(again, drawn[citizens.rows, word])
        for chance in (0.001, 0.02, 0.3, 1.0):
            low = np.flatnonzero(citizens.alive & (drawn[:, word] < chance))
            high = np.flatnonzero(citizens.alive & (drawn[:, word] >= 1 - chance))
            found = candidates(town, word, chance), candidates(town, word, chance, high_end=True)
            for wanted, rows in zip((low, high), found, strict=True):
                assert np.isin(wanted, rows).all()
                assert citizens.alive[rows].all()
                assert rows.size <= (chance + 2 / 256) * 2_000 + 60

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demandsim.agents.short_ids import read_id, short_id


@given(st.integers(0, 2**64 - 1))
def test_an_id_stands_for_one_person(uid: int):
    assert read_id(short_id(uid)) == uid
    assert read_id(short_id(uid).lower()) == uid
    assert read_id(str(uid)) == uid


def test_ids_of_residents_are_short_and_worked_by_hand():
    assert short_id(35) == "S-0136"  # 35 = 1 * 32 + 3; 35 mod 29 = 6
    assert short_id(0) == "S-0000"
    assert len(short_id(32**3 - 1)) == len("S-7K3F")


def test_letters_that_look_like_digits_are_read_as_those():
    assert read_id("S-OI36") == read_id("S-0136") == 35


def test_most_slips_are_found_out():
    code = short_id(20_000)
    slips = 0
    missed = 0
    for place in range(2, len(code)):
        for other in "0123456789ABCDEFGHJKMNPQRSTVWXYZ":
            if other != code[place]:
                slips += 1
                try:
                    read_id(code[:place] + other + code[place + 1 :])
                    missed += 1
                except ValueError:
                    pass
    assert missed <= slips * 0.05


@pytest.mark.parametrize(
    "text", ["", "S-", "S-1", "7K3F", "S-UUUU", "-5", "1.5", "S-0136 ", "²", "S-" + "Z" * 14, "9" * 20]
)
def test_what_is_no_id_is_refused(text: str):
    with pytest.raises(ValueError, match=r"not an id|mistake"):
        read_id(text)


def test_a_long_text_is_not_repeated_whole():
    with pytest.raises(ValueError, match="…") as met:
        read_id("x" * 10_000)
    assert len(str(met.value)) < 200


def test_no_uid_is_out_of_range():
    with pytest.raises(ValueError, match="no uid"):
        short_id(-1)
    with pytest.raises(ValueError, match="no uid"):
        short_id(2**64)

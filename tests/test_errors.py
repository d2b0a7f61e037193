"""Faults of one input are collected, and told together."""

import pytest

from abtpro_saas.errors import ConflictError, Faults, InvalidError


def test_without_faults_it_goes_on():
    told = []
    faults = Faults()
    with faults.noted():
        told.append("read")
    faults.tell()
    told.append("went on")

    assert told == ["read", "went on"]


def test_all_faults_are_told_by_the_first():
    faults = Faults()
    for name in ("a", "b", "c"):
        with faults.noted():
            raise InvalidError(f"{name} is wrong", name)

    with pytest.raises(InvalidError, match="a is wrong") as told:
        faults.tell()

    assert [each.field for each in told.value.others] == ["b", "c"]


def test_of_a_field_and_its_parts_the_first_is_told():
    faults = Faults()
    for field in ("walk.windows", "walk.windows", "walk", None):
        faults.note(InvalidError("wrong", field))

    with pytest.raises(InvalidError) as told:
        faults.tell()

    assert [each.field for each in told.value.others] == [None]
    assert faults.at("walk")
    assert not faults.at("wal", "walks")


def test_faults_that_are_told_can_be_noted_again():
    faults = Faults()
    faults.note(InvalidError("wrong", None))
    faults.note(InvalidError("wrong", "a"))

    with faults.noted():
        faults.tell()
    with pytest.raises(InvalidError) as told:
        faults.tell()

    assert len(told.value.others) == 1


def test_other_refusals_are_not_collected():
    with pytest.raises(ConflictError), Faults().noted():
        raise ConflictError("too late")

"""Releases altered at random: a bit, a cut, two bytes or two files swapped, in any file of a release or its pointer."""

import random
from collections.abc import Callable
from pathlib import Path

from credit_platform.contracts.release import RELEASE_FILES
from credit_platform.engine.errors import ReleaseError
from credit_platform.engine.releases import load_champion, read_pointer
from credit_platform.engine.trust import Trust

FILES = (*RELEASE_FILES, "manifest.json", "../champion.json")


def flipped(data: bytes, dice: random.Random) -> bytes:
    place = dice.randrange(len(data))
    return data[:place] + bytes([data[place] ^ 1 << dice.randrange(8)]) + data[place + 1 :]


def cut(data: bytes, dice: random.Random) -> bytes:
    return data[: dice.randrange(len(data))]


def swapped(data: bytes, dice: random.Random) -> bytes:
    """Two different bytes change places."""
    first = dice.randrange(len(data))
    second = dice.choice([place for place in range(len(data)) if data[place] != data[first]])
    out = bytearray(data)
    out[first], out[second] = out[second], out[first]
    return bytes(out)


CHANGES: tuple[Callable[[bytes, random.Random], bytes], ...] = (flipped, cut, swapped)


def refusals(root: Path, *, use_case: str, trust: Trust, rounds: int, seed: int) -> int:
    """How many of so many alterations were refused; after each the release is put back and loads again at the end."""
    dice, refused = random.Random(seed), 0
    folder = _folder(root, use_case, trust)
    for _ in range(rounds):
        name, change = dice.choice(FILES), dice.choice((*CHANGES, None))
        path = (folder / name).resolve()
        before = path.read_bytes()
        if change is None:
            # The content of another file of the same release, which is signed too.
            other = dice.choice([each for each in FILES if each != name])
            path.write_bytes((folder / other).read_bytes())
        else:
            path.write_bytes(change(before, dice))
        refused += _is_refused(root, use_case, trust)
        path.write_bytes(before)
    if _is_refused(root, use_case, trust):
        raise AssertionError("the release is refused although nothing of it is altered")
    return refused


def _folder(root: Path, use_case: str, trust: Trust) -> Path:
    pointer = read_pointer(f"file://{root}", use_case, trust=trust)
    assert pointer is not None
    return root / use_case / pointer.release_id


def _is_refused(root: Path, use_case: str, trust: Trust) -> bool:
    try:
        pointer = read_pointer(f"file://{root}", use_case, trust=trust)
        assert pointer is not None
        load_champion(f"file://{root}", pointer, trust=trust, threads=1)
    except ReleaseError:
        return True
    return False

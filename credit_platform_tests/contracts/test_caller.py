"""A caller may do what it lists, for the use cases that it lists, and nothing else."""

from credit_platform.contracts.caller import ANONYMOUS, OPEN, SCOPES, Caller


def test_no_scope_holds_another_and_no_use_case_another() -> None:
    caller = Caller(id="key:1", use_cases=("loans",), scopes=("score",))
    assert [scope for scope in SCOPES if caller.may(scope)] == ["score"]
    assert caller.may("score", "loans")
    assert not caller.may("score", "cards")
    assert not caller.may("read", "loans")


def test_open_mode_may_everything_and_nobody_nothing() -> None:
    assert all(OPEN.may(scope, "loans") for scope in SCOPES)
    assert not any(ANONYMOUS.may(scope) for scope in SCOPES)

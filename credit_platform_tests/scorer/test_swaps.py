"""A champion that changes under load refuses nobody, and answers by the model that it names."""

import threading
from collections import Counter

from credit_platform_tests.engine import tiny
from credit_platform_tests.scorer.conftest import Running


def test_answers_while_the_champion_changes_three_times_are_by_the_model_that_they_name(running: Running) -> None:
    root = running.releases
    made = tiny.files_of(tiny.release(release_id="r2"), forest=tiny.forest_bytes(8))
    manifests = {
        "r1": tiny.write(root, tiny.files_of(tiny.release())),
        "r2": tiny.write(root, made, release_id="r2"),
    }
    answers: Counter[tuple[int, str, float]] = Counter()
    over = threading.Event()

    def ask() -> None:
        while not over.is_set():
            answer = running.score(tiny.RECORD, input=False)
            result = answer.json()["results"][0] if answer.is_success else {"model": {}}
            named = str(result["model"].get("release_id"))
            answers[answer.status_code, named, result.get("probability", -1.0)] += 1

    asking = [threading.Thread(target=ask) for _ in range(3)]
    for thread in asking:
        thread.start()
    alone = {"r1": running.one()["probability"]}
    for sequence, name in ((2, "r2"), (3, "r1"), (4, "r2")):
        tiny.promote(root, manifests[name], release_id=name, sequence=sequence)
        running.champions.refresh()
        found = running.one()
        assert found["model"]["release_id"] == name
        alone.setdefault(name, found["probability"])
    over.set()
    for thread in asking:
        thread.join()
    assert set(answers) == {(200, name, probability) for name, probability in alone.items()}
    assert alone["r1"] != alone["r2"]
    assert running.champions.snapshot.swaps >= 3

"""``credit-platform client`` against a scorer that listens."""

import json
from pathlib import Path

from click.testing import CliRunner

from credit_platform.cli import main
from credit_platform.contracts.settings import Settings
from credit_platform_tests.engine import tiny
from credit_platform_tests.ui.servers import scorer


def test_the_command_scores_the_records_of_a_file_and_tells_what_is_wrong_with_them(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    tiny.trusted_in(tmp_path / "home")
    root = Path(settings.releases.removeprefix("file://"))
    tiny.promote(root, tiny.write(root, tiny.files_of(tiny.release())))
    tiny.publish_states(settings)
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(json.dumps([tiny.RECORD, {**tiny.RECORD, "customer": "C-9"}]))
    bad.write_text(json.dumps({**tiny.RECORD, "days": "many"}))
    with scorer(settings) as address:
        options = ["--url", address, "--use-case", "tiny", "--reasons", "all"]
        done = CliRunner().invoke(main, ["client", str(good), *options, "--json"])
        assert done.exit_code == 0, done.output
        found = json.loads(done.stdout)
        assert [len(each["warnings"]) for each in found] == [0, 1]
        assert {each["model"]["release_id"] for each in found} == {"r1"} and found[0]["reasons"]
        shown = CliRunner().invoke(main, ["client", str(good), *options])
        assert shown.exit_code == 0 and "accepted" in shown.stdout
        refused = CliRunner().invoke(main, ["client", str(bad), *options])
        assert refused.exit_code == 1
        assert "records[0].days: expected an integer of at least 0" in refused.stderr

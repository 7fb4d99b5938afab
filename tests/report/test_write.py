"""The files of a run: whole, without secrets, pointed at by ``latest``."""

import json
from pathlib import Path

import pytest

from conformance.errors import HarnessError
from conformance.report.document import document, write_reports
from conformance.run import Run

from .conftest import MakeRun

FILES = ["exchanges.har", "junit.xml", "report.html", "report.json"]


def names(folder: Path) -> list[str]:
    """The files of a folder, sorted."""
    return sorted(path.name for path in folder.iterdir())


def test_every_report_is_written(hostile: Run) -> None:
    """And nothing half-written is left beside them."""
    told = document(hostile)
    write_reports(told, hostile)
    folder = hostile.options.out

    assert names(folder) == FILES
    assert json.loads((folder / "report.json").read_bytes())["seed"] == told["seed"]


def test_latest_points_at_the_newest_run(make_run: MakeRun, tmp_path: Path) -> None:
    """The link moves on with each run."""
    for name in ("one", "two"):
        run = make_run(options={"out": tmp_path / name})
        write_reports(document(run), run)

    assert (tmp_path / "latest").readlink() == Path("two")


def test_a_folder_called_latest_is_left_alone(
    make_run: MakeRun, tmp_path: Path
) -> None:
    """It is somebody else's."""
    (tmp_path / "latest").mkdir()
    run = make_run()
    write_reports(document(run), run)

    assert not (tmp_path / "latest").is_symlink()
    assert names(run.options.out) == FILES


def test_a_file_with_a_secret_in_it_is_not_written(make_run: MakeRun) -> None:
    """The last line of defence, named by the mark."""
    run = make_run()
    run.vault.keep("app.client_secret", "correct horse battery")
    told = {**document(run), "reason": "correct horse battery"}

    with pytest.raises(HarnessError, match=r"report\.json.*~SECRET~app\.client_secret"):
        write_reports(told, run)
    assert names(run.options.out) == []

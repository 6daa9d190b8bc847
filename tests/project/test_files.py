"""A file is written whole or not at all."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from archc.files import write_atomically


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def run(code: str, *arguments: Path) -> subprocess.CompletedProcess[str]:
    script = f"import os, sys\nfrom pathlib import Path\nfrom archc.files import write_atomically\n{code}"
    return subprocess.run(
        [sys.executable, "-c", script, *map(str, arguments)], capture_output=True, text=True, timeout=60
    )


def test_text_and_bytes_arrive_as_they_are(tmp_path: Path) -> None:
    write_atomically(tmp_path / "a", "é\r\n")
    write_atomically(tmp_path / "b", b"\x00\xff")
    assert (tmp_path / "a").read_bytes() == "é\r\n".encode()
    assert (tmp_path / "b").read_bytes() == b"\x00\xff"
    assert names(tmp_path) == ["a", "b"]


def test_an_existing_file_is_replaced_and_keeps_its_permissions(tmp_path: Path) -> None:
    path = tmp_path / "model.py"
    path.write_text("old")
    path.chmod(0o640)
    write_atomically(path, "new")
    assert path.read_text() == "new"
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_new_file_has_the_usual_permissions(tmp_path: Path) -> None:
    write_atomically(tmp_path / "written", "")
    (tmp_path / "plain").write_text("")
    assert (tmp_path / "written").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_a_link_keeps_pointing(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to("real")
    write_atomically(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "new"


def test_the_longest_name_that_a_file_may_have(tmp_path: Path) -> None:
    path = tmp_path / ("n" * 255)
    write_atomically(path, "x")
    assert path.read_text() == "x"


def test_a_pipe_is_written_to(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append((tmp_path / "pipe").read_bytes()))
    reader.start()
    write_atomically(tmp_path / "pipe", "through")
    reader.join(60)
    assert got == [b"through"]


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError):
        write_atomically(tmp_path, "x")


def test_no_such_folder(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_atomically(tmp_path / "none" / "x", "x")


@pytest.mark.parametrize(("folder_mode", "file_mode"), [(0o555, 0o666), (0o777, 0o444)])
def test_what_may_not_be_written_is_left_alone(folder_mode: int, file_mode: int) -> None:
    """A read-only folder, and a read-only file in a folder where a rename would get round that."""
    # The system's temporary folder, since nobody else may enter pytest's; and root would be let through.
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "model.py"
        path.write_text("old")
        path.chmod(file_mode)
        path.parent.chmod(folder_mode)
        done = run("if os.geteuid() == 0: os.setuid(65534)\nwrite_atomically(Path(sys.argv[1]), 'new')", path)
        assert "PermissionError" in done.stderr
        assert (path.read_text(), names(path.parent)) == ("old", ["model.py"])


def test_no_space_left_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "model.py"
    path.write_text("old")
    limit = "import resource, signal\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
    limit += "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
    done = run(limit + "write_atomically(Path(sys.argv[1]), 'n' * 2000)", path)
    assert "OSError" in done.stderr
    assert (path.read_text(), names(tmp_path)) == ("old", ["model.py"])


@pytest.mark.parametrize("moment", ["fsync", "replace"])
def test_a_writer_that_is_killed_leaves_the_old_file(moment: str, tmp_path: Path) -> None:
    path = tmp_path / "model.py"
    path.write_text("old")
    done = run(f"os.{moment} = lambda *_: os.kill(os.getpid(), 9)\nwrite_atomically(Path(sys.argv[1]), 'new')", path)
    assert done.returncode == -signal.SIGKILL
    assert path.read_text() == "old"


def test_an_interrupted_writer_cleans_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(tmp_path / "model.py", "new")
    assert names(tmp_path) == []


def test_of_two_writers_at_once_one_wins_whole(tmp_path: Path) -> None:
    path = tmp_path / "model.py"
    versions = [letter * 200_000 for letter in "ab"]
    write_atomically(path, versions[0])

    def write(text: str) -> None:
        for _ in range(20):
            write_atomically(path, text)

    writers = [threading.Thread(target=write, args=(text,)) for text in versions]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        assert path.read_text() in versions
    assert names(tmp_path) == ["model.py"]


def test_of_two_processes_that_write_at_once_one_wins_whole(tmp_path: Path) -> None:
    path = tmp_path / "model.py"
    script = "import sys\nfrom pathlib import Path\nfrom archc.files import write_atomically\n"
    script += "for _ in range(50): write_atomically(Path(sys.argv[1]), sys.argv[2] * 100_000)"
    writers = [subprocess.Popen([sys.executable, "-c", script, str(path), letter]) for letter in "ab"]
    while any(writer.poll() is None for writer in writers):
        if path.exists():
            assert path.read_text() in ("a" * 100_000, "b" * 100_000)
    assert [writer.returncode for writer in writers] == [0, 0]
    assert names(tmp_path) == ["model.py"]

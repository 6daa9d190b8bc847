"""Which files specs are read from, and which not."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from archc.diagnostics.model import Diagnostic
from archc.diagnostics.render import render
from archc.elaborate.errors import Mistake
from archc.elaborate.files import SpecFiles
from archc.source import Source, Span
from archc.syntax.read import MAX_BYTES

MAIN = 'from "blocks.arch" import A\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a spec that imports, beside a file that is none of its business."""
    inside = tmp_path / "inside"
    (inside / "sub").mkdir(parents=True)
    (inside / "main.arch").write_text(MAIN)
    (inside / "blocks.arch").write_text("blocks")
    (inside / "sub" / "deep.arch").write_text("deep")
    (tmp_path / "secret.arch").write_text("secret")
    zoo = tmp_path / "zoo"
    zoo.mkdir()
    (zoo / "resnet.arch").write_text("resnet")
    return inside


@pytest.fixture
def files(folder: Path) -> SpecFiles:
    return SpecFiles(folder.parent / "zoo")


@pytest.fixture
def main(files: SpecFiles, folder: Path) -> Source:
    return files.asked_for(folder / "main.arch")


def place(source: Source) -> Span:
    return Span(source.name, 5, 18)


def refusal(files: SpecFiles, main: Source, text: str) -> Diagnostic:
    """Why an import is refused: always at the place of the import."""
    with pytest.raises(Mistake) as caught:
        files.imported(text, place(main))
    assert caught.value.diagnostic.span == place(main)
    assert "secret" not in render(caught.value.diagnostic, files.sources, color=False).replace("secret.arch", "")
    return caught.value.diagnostic


def test_imports_go_down_from_the_folder_of_their_file(files: SpecFiles, main: Source, folder: Path) -> None:
    assert main.text == MAIN
    assert files.imported("blocks.arch", place(main)).text == "blocks"
    deep = files.imported("sub/deep.arch", place(main))
    assert (deep.text, deep.name, deep.path) == (
        "deep",
        str(folder / "sub" / "deep.arch"),
        folder / "sub" / "deep.arch",
    )
    (folder / "sub" / "next.arch").write_text("next")
    assert files.imported("next.arch", place(deep)).text == "next"
    assert set(files.sources) == {
        str(folder / name) for name in ("main.arch", "blocks.arch", "sub/deep.arch", "sub/next.arch")
    }


def test_a_file_is_read_once(files: SpecFiles, main: Source, folder: Path) -> None:
    (folder / "link.arch").symlink_to("blocks.arch")
    first = files.imported("blocks.arch", place(main))
    (folder / "blocks.arch").write_text("changed")
    assert files.imported("./blocks.arch", place(main)) is first
    assert files.imported("link.arch", place(main)) is first


@pytest.mark.parametrize(
    "text",
    [
        "../secret.arch",
        "sub/../../secret.arch",
        "sub/../blocks.arch",
        "/etc/passwd",
        "/dev/zero",
        "~/x.arch",
        "C:/x.arch",
        "C:x.arch",
        "\\\\server\\x.arch",
        "sub\\deep.arch",
        "blocks",
        "blocks.txt",
        "",
        "..",
    ],
)
def test_paths_that_are_not_plainly_below_are_refused(text: str, files: SpecFiles, main: Source) -> None:
    assert refusal(files, main, text).code == "E0705"


def test_links_that_lead_out_are_refused(files: SpecFiles, main: Source, folder: Path) -> None:
    (folder / "link.arch").symlink_to("../secret.arch")
    (folder / "up").symlink_to("..")
    os.link(folder.parent / "secret.arch", folder / "hard.arch")
    for text in ("link.arch", "up/secret.arch", "hard.arch"):
        assert refusal(files, main, text).code == "E0705"


def test_what_is_no_ordinary_file_is_refused(files: SpecFiles, main: Source, folder: Path) -> None:
    os.mkfifo(folder / "pipe.arch")
    (folder / "folder.arch").mkdir()
    for text, kind in {"pipe.arch": "pipe", "folder.arch": "folder"}.items():
        found = refusal(files, main, text)
        assert (found.code, found.notes) == ("E0702", (f"it is a {kind}",))


@pytest.mark.parametrize(
    ("path", "note"), [("/dev/zero", "it is a device"), ("/proc/self/environ", "the system makes it up as it is read")]
)
def test_not_even_the_user_may_ask_for_those(path: str, note: str, files: SpecFiles) -> None:
    with pytest.raises(Mistake) as caught:
        files.asked_for(Path(path))
    assert (caught.value.diagnostic.code, caught.value.diagnostic.notes) == ("E0702", (note,))
    assert caught.value.diagnostic.marks == ()


def test_a_socket_is_refused(files: SpecFiles, main: Source, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)  # the path of a socket must be short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket.arch")
        assert refusal(files, main, "socket.arch").code in ("E0701", "E0702")  # some systems do not open it at all


def test_a_missing_file_gets_a_suggestion(files: SpecFiles, main: Source) -> None:
    found = refusal(files, main, "blokcs.arch")
    assert (found.code, found.message) == ("E0701", 'there is no file "blokcs.arch"')
    assert found.help == 'did you mean "blocks.arch"?'
    assert refusal(files, main, "none/x.arch").code == "E0701"


@pytest.mark.parametrize("text", ["a\0.arch", "\ud800.arch", "x" * 5000 + ".arch"])
def test_names_that_no_file_can_have(text: str, files: SpecFiles, main: Source) -> None:
    assert refusal(files, main, text).code == "E0701"


def test_a_loop_of_links(files: SpecFiles, main: Source, folder: Path) -> None:
    (folder / "a.arch").symlink_to("b.arch")
    (folder / "b.arch").symlink_to("a.arch")
    assert refusal(files, main, "a.arch").code == "E0701"


def test_the_size_is_bounded(files: SpecFiles, main: Source, folder: Path) -> None:
    (folder / "most.arch").write_bytes(b"#" * MAX_BYTES)
    assert len(files.imported("most.arch", place(main)).text) == MAX_BYTES
    with (folder / "huge.arch").open("wb") as file:
        file.truncate(10**12)  # a hole: it takes no room, and would never be read to its end
    found = refusal(files, main, "huge.arch")
    assert (found.code, found.notes) == ("E0108", ())


def test_what_is_no_text_is_shown_at_its_place(files: SpecFiles, main: Source, folder: Path) -> None:
    (folder / "latin.arch").write_bytes(b"one\r\ntwo\r\xe9t\xe9")
    with pytest.raises(Mistake) as caught:
        files.imported("latin.arch", place(main))
    shown = render(caught.value.diagnostic, files.sources, color=False)
    assert "latin.arch:3:1\n" in shown
    assert "this is not UTF-8: 0xe9" in shown
    assert "imported here" in shown


def test_a_cycle_shows_its_chain(files: SpecFiles, main: Source) -> None:
    blocks = files.imported("blocks.arch", place(main))
    with files.entered(main), files.entered(blocks, place(main)):
        again = files.entered(main, place(blocks))
        with pytest.raises(Mistake) as caught:
            again.__enter__()
    assert caught.value.diagnostic.code == "E0706"
    assert caught.value.diagnostic.span == place(blocks)
    assert caught.value.diagnostic.notes == (f"the chain is {main.name} -> {blocks.name} -> {main.name}",)
    with files.entered(main):
        pass


def test_the_zoo(files: SpecFiles, main: Source) -> None:
    resnet = files.from_zoo("resnet", place(main))
    assert (resnet.text, resnet.name) == ("resnet", "zoo/resnet.arch")
    assert files.zoo_names() == ["resnet"]
    with pytest.raises(Mistake) as caught:
        files.from_zoo("resnt", place(main))
    assert (caught.value.diagnostic.code, caught.value.diagnostic.help) == ("E0707", 'did you mean "resnet"?')
    with pytest.raises(Mistake):
        files.from_zoo("../inside/main")


def test_text_imports_from_the_zoo_only(files: SpecFiles) -> None:
    text = files.from_text(MAIN, "<text>")
    assert files.from_zoo("resnet", place(text)).text == "resnet"
    assert refusal(files, text, "blocks.arch").code == "E0705"


def test_the_zoos_own_imports_stay_in_the_zoo(files: SpecFiles, folder: Path) -> None:
    (folder.parent / "zoo" / "out.arch").symlink_to("../secret.arch")
    resnet = files.from_zoo("resnet")
    assert files.imported("resnet.arch", place(resnet)) is resnet
    assert refusal(files, resnet, "out.arch").code == "E0705"

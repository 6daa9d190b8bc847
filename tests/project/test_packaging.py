"""What is installed works away from the checkout: from a wheel, and from a wheel built of the source archive."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

import archc

ROOT = Path(__file__).resolve().parents[2]


def run(*command: str | Path, cwd: Path, path: Path | None = None) -> str:
    """Standard output of a command that has to succeed; ``path`` goes first on the import path."""
    environment = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    if path is not None:
        environment["PYTHONPATH"] = str(path)
    done = subprocess.run([*map(str, command)], cwd=cwd, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def build_wheel(source: Path, folder: Path) -> Path:
    run(
        *(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", folder),
        source,
        cwd=folder.parent,
    )
    (wheel,) = folder.glob("*.whl")
    return wheel


def install(wheel: Path, target: Path) -> Path:
    run(
        *(sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", target, wheel),
        cwd=target.parent,
    )
    return target


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(ROOT, tmp_path_factory.mktemp("build") / "wheel")


@pytest.fixture(scope="module")
def source_archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("build") / "sdist"
    run(sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", folder, cwd=ROOT)
    (archive,) = folder.glob("*.tar.gz")
    return archive


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel installed, and nothing of the checkout."""
    return install(wheel, tmp_path_factory.mktemp("installed") / "site")


def carried(folder: str) -> list[str]:
    """The files of one of the checkout's folders that go into the wheel."""
    root = ROOT / folder
    found = [file for file in sorted(root.rglob("*")) if file.is_file() and "__pycache__" not in file.parts]
    return [f"archc/{folder}/{file.relative_to(root).as_posix()}" for file in found]


def test_the_wheel_carries_the_package_and_its_data(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {"archc/py.typed", "archc/version.py"} <= set(names)
    assert any(name.endswith("/licenses/LICENSE") for name in names)
    assert {*carried("grammars"), *carried("specs")} <= set(names)
    page = ROOT / "archc" / "backends" / "explorer"
    assert {file.relative_to(ROOT).as_posix() for file in page.glob("*.*")} <= set(names)
    assert {name.split("/")[0] for name in names} == {"archc", f"archc-{archc.__version__}.dist-info"}


def test_the_source_archive_builds_the_same_wheel(source_archive: Path, wheel: Path, tmp_path: Path) -> None:
    with tarfile.open(source_archive) as archive:
        filtered = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}  # Python 3.11.4 brought it
        archive.extractall(tmp_path / "unpacked", **filtered)  # type: ignore[arg-type]
    (unpacked,) = (tmp_path / "unpacked").iterdir()
    rebuilt = build_wheel(unpacked, tmp_path / "wheel")
    assert sorted(zipfile.ZipFile(rebuilt).namelist()) == sorted(zipfile.ZipFile(wheel).namelist())


def test_the_installed_package_finds_its_own_data(installed: Path, tmp_path: Path) -> None:
    code = "import archc.resources as r; print(r.__file__); print(r._folder('grammars')); print(r.zoo_root())"
    places = run(sys.executable, "-c", code, cwd=tmp_path, path=installed).splitlines()
    package = installed / "archc"
    assert places == [str(package / "resources.py"), str(package / "grammars"), str(package / "specs")]


def test_the_installed_package_compiles_a_net_of_its_zoo_without_torch(installed: Path, tmp_path: Path) -> None:
    code = "import archc, sys; print(archc.compile('vgg16').params, archc.__file__, 'torch' in sys.modules)"
    expected = f"138357544 {installed / 'archc' / '__init__.py'} False\n"
    assert run(sys.executable, "-c", code, cwd=tmp_path, path=installed) == expected


def test_pygments_finds_the_lexer_of_the_installed_package(installed: Path, tmp_path: Path) -> None:
    spec = tmp_path / "a.arch"
    spec.write_text("net N()(x: [B, 8]) -> [B, 8]:\n    return x -> fc: linear(8)\n")
    html = run(sys.executable, "-m", "pygments", "-l", "arch", "-f", "html", spec, cwd=tmp_path, path=installed)
    assert '<span class="kd">net</span>' in html
    assert '<span class="nl">fc</span>' in html
    assert run(sys.executable, "-m", "pygments", "-N", spec, cwd=tmp_path, path=installed) == "arch\n"


def test_the_checkout_finds_the_folders_beside_the_package(tmp_path: Path) -> None:
    code = "import archc.resources as r; print(r._folder('grammars')); print(r.zoo_root())"
    places = run(sys.executable, "-c", code, cwd=tmp_path, path=ROOT).splitlines()
    assert places == [str(ROOT / "grammars"), str(ROOT / "specs")]

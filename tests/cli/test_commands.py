"""The commands: what they print where, and how they end."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from archc import driver
from archc.backends.torch import check
from archc.cli import app, build_command
from archc.cli.app import COMMANDS
from archc.reading import zoo_files
from archc.version import __version__
from tests.cli.running import NET, WRONG, run

# --- archc itself -----------------------------------------------------------------------------------------------------


def test_version_and_help() -> None:
    assert run("--version").output == f"archc {__version__}\n"
    shown = run("--help").output
    assert all(f"  {name}" in shown for name in COMMANDS)


def test_every_command_can_be_imported_and_has_help() -> None:
    for name in COMMANDS:
        result = run(name, "--help")
        assert result.exit_code == 0, name
        assert f"Usage: archc {name}" in result.output


def test_a_misspelt_command_is_guessed() -> None:
    result = run("biuld", "vgg16")
    assert result.exit_code == 2
    assert "There is no command 'biuld'. Did you mean \"build\"?" in result.stderr


def test_a_misspelt_option_is_guessed() -> None:
    result = run("summary", "vgg16", "--symbolyc")
    assert result.exit_code == 2
    assert "Did you mean '--symbolic'?" in result.stderr


# --- build ------------------------------------------------------------------------------------------------------------


def test_the_main_job() -> None:
    result = run("build", "vgg16.arch", "--summary")
    assert result.exit_code == 0
    assert "Parameters: 138,357,544 (138,357,544 trainable)" in result.stdout
    assert "├─ 28       conv(512, 3, padding=1)" in result.stdout


def test_build_says_what_it_checked(spec: Path) -> None:
    assert run("build", "small.arch").stdout == "Small: 36 parameters, as PyTorch's module has them\n"
    assert run("build", "small.arch", "--no-verify").stdout == "Small: 36 parameters\n"


def test_build_without_torch_still_builds(spec: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build_command, "find_spec", lambda name: None)
    assert run("build", "small.arch").stdout == "Small: 36 parameters\n"


def test_build_writes_the_source(spec: Path) -> None:
    result = run("build", "small.arch", "-D", "n=5", "-o", "model.py")
    assert (result.exit_code, result.output) == (0, "")
    names: dict[str, type] = {}
    exec((spec.parent / "model.py").read_text(), names)
    assert names["Small"]().fc.out_features == 5


def test_a_prediction_that_torch_denies_fails_the_build(spec: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "owned_in", lambda net, module: iter(()))
    result = run("build", "small.arch", "-o", "model.py")
    assert result.exit_code == 1
    assert "parameter fc.weight: not predicted" in result.stderr
    assert not (spec.parent / "model.py").exists()


@pytest.mark.parametrize(
    ("stage", "expected"),
    [
        ("ast", '"node": "File"'),
        ("ir", '"version": 1'),
        ("shapes", "fc  [B, 4]\n"),
        ("torch", "class Small(nn.Module):"),
        ("dot", 'digraph "Small" {'),
    ],
)
def test_every_stage_can_be_shown(spec: Path, stage: str, expected: str) -> None:
    result = run("build", "small.arch", "--emit", stage)
    assert result.exit_code == 0
    assert expected in result.stdout
    if stage in ("ast", "ir"):
        json.loads(result.stdout)


def test_a_stage_can_be_written(spec: Path) -> None:
    assert run("build", "small.arch", "--emit", "dot", "-o", "small.dot").output == ""
    assert (spec.parent / "small.dot").read_text().startswith("digraph")


def test_the_ir_follows_its_schema() -> None:
    schema = json.loads(run("schema").stdout)
    for name in ("resnet18", "XOR"):
        jsonschema.validate(json.loads(run("build", name, "--emit", "ir").stdout), schema)


def test_a_file_that_cannot_be_written_is_named(spec: Path) -> None:
    result = run("build", "small.arch", "--no-verify", "-o", "no/such/folder/model.py")
    assert result.exit_code == 2
    assert "No such file or directory" in result.stderr
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("-D", "m=5"), 1, "it takes n"),
        (("-D", "n"), 2, "write -D NAME=VALUE"),
        (("-D", "n=[1"), 2, "no number, string, list"),
        (("-D", "n=" + "[" * 10_000), 2, "no number, string, list"),
        (("-D", "n='x'"), 1, "error["),
        (("--dim", "B=0"), 2, "an integer of at least 1"),
        (("--dim", "B=1e9"), 2, "an integer of at least 1"),
        (("--dim", "Q=3"), 2, "Small has no size 'Q' (it has B)"),
    ],
)
def test_wrong_arguments(spec: Path, arguments: tuple[str, ...], code: int, words: str) -> None:
    result = run("build", "small.arch", "--no-verify", *arguments)
    assert (result.exit_code, result.stdout) == (code, "")
    assert words in result.stderr


def test_mistakes_as_json(spec: Path) -> None:
    spec.write_text(WRONG)
    result = run("build", "small.arch", "--json")
    assert result.exit_code == 1
    data = json.loads(result.stdout)
    assert data["ok"] is False
    assert data["diagnostics"][0]["help"] == 'did you mean "linear"?'
    assert data["diagnostics"][0]["marks"][0]["line"] == 2


# --- check ------------------------------------------------------------------------------------------------------------


def test_check_a_folder(spec: Path) -> None:
    (spec.parent / "deep").mkdir()
    (spec.parent / "deep" / "other.arch").write_text(NET)
    result = run("check", ".", "small.arch")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == "deep/other.arch: ok, 1 net\nsmall.arch: ok, 1 net\n"


def test_check_goes_on_after_a_mistake(spec: Path) -> None:
    (spec.parent / "a.arch").write_text(WRONG)
    result = run("check", ".")
    assert result.exit_code == 1
    assert result.stdout == "a.arch: 1 error\nsmall.arch: ok, 1 net\n"
    assert 'did you mean "linear"?' in result.stderr
    assert "a.arch:2:" in result.stderr


def test_check_as_json(spec: Path) -> None:
    (spec.parent / "a.arch").write_text(WRONG)
    result = run("check", ".", "--json")
    data = json.loads(result.stdout)
    assert (result.exit_code, result.stderr) == (1, "")
    assert [(file["file"], file["ok"]) for file in data["files"]] == [("a.arch", False), ("small.arch", True)]
    assert data["files"][1]["nets"] == {"Small": {"parameters": 36, "domain": []}}


def test_check_what_is_not_there(spec: Path) -> None:
    (spec.parent / "empty").mkdir()
    assert run("check", "nothing.arch").exit_code == 2
    assert run("check").exit_code == 2
    result = run("check", "empty")
    assert result.exit_code == 2
    assert "there is no .arch file in 'empty'" in result.stderr


STRIDED = "net A()(x: [B, 3, H=32, W=32]) -> [B, 3, _, _]:\n    return x -> max_pool(4)\n"


def test_check_shows_domains_and_writes_what_is_missing(spec: Path) -> None:
    file = spec.parent / "strided.arch"
    file.write_text(STRIDED)
    assert run("check", str(file)).exit_code == 0
    assert run("check", str(file), "--strict").exit_code == 1
    assert "A: H >= 4, W >= 4" in run("check", str(file), "--domain").stdout
    assert run("check", str(file), "--fix", "--strict").exit_code == 0
    assert file.read_text() == STRIDED.replace("_]:", "_] where H >= 4, W >= 4:")


def test_sizes_lists_what_a_net_takes(spec: Path) -> None:
    file = spec.parent / "strided.arch"
    file.write_text("net A()(x: [B, 3, H=32]) -> [B, 3, H]:\n    return x -> max_pool(4) -> upsample(scale_factor=4)\n")
    assert run("sizes", str(file), "--count", "3").stdout == "A: H % 4 == 0\n  B: 1, 2, 3, ...\n  H: 4, 8, 12, ...\n"
    found = json.loads(run("sizes", str(file), "--above", "30", "--count", "2", "--json").stdout)
    assert found["domain"] == ["H % 4 == 0"]
    assert found["sizes"]["H"] == {"smallest": 4, "sizes": [32, 36], "more": True}


def test_the_zoo_is_right() -> None:
    assert run("check", "vgg16", "lenet").exit_code == 0


def test_check_imports_neither_torch_nor_what_draws() -> None:
    code = (
        "import sys; from click.testing import CliRunner; from archc.cli.app import cli;"
        "r = CliRunner().invoke(cli, ['check', 'vgg16']); assert r.exit_code == 0, r.output;"
        "print(sorted({'torch', 'numpy', 'networkx', 'rich', 'graphviz'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


# --- summary ----------------------------------------------------------------------------------------------------------


def test_summary_takes_sizes_depth_and_forms(spec: Path) -> None:
    assert "at B=3" in run("summary", "small.arch", "--dim", "B=3").stdout
    assert "[B, 4]" in run("summary", "small.arch:Small", "--symbolic").stdout
    assert run("summary", "small.arch", "--markdown").stdout.startswith("**Small(n=4), at B=1**")
    assert json.loads(run("summary", "small.arch", "--json").stdout)["parameters"] == 36
    deep, flat = (len(run("summary", "resnet18", "--depth", depth).stdout.splitlines()) for depth in ("2", "1"))
    assert deep > flat


def test_summary_shows_mistakes(spec: Path) -> None:
    spec.write_text(WRONG)
    for command in (["summary"], ["build", "--summary"]):
        result = run(*command, "small.arch")
        assert result.exit_code == 1
        assert "liner(classes)      fails here" in result.stdout
        assert "error[E0201]" in result.stderr
    found = json.loads(run("summary", "small.arch", "--json").stdout)
    assert (found["ok"], found["diagnostics"][0]["code"], found["summary"]["stopped"]) == (False, "E0201", "E0201")
    assert found["summary"]["rows"][-1]["kind"] == "failed"
    spec.write_text("net A(:")
    result = run("summary", "small.arch")
    assert (result.exit_code, result.stdout) == (1, "")


# --- reference --------------------------------------------------------------------------------------------------------


def test_list_names_what_can_be_built() -> None:
    entries = json.loads(run("list", "--json").stdout)
    listed = {entry["file"]: entry["nets"] for entry in entries}
    built = {file.name: list(driver.load(file).nets) for file in zoo_files()}
    assert listed == {file: nets for file, nets in built.items() if nets}
    assert all(entry["about"] for entry in entries)


def test_list_can_be_searched() -> None:
    shown = run("list", "vgg", "bn").stdout
    assert "vgg16_bn" in shown
    assert "vgg16 " not in shown
    assert "resnet" not in shown


def test_explain() -> None:
    assert run("explain", "e0301").stdout.startswith("E0301: ")
    assert "E0301  " in run("explain").stdout
    assert json.loads(run("explain", "E0301", "--json").stdout)["code"] == "E0301"
    result = run("explain", "E03O1")
    assert result.exit_code == 2
    assert "there is no code 'E03O1'" in result.stderr


def test_ops() -> None:
    page = run("ops", "conv").stdout
    assert page.startswith("conv(out_channels, kernel_size, stride=1, padding=0, dilation=1, groups=1, bias=True, ")
    assert "[B, 3, H, W] -> conv(64, 3, padding=1)  # [B, 64, H, W]" in page
    assert "torch.nn.Conv2d" in page
    assert "\nconvolution\n  conv  " in run("ops").stdout
    assert json.loads(run("ops", "add", "--json").stdout)["inputs"] == ["input", "other"]
    assert 'did you mean "conv"?' in run("ops", "conv2d").stderr
    names = {entry["name"] for entry in json.loads(run("ops", "--json").stdout)}
    assert {"conv", "relu", "concat"} <= names


def test_every_operator_has_a_page() -> None:
    for entry in json.loads(run("ops", "--json").stdout):
        page = run("ops", entry["name"]).stdout
        assert page.startswith(entry["signature"])
        assert entry["documentation"] in page


# --- fmt and completion -----------------------------------------------------------------------------------------------


def test_fmt_mends_and_then_is_content(spec: Path) -> None:
    spec.write_text(NET.replace("(n)", "( n )"))
    checked = run("fmt", "--check", ".")
    assert (checked.exit_code, checked.stdout) == (1, "would change small.arch\n")
    assert (run("fmt", ".").exit_code, spec.read_text()) == (0, NET)
    assert run("fmt", "--check", "--json", ".").stdout == '{\n  "ok": true,\n  "changed": []\n}\n'


def test_fmt_leaves_what_it_cannot_read(spec: Path) -> None:
    spec.write_text("net (\n")
    result = run("fmt", "small.arch")
    assert result.exit_code == 1
    assert "error[" in result.stderr
    assert spec.read_text() == "net (\n"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(shell: str) -> None:
    assert "_ARCHC_COMPLETE" in run("completion", shell).stdout


def test_names_of_the_zoo_are_completed(monkeypatch: pytest.MonkeyPatch) -> None:
    context = app.cli.make_context("archc", ["summary", "vgg16"])
    command = app.cli.get_command(context, "summary")
    assert command is not None
    found = [item.value for item in command.params[0].shell_complete(context, "vgg16")]
    assert {"vgg16_conv1", "vgg16", "vgg16_bn"} <= set(found)


def test_python_dash_m_runs_it_and_pipes_may_close() -> None:
    command = f"{sys.executable} -m archc ops | head -n 1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("activation\n", "")

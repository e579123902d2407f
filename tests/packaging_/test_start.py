"""Starts copies of packaging/ as a person does, with an installer that only takes notes."""

import ast
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PARSED_BY_OLD_PYTHONS = ("__main__.py", "interpreters.py")

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the stand-ins are shell scripts")

# What uv is asked is noted; FAILURE says how it fails, and the pip behind it fails likewise.
UV = """\
#!/bin/sh
echo "$*" >> '{log}'
[ "$1" = pip ] || exit 0
for folder in "${{5%/bin/python}}"/lib/python3*/site-packages; do
    echo '{root}' > "$folder/app.pth"
    echo 'import sys; sys.exit("--version" not in sys.argv and "name resolution failed")' \\
        > "$folder/pip.py"
done
case "$FAILURE" in
    kill) kill -9 $PPID; exit 1 ;;
    network) echo 'dns error'; exit 2 ;;
    disk) echo 'No space left on device'; exit 2 ;;
esac
"""


def write_program(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


@dataclass
class Project:
    root: Path
    environ: dict[str, str] = field(default_factory=dict)

    @property
    def venv(self) -> Path:
        return self.root / ".venv"

    def begin(self, *words: str, **environ: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, str(self.root / "packaging"), *words],
            env=self.environ | environ,
            cwd=self.root.parent,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def start(self, *words: str, **environ: str) -> tuple[int, str, str]:
        with self.begin(*words, **environ) as process:
            out, err = process.communicate(timeout=60)
            return process.returncode, out, err

    def installed(self) -> list[str]:
        log = self.root.parent / "uv.log"
        lines = log.read_text().splitlines() if log.exists() else []
        asked = [line for line in lines if line.startswith("pip")]
        return ["lock" if " -r " in line else "project" for line in asked]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    root = tmp_path / "sand glass"
    shutil.copytree(ROOT / "packaging", root / "packaging")
    (root / "requirements.lock").write_text("one==1\n")
    (root / "pyproject.toml").write_text("[project]\n")
    write_program(root / "app" / "__main__.py", "import sys; print(sys.argv[1:]); sys.exit(7)")
    uv = tmp_path / "bin" / "uv"
    write_program(uv, UV.format(log=tmp_path / "uv.log", root=root))
    return Project(root, {"PATH": str(uv.parent), "HOME": str(tmp_path)})


def test_the_first_start_installs_and_hands_over_words_and_exit_code(project: Project) -> None:
    code, out, _ = project.start("demo", "--headless", "--out", "a b")
    assert code == 7
    assert out.endswith("['demo', '--headless', '--out', 'a b']\n")
    assert project.installed() == ["lock", "project"]


def test_the_second_start_installs_nothing(project: Project) -> None:
    project.start("run")
    code, out, _ = project.start("run", "verify", "x.pdf")
    assert (code, out) == (7, "['verify', 'x.pdf']\n")
    assert project.installed() == ["lock", "project"]


def test_a_changed_lock_is_installed_and_a_changed_project_only_itself(project: Project) -> None:
    project.start("run")
    (project.root / "pyproject.toml").write_text("[project]\nname = 'two'\n")
    project.start("run")
    assert project.installed() == ["lock", "project", "project"]
    (project.root / "requirements.lock").write_text("two==2\n")
    project.start("run")
    assert project.installed()[3:] == ["lock", "project"]


def test_a_start_killed_midway_is_noticed_and_made_anew(project: Project) -> None:
    assert project.start("run", FAILURE="kill")[0] == -9
    half = project.venv / "half-unpacked"
    half.touch()
    assert project.start("run")[0] == 7
    assert not half.exists()
    assert project.installed() == ["lock", "lock", "project"]


def test_an_environment_without_its_interpreter_is_made_anew(project: Project) -> None:
    project.start("run")
    for python in (project.venv / "bin").glob("python*"):
        python.unlink()
    assert project.start("run")[0] == 7


def test_a_moved_folder_gets_an_environment_of_its_own(project: Project) -> None:
    project.start("run")
    moved = Project(project.root.rename(project.root.with_name("moved")), project.environ)
    write_program(
        moved.root.parent / "bin" / "uv",
        UV.format(log=moved.root.parent / "uv.log", root=moved.root),
    )
    code, out, _ = moved.start("run")
    assert (code, "again" in out) == (7, True)


def test_an_environment_made_by_other_means_is_kept_and_completed(project: Project) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(project.venv)], check=True)
    kept = project.venv / "kept"
    kept.touch()
    assert project.start("run")[0] == 7
    assert kept.exists()
    assert project.installed() == ["lock", "project"]


def test_two_starts_at_once_install_once(project: Project) -> None:
    both = [project.begin("run"), project.begin("run")]
    outputs = [process.communicate(timeout=60) for process in both]
    assert [process.returncode for process in both] == [7, 7], outputs
    assert project.installed() == ["lock", "project"]


def test_without_network_one_sentence_and_the_old_environment_stays(project: Project) -> None:
    project.start("run")
    old = (project.root / "requirements.lock").read_text()
    (project.root / "requirements.lock").write_text("two==2\n")
    code, _, err = project.start("run", FAILURE="network")
    assert code == 3
    assert err.startswith("The packages could not be fetched: check the network")
    assert err.count("\n") == 1
    (project.root / "requirements.lock").write_text(old)
    code, out, _ = project.start("run", FAILURE="network")
    assert (code, out) == (7, "[]\n")


def test_a_full_disk_is_one_sentence(project: Project) -> None:
    code, _, err = project.start("run", FAILURE="disk")
    assert (code, err) == (3, "The disk is full: free about 1 GB, then start this again.\n")


def test_a_missing_lock_is_one_sentence(project: Project) -> None:
    (project.root / "requirements.lock").unlink()
    code, _, err = project.start("run")
    assert code == 3
    assert err == "requirements.lock is missing: this copy of Sandglass is incomplete.\n"


def test_an_unknown_command_sets_nothing_up(project: Project) -> None:
    code, _, err = project.start("dmo")
    assert (code, err.splitlines()[0]) == (2, "There is no command 'dmo'.")
    assert not project.venv.exists()


def stand_in_for_the_checks(project: Project, failing: str = "") -> None:
    for name in ("ruff", "mypy", "pytest"):
        text = f"import sys; print('{name}', *sys.argv[1:]); sys.exit({int(name == failing)})"
        (project.root / f"{name}.py").write_text(text)
    project.start("run")
    write_program(project.venv / "bin" / "lint-imports", "#!/bin/sh\n")


def test_test_runs_every_check_and_names_those_that_failed(project: Project) -> None:
    stand_in_for_the_checks(project, failing="mypy")
    code, out, err = project.start("test")
    assert code == 1
    assert out.endswith("Failed: mypy.\n")
    for line in ("ruff check    passed in", "mypy          FAILED in", "pytest        passed in"):
        assert line in out
    assert err.startswith("Tests that need pdftotext, qpdf")


def test_test_with_words_runs_only_pytest_with_them(project: Project) -> None:
    stand_in_for_the_checks(project, failing="pytest")
    code, out, _ = project.start("test", "-k", "deadline")
    assert code == 1
    assert "pytest -k deadline\n" in out
    assert "ruff" not in out


def old_python(path: Path, version: str) -> None:
    write_program(path, f"#!/bin/sh\necho {version}\necho '{path}'\n")


def test_an_old_python_alone_gets_one_sentence(project: Project) -> None:
    old = project.root.parent / "old" / "python3"
    old_python(old, "3.8.10")
    code, out, err = project.start("run", SANDGLASS_PYTHON=str(old))
    assert (code, out) == (3, "")
    assert err.startswith("Sandglass needs Python 3.12 or newer and found only 3.8.10: ")
    assert err.count("\n") == 1


FIND = """\
import os, sys; sys.path.insert(0, {folder!r})
import interpreters, pathlib
old = interpreters.Python("/usr/bin/old", (3, 6, 0))
found = interpreters.Search(pathlib.Path({root!r}), dict(os.environ), old).best()
print(found.path if found else None)
"""


def find(root: Path, **environ: str) -> str:
    code = FIND.format(folder=str(ROOT / "packaging"), root=str(root))
    command = [sys.executable, "-c", code]
    return subprocess.run(
        command, env=environ, capture_output=True, text=True, check=True
    ).stdout.strip()


def test_an_old_python_finds_the_version_that_the_project_prefers(tmp_path: Path) -> None:
    folder = tmp_path / "bin"
    for minor in (12, 13, 14):
        old_python(folder / f"python3.{minor}", f"3.{minor}.0")
    old_python(folder / "python3", "3.9.2")
    (tmp_path / ".python-version").write_text("3.13\n")
    environ = {"PATH": str(folder), "HOME": str(tmp_path)}
    assert find(tmp_path, **environ) == str(folder / "python3.13")
    (tmp_path / ".python-version").unlink()
    assert find(tmp_path, **environ) == str(folder / "python3.12")


def test_a_launcher_with_nothing_behind_it_is_passed_over_for_pyenv(tmp_path: Path) -> None:
    write_program(tmp_path / "bin" / "python3.12", "#!/bin/sh\nexit 127\n")
    for version in ("3.9.1", "3.12.4", "3.13.0"):
        old_python(tmp_path / ".pyenv" / "versions" / version / "bin" / "python", version)
    found = find(tmp_path, PATH=str(tmp_path / "bin"), HOME=str(tmp_path))
    assert found == str(tmp_path / ".pyenv" / "versions" / "3.12.4" / "bin" / "python")


def test_uv_is_asked_last(tmp_path: Path) -> None:
    its = tmp_path / "uv-python"
    old_python(its, "3.14.1")
    write_program(tmp_path / "bin" / "uv", f"#!/bin/sh\necho '{its}'\n")
    assert find(tmp_path, PATH=str(tmp_path / "bin"), HOME=str(tmp_path)) == str(its)


def test_no_python_anywhere_is_none(tmp_path: Path) -> None:
    assert find(tmp_path, PATH=str(tmp_path), HOME=str(tmp_path)) == "None"


@pytest.mark.parametrize("name", PARSED_BY_OLD_PYTHONS)
def test_what_an_old_python_reads_parses_there(name: str) -> None:
    text = (ROOT / "packaging" / name).read_text("utf-8")
    ast.parse(text, feature_version=(3, 6))
    assert "from __future__" not in text


def test_packaging_never_hides_the_library_of_that_name() -> None:
    assert not (ROOT / "packaging" / "__init__.py").exists()


def test_ci_runs_every_check(tmp_path: Path) -> None:
    (tmp_path / "here" / ".ci").mkdir(parents=True)
    run = Path(shutil.copy(ROOT / ".ci" / "run", tmp_path / "here" / ".ci" / "run"))
    write_program(tmp_path / "bin" / "python3", '#!/bin/sh\necho "$PWD" "$@"\nexit 5\n')
    path = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run([run], env={"PATH": path}, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (5, f"{tmp_path / 'here'} packaging test\n")

"""What is too long for every change: oldest and newest dependencies, other Pythons, packages, docs, long examples.

Run: python -m pip install nox && nox -s floors
"""

import re
import tomllib
from pathlib import Path

import nox

ROOT = Path(__file__).parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
# The pin of the README, which takes a small CPU build where pip finds one.
TORCH = re.search(r"torch==[\d.]+", (ROOT / "README.md").read_text()).group()
nox.options.sessions = ["tests", "floors", "docs", "package"]


def lowest():
    """Return the oldest versions that pyproject.toml allows, as constraints for pip."""
    wanted = [
        *PROJECT["dependencies"],
        *(line for extra in PROJECT["optional-dependencies"].values() for line in extra),
    ]
    floors = sorted({line.replace(">=", "==") for line in wanted if ">=" in line and not line.startswith("torch>")})
    # Newer ones deprecate what the oldest matplotlib calls.
    return "\n".join([*floors, "pyparsing==3.1.0"])


def with_tests(session, *options):
    """Install the package with what tests need, and run them."""
    session.install(TORCH)
    session.install(*options, "-e", ".[test]")
    session.run("python", "-m", "pytest", "-q", *session.posargs)


@nox.session(python=["3.11", "3.12", "3.13", "3.14"])
def tests(session):
    """Tests on every Python that is installed, with the newest dependencies."""
    with_tests(session, "--upgrade", "--upgrade-strategy", "eager", TORCH)


@nox.session
def floors(session):
    """Tests with the oldest dependencies that are said to work."""
    constraints = Path(session.create_tmp()) / "floors.txt"
    constraints.write_text(lowest())
    with_tests(session, "-c", str(constraints))


@nox.session
def docs(session):
    """Documentation with its examples; warnings are errors."""
    session.install(TORCH)
    session.install("-e", ".[docs]")
    session.run("python", "-m", "sphinx", "-q", "-W", "-b", "html", "docs", "docs/_build/html")


@nox.session
def examples(session):
    """Tests that take long, and the commands of the README that do."""
    session.install(TORCH)
    session.install("-e", ".[test]")
    session.run("python", "-m", "pytest", "-q", "--long", "-m", "long")
    session.run("skmi", "demo")
    session.run("skmi", "validate", "--estimator", "KSG", "--n-samples", "2000")
    session.run("skmi", "information-plane")


@nox.session
def package(session):
    """Wheel and source distribution, each installed and used outside of this folder."""
    session.install("build")
    built = Path(session.create_tmp()).resolve()
    session.run("python", "-m", "build", "--outdir", str(built), str(ROOT))
    session.install(TORCH)
    estimate = "import skmi; from sklearn.datasets import load_diabetes as load; "
    estimate += "X, y = load(return_X_y=True); print(skmi.estimate(X[:, [2, 8]], y, random_state=0))"
    for archive in sorted(built.glob("skmi-*")):
        session.install("--force-reinstall", "--no-deps", str(archive))
        session.install(f"skmi[cli] @ {archive.as_uri()}")
        with session.chdir(built):
            session.run("skmi", "--version")
            session.run("python", "-c", estimate)

"""The shape of the house: which file may import which, what import loads, which names are documented."""

import ast
import importlib
import inspect
import pathlib
import re
import subprocess
import sys

import pytest
from numpydoc.validate import validate

import skmi

ROOT = pathlib.Path(skmi.__file__).parent

# A room may import the rooms of lower numbers; rooms of one number do not know one another.
LEVELS = {
    "exceptions": 0,
    "_sklearn": 0,
    "_maps": 0,
    "_parallel": 0,
    "_resume": 0,
    "_report": 1,
    "_seeding": 1,
    "_tables": 1,
    "_neighbors": 2,
    "_networks": 2,
    "bounds": 2,
    "channel": 2,
    "model_selection": 2,
    "datasets": 3,
    "estimators": 3,
    "compression": 3,
    "compressed": 4,
    "uncertainty": 5,
    "automatic": 6,
    "feature_selection": 6,
    "information_plane": 6,
    "validation": 7,
    "cli": 8,
}


def imports(path):
    """Yield what a file imports of other rooms of skmi, as the parts of a dotted name."""
    depth = len(path.relative_to(ROOT).parts)
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.ImportFrom):
            continue
        if node.level == depth:
            yield from [node.module.split(".")] if node.module else [[alias.name] for alias in node.names]
        elif node.level == 0 and node.module.split(".")[0] == "skmi":
            yield node.module.split(".")[1:]


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_one_way_and_private_files_stay_in_their_room(path):
    room = path.relative_to(ROOT).parts[0].removesuffix(".py")
    if room == "__init__":
        return
    for other, *rest in imports(path):
        if other in {room, "__version__"}:
            continue
        assert LEVELS[other] < LEVELS[room], f"{path} imports {other}"
        assert not any(part.startswith("_") for part in rest), f"{path} imports a private file of {other}"


def test_the_private_root_holds_few_files():
    assert len([path for path in ROOT.glob("_*.py") if path.name != "__init__.py"]) <= 7


def test_private_parts_of_scikit_learn_are_named_in_one_file_only():
    private = re.compile(r"from sklearn[\w.]* import .*\b_\w+|from sklearn[\w.]*\._\w+")
    files = [path.name for path in ROOT.rglob("*.py") if private.search(path.read_text())]
    assert files == ["_sklearn.py"]


def run(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


def test_import_loads_no_torch_and_is_quick():
    code = (
        "import sys, time; t = time.perf_counter(); import skmi; print(time.perf_counter() - t, 'torch' in sys.modules)"
    )
    seconds, torch_loaded = run(code).split()
    assert torch_loaded == "False"
    assert float(seconds) < 1  # measured at 0.002 s: the names are imported when first used


def test_estimators_load_no_torch():
    assert run("import sys; from skmi import KSG; print('torch' in sys.modules)").strip() == "False"


def public_names():
    modules = [
        "skmi",
        *(
            f"skmi.{name}"
            for name in (
                "bounds",
                "channel",
                "compressed",
                "compression",
                "datasets",
                "estimators",
                "feature_selection",
                "validation",
                "information_plane",
                "uncertainty",
            )
        ),
    ]
    modules += ["skmi.exceptions"]
    for module_name in modules:
        module = importlib.import_module(module_name)
        for name in getattr(module, "__all__", None) or [n for n in vars(module) if not n.startswith("_")]:
            thing = getattr(module, name)
            home = "skmi" if hasattr(module, "__all__") else module_name
            if (inspect.isclass(thing) or inspect.isfunction(thing)) and thing.__module__.startswith(home):
                yield f"{thing.__module__}.{thing.__qualname__}", thing


def public_callables():
    """Return every public class, function and method, once."""
    names = {}
    for name, thing in public_names():
        names[name] = thing
        if inspect.isclass(thing):
            for method, function in vars(thing).items():
                if inspect.isfunction(function) and not method.startswith("_"):
                    names[f"{name}.{method}"] = function
    return sorted(names)


# Left out: extended summaries, See Also and examples are for where they help; the rest of numpydoc's rules holds.
LENIENT = {"ES01", "SA01", "SA04", "EX01", "GL01", "GL08", "RT02", "RT03", "YD01", "PR01", "PR02"}


@pytest.mark.parametrize("name", public_callables())
def test_docstrings_follow_numpydoc(name):
    errors = [(code, text) for code, text in validate(name)["errors"] if code not in LENIENT]
    assert not errors


@pytest.mark.parametrize("name", public_callables())
def test_docstrings_name_every_parameter(name):
    codes = {code for code, _ in validate(name)["errors"]}
    assert "GL08" not in codes, "no docstring"
    # Warnings take what UserWarning takes; results of functions are made by us, and document their attributes.
    results = "Warning Result Measurement MIScores Check Consistency Bound Bounds Plane Point Test Difference Interval"
    results += " MIMatrix MISum RowSample"
    if not name.endswith(tuple(results.split())):
        assert not codes & {"PR01", "PR02"}


@pytest.mark.parametrize("name", [name for name in skmi.__all__ if name in skmi._HOMES])
def test_examples_are_there(name):
    assert ">>>" in inspect.getdoc(getattr(skmi, name))


def test_unknown_names_are_refused():
    with pytest.raises(AttributeError, match="no attribute 'KGS'"):
        skmi.KGS
    assert "KSG" in dir(skmi)

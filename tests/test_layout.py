"""The rules of the source tree: who may import whom, what is public, and that it is documented."""

import ast
import configparser
import importlib
import inspect
import re
import sys
import textwrap
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpydoc.docscrape import NumpyDocString
from sklearn.base import BaseEstimator
from sklearn.preprocessing import StandardScaler

from sksets import SetArray

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "sksets"
MAX_LINES = 400

# A package imports only from those in the rows above its own.
LAYERS = (
    ("_blocks", "_compat", "_docs", "_lazy", "_moments", "_names", "_probe", "exceptions"),
    ("_arguments", "_subsets", "_threads", "_torch_state"),
    ("_fitting", "_set_array", "nn"),
    ("_validation",),
    ("augmentation", "datasets", "kernels", "metrics"),
    ("_training", "preprocessing"),
    ("_deep_sets", "_ranking", "_sdm"),
    ("inspection",),
    ("baselines", "plotting"),
    ("",),  # sksets/__init__.py
)
OPTIONAL = {"matplotlib", "pandas", "polars", "pyarrow", "awkward"}


def module_name(path):
    """Dotted name below sksets: "nn._batch", "nn" for nn/__init__.py, "" for __init__.py."""
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = {module_name(path): path for path in sorted(SOURCE.rglob("*.py"))}


# Each has a face, its __init__.py; the files beside them have none.
PACKAGES = {path.parent.name for path in SOURCE.glob("*/__init__.py")}


def package(name):
    return name.partition(".")[0]


def layer(name):
    """Row of LAYERS of a module's package."""
    for row, entries in enumerate(LAYERS):
        if package(name) in entries:
            return row
    pytest.fail(f"sksets.{name} has no place in LAYERS of {Path(__file__).name}: give it one")


def imports(name):
    """Yield (module, imported name or None, is inside a function) of each import statement."""
    tree = ast.parse(FILES[name].read_text(encoding="utf-8"))
    inner = {
        node
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, None, node in inner
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: write the import absolute, from sksets..."
            for alias in node.names:
                yield node.module, alias.name, node in inner


def inside(name):
    """Names below sksets of the project's modules that a module imports."""
    for module, attribute, _ in imports(name):
        if module.split(".")[0] == "sksets":
            target = module.partition(".")[2]
            deeper = f"{target}.{attribute}".lstrip(".")
            yield deeper if deeper in FILES else target


def outside(name):
    """Third-party imports of a module: (top package, dotted path with the imported name)."""
    for module, attribute, _ in imports(name):
        top = module.split(".")[0]
        if top != "sksets" and top not in sys.stdlib_module_names:
            yield top, f"{module}.{attribute}" if attribute else module


def imports_of_packages(name):
    """Yield (package, module, imported name) of what a module imports from other packages."""
    for module, attribute, _ in imports(name):
        top, _, target = module.partition(".")
        if top == "sksets" and package(target) in PACKAGES - {package(name)}:
            yield package(target), target, attribute


def public_modules():
    return [name for name in FILES if not any(part.startswith("_") for part in name.split("."))]


def load(name):
    return importlib.import_module(f"sksets.{name}".rstrip("."))


def public_objects():
    """Map "sksets.nn.MLP" to the object, for every name in an __all__ that is not a module."""
    found = {}
    for name in public_modules():
        module = load(name)
        for attribute in module.__all__:
            value = getattr(module, attribute)
            if not inspect.ismodule(value):
                found[f"{module.__name__}.{attribute}"] = value
    return found


# ---------------------------------------------------------------- imports and files


@pytest.mark.parametrize("name", FILES)
def test_imports_go_down(name):
    for target in inside(name):
        assert layer(target) < layer(name) or package(target) == package(name), (
            f"sksets.{name} (layer {layer(name)}) imports sksets.{target} (layer {layer(target)})"
        )


def test_no_import_cycles():
    graph = {name: set(inside(name)) - {name} for name in FILES}
    while ready := [name for name, targets in graph.items() if not targets & set(graph)]:
        for name in ready:
            del graph[name]
    assert not graph, f"modules that import each other: {sorted(graph)}"


@pytest.mark.parametrize("name", FILES)
def test_a_package_is_imported_by_its_face(name):
    for face, target, attribute in imports_of_packages(name):
        assert target == face, f"sksets.{name} imports from inside sksets.{face}: sksets.{target}"
        assert attribute in load(face).__all__, f"{attribute} is not in __all__ of sksets.{face}"


@pytest.mark.parametrize("face", sorted(name for name in PACKAGES if name.startswith("_")))
def test_a_private_face_shows_what_others_import(face):
    imported = {
        attribute
        for name in FILES
        for target, _, attribute in imports_of_packages(name)
        if target == face
    }
    shown = load(face).__all__
    assert list(shown) == sorted(imported), (
        f"nobody outside imports {sorted(set(shown) - imported)}: import them from their files"
    )


@pytest.mark.parametrize("name", FILES)
def test_third_party_imports(name):
    tops = {top for top, _ in outside(name)}
    assert "skorch" not in tops or name == "_training.net", "only _training/net.py imports skorch"
    if name.split(".")[0] == "nn":
        assert tops <= {"torch"}, f"nn is pure torch, it imports {sorted(tops - {'torch'})}"
    for _, path in outside(name):
        private = any(part.startswith("_") for part in path.split("."))
        assert not private or name == "_compat", f"only _compat.py imports private names: {path}"


@pytest.mark.parametrize("name", FILES)
def test_imports_inside_functions(name):
    for module, _, in_function in imports(name):
        optional = module.split(".")[0] in OPTIONAL
        assert optional == in_function, (
            f"{module}: optional packages are imported inside functions, all others at the top"
        )


@pytest.mark.parametrize("name", FILES)
def test_file_length(name):
    assert len(FILES[name].read_text(encoding="utf-8").splitlines()) < MAX_LINES


def test_tests_mirror_the_source():
    folders = {path.name for path in Path(__file__).parent.iterdir() if path.is_dir()}
    sources = {path.parent.name.removeprefix("_") for path in SOURCE.glob("*/*.py")}
    assert folders - {"__pycache__"} == sources


def test_files_of_tests_have_names_of_their_own():
    """Without packages, pytest knows a file by its name alone."""
    names = [path.name for path in (ROOT / "tests").rglob("test_*.py")]
    assert sorted(names) == sorted(set(names))


# ---------------------------------------------------------------- public names


@pytest.mark.parametrize("name", public_modules())
def test_all_is_sorted_and_importable(name):
    module = load(name)
    assert list(module.__all__) == sorted(set(module.__all__))
    assert not [attribute for attribute in module.__all__ if not hasattr(module, attribute)]


def test_api_page_lists_what_is_public():
    listed, module, in_summary = set(), None, False
    for line in (ROOT / "doc" / "api.rst").read_text(encoding="utf-8").splitlines():
        if match := re.match(r"\.\. currentmodule:: (\S+)", line):
            module = match[1]
        elif line.startswith(".. autosummary::"):
            in_summary = True
        elif line and not line.startswith(" "):
            in_summary = False
        elif in_summary and re.fullmatch(r"   \w+", line):
            listed.add(f"{module}.{line.strip()}")
    public = set(public_objects())
    assert listed == public, (
        f"missing in doc/api.rst: {sorted(public - listed)}; not public: {sorted(listed - public)}"
    )


# ---------------------------------------------------------------- docstrings


def documented(docstring, section):
    """Names in a section of a numpydoc docstring ("a, b : int" counts as two)."""
    entries = NumpyDocString(docstring)[section]
    return [name.strip() for entry in entries for name in entry.name.split(",")]


def signature_names(callable_):
    prefix = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}
    return [
        prefix.get(parameter.kind, "") + name
        for name, parameter in inspect.signature(callable_).parameters.items()
        if name not in ("self", "cls")
    ]


def public_methods(class_):
    """Methods of a class that the library itself defines, inherited ones included."""
    for name in dir(class_):
        member = inspect.getattr_static(class_, name)
        function = getattr(member, "__func__", member)
        if not name.startswith("_") and inspect.isfunction(function):
            if function.__module__.startswith("sksets"):
                yield name, function


def public_callables():
    """Map the dotted name of every public class, function and method to it."""
    found = {}
    for path, value in public_objects().items():
        if inspect.isclass(value):
            found[path] = value
            found |= {f"{path}.{name}": method for name, method in public_methods(value)}
        elif callable(value):
            found[path] = value
    return found


def gives_value(function):
    tree = ast.parse(textwrap.dedent(inspect.getsource(inspect.unwrap(function))))
    return any(
        isinstance(node, ast.Yield | ast.YieldFrom)
        or (isinstance(node, ast.Return) and node.value is not None)
        for node in ast.walk(tree)
    )


def inherited_docstring(path, value):
    """The docstring of a class or function; an override without one has its base method's."""
    owner, _, name = path.rpartition(".")
    class_ = public_objects().get(owner)
    candidates = [getattr(base, name, None) for base in class_.__mro__] if class_ else [value]
    own = [c for c in candidates if (getattr(c, "__module__", "") or "").startswith("sksets")]
    return inspect.cleandoc(next((c.__doc__ for c in own if c.__doc__), ""))


@pytest.mark.parametrize(
    "path, value", [pytest.param(*item, id=item[0]) for item in public_callables().items()]
)
def test_docstring_matches_signature(path, value):
    docstring = inherited_docstring(path, value)
    assert docstring, "has no docstring"
    parsed = NumpyDocString(docstring)
    assert parsed["Summary"] and parsed["Summary"][0], "has no summary line"
    names = documented(docstring, "Parameters")
    # The layers open with their formula and may leave the sections out: house style, rule 8.
    # Warnings have no signature that could be read.
    if names or not path.startswith(("sksets.nn.", "sksets.exceptions.")):
        assert names == signature_names(value)
    if path.startswith("sksets.nn."):
        return
    if inspect.isclass(value):
        assert parsed["Examples"], "has no example"
    elif gives_value(value):
        assert parsed["Returns"] or parsed["Yields"], "has no Returns section"


def estimators():
    return {
        path: value
        for path, value in public_objects().items()
        if inspect.isclass(value) and issubclass(value, BaseEstimator)
    }


def tiny_targets(class_, X):
    """Targets for the sets: none, one an element, or one a set."""
    if class_.__name__ == "SetOutlierDetector" or hasattr(class_, "rank"):
        return None
    if class_.__name__.startswith("DeepSetsElement") and not isinstance(X, pd.DataFrame):
        return [np.arange(len(elements)) % 2 for elements in X]
    return np.array([0, 1] * 4)


def tiny_fits(class_):
    """Yield the class fitted on sets, on a frame, on sets with context and on tokens."""
    if class_.__name__ == "PSDProjection":
        yield class_().fit(pd.DataFrame(np.eye(2), columns=["a", "b"]))
        return
    names = signature_names(class_)
    kwargs = {"max_epochs": 1} if "max_epochs" in names else {}
    if "transformer" in names:
        kwargs["transformer"] = StandardScaler()
    random = np.random.RandomState(0)
    inputs = []
    if "Token" not in class_.__name__:
        sets = [random.normal(size=(size, 3)) for size in (2, 3, 4, 5, 2, 3, 4, 5)]
        frame = pd.DataFrame(random.normal(size=(8, 2)), columns=["a", "b"])
        context = random.normal(size=(8, 2))
        inputs += [sets, frame]
        if not class_.__name__.startswith("SDM"):  # these take no context
            inputs.append(SetArray.from_sets(sets, context=context))
    # The nearest items are those of the nearest vectors, which tokens have in features alone.
    takes_tokens = "element_kind" in names and "Nearest" not in class_.__name__
    if "Token" in class_.__name__ or takes_tokens:
        inputs.append([["a", "b"], ["c"], ["a", "c"], ["b"], ["a", "b"], ["c"], ["a", "c"], ["b"]])
    for X in inputs:
        yield class_(**kwargs).fit(X, tiny_targets(class_, X))


def learned_attributes(fitted):
    """Attributes and properties of a fitted estimator whose names end in "_"."""
    properties = inspect.getmembers(type(fitted), lambda member: isinstance(member, property))
    names = [*vars(fitted), *(name for name, _ in properties if hasattr(fitted, name))]
    return {name for name in names if name.endswith("_") and not name.startswith("_")}


@pytest.mark.parametrize(
    "class_", [pytest.param(value, id=name) for name, value in estimators().items()]
)
def test_learned_attributes_are_the_documented_ones(class_):
    learned = set().union(*(learned_attributes(fitted) for fitted in tiny_fits(class_)))
    assert learned == set(documented(inspect.cleandoc(class_.__doc__), "Attributes"))


# ---------------------------------------------------------------- project files


def project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def distribution(requirement):
    return re.match(r"[\w-]+", requirement)[0]


def test_imports_are_declared_dependencies():
    optional = project()["optional-dependencies"]
    required = {distribution(requirement) for requirement in project()["dependencies"]}
    extra = {distribution(r) for name in ("plot", "containers") for r in optional[name]}
    imported = {top for name in FILES for top, _ in outside(name)}
    imported = {"scikit-learn" if top == "sklearn" else top for top in imported}
    assert imported - OPTIONAL <= required
    assert imported & OPTIONAL <= extra


def test_oldest_environment_is_the_floors():
    optional = project()["optional-dependencies"]
    # Of the tools, hypothesis decides what is tested.
    tools = [requirement for requirement in optional["test"] if "hypothesis" in requirement]
    declared = [*project()["dependencies"], *optional["plot"], *optional["containers"], *tools]
    floors = {requirement.replace(">=", "==") for requirement in declared}
    tox = configparser.ConfigParser(interpolation=None)
    tox.read(ROOT / "tox.ini")
    oldest = set(tox["testenv:oldest"]["deps"].split())
    # older CPU builds of torch cannot be had from the package index: constraints.txt decides
    assert oldest == {floor for floor in floors if not floor.startswith("torch==")}
    torch_too = set(tox["testenv:oldest-torch"]["deps"].split()) - {"{[testenv:oldest]deps}"}
    assert oldest | torch_too == floors


def test_ci_runs_the_readme_command():
    command = (ROOT / ".ci" / "run").read_text(encoding="utf-8").strip().splitlines()[-1]
    assert command in (ROOT / "README.md").read_text(encoding="utf-8")


def test_readme_example_prints_what_the_readme_shows(capsys):
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(
        r"^```python\n(.*?)^```\n\n```\n(.*?)^```", readme, flags=re.DOTALL | re.MULTILINE
    )
    assert blocks and len(blocks) == readme.count("```python"), "a block without its output"
    namespace = {}
    for block, output in blocks:
        exec(block, namespace)
        assert capsys.readouterr().out == output


def test_version_has_a_whats_new_section():
    version = re.match(r"\d+\.\d+", load("").__version__)[0]
    assert f"Version {version}" in (ROOT / "doc" / "whats_new.rst").read_text(encoding="utf-8")

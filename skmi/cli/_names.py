"""Estimators written as text: what ``skmi validate --estimator`` takes."""

import ast
import importlib

import skmi

SHORT = {"ksg": "KSG", "kl": "KozachenkoLeonenko", "gaussian": "GaussianMI", "copula": "GaussianCopulaMI"}


def estimator_from(text):
    """Return the estimator that a text names.

    That is a name of skmi or ``package.module:Class``, with or without literal parameters, as in
    ``KSG(marginals="normal")`` or ``my_package:MyEstimator(depth=3)``. Nothing but the class is called.

    Raises
    ------
    ValueError
        For anything else, with what was expected.
    ImportError
        For a module that is not there.
    """
    module_name, _, call = text.partition(":") if ":" in text.partition("(")[0] else ("", "", text)
    try:
        node = ast.parse(call.strip(), mode="eval").body
        if isinstance(node, ast.Call) and not node.args and isinstance(node.func, ast.Name):
            name = node.func.id
            parameters = {keyword.arg: ast.literal_eval(keyword.value) for keyword in node.keywords}
        else:
            name, parameters = node.id, {}
    except (SyntaxError, ValueError, AttributeError):
        raise ValueError(
            f"Expected an estimator as KSG, KSG(marginals='normal') or package.module:Class, got {text!r}."
        ) from None
    home = importlib.import_module(module_name) if module_name else skmi
    name = name if module_name else SHORT.get(name.lower(), name)
    if not hasattr(home, name):
        raise ValueError(f"There is no {name} in {module_name or 'skmi'}. Write package.module:Class for your own.")
    made = getattr(home, name)
    try:
        return made(**parameters) if isinstance(made, type) else made
    except TypeError as error:
        raise ValueError(f"{name} does not take these parameters: {error}") from None

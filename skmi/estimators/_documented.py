"""Texts that the docstrings of several classes share."""


def documented(**texts):
    """Return a decorator that replaces each ``{name}`` in the docstring of a class by the text of that name.

    A class without a docstring, as under ``python -OO``, is left unchanged.
    """

    def decorate(cls):
        if cls.__doc__ is not None:
            for name, text in texts.items():
                cls.__doc__ = cls.__doc__.replace(f"{{{name}}}", text)
        return cls

    return decorate

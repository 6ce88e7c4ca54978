"""Texts that the docstrings of several classes share."""


def documented(**texts):
    """Return a decorator that puts each text in place of its name in braces in the docstring of a class.

    A class without a docstring, as under ``python -OO``, is left as it is.
    """

    def decorate(cls):
        if cls.__doc__ is not None:
            for name, text in texts.items():
                cls.__doc__ = cls.__doc__.replace(f"{{{name}}}", text)
        return cls

    return decorate

"""What passes for a word in a file of words."""

_MAX_CHARACTERS = 1000  # an array of strings is as wide as the longest of them


def is_word(value):
    """Tell whether a value is a string that an array keeps as it is, and no whole text."""
    return isinstance(value, str) and len(value) <= _MAX_CHARACTERS and "\0" not in value
